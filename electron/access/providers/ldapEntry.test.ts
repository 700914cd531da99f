import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstValueOf, spellName, valuesOf } from './ldapEntry.ts';

describe('the first value of a DN', () => {
  it.each([
    ['cn=admins,ou=groups,dc=example', 'admins'],
    ['CN=Domain Admins,CN=Users,DC=corp,DC=example', 'Domain Admins'],
    ['cn = spaced  ,dc=example', 'spaced'],
    ['cn=a+ou=b,dc=example', 'a'],
    [String.raw`cn=Smith\, Jones\+Co\=,dc=example`, 'Smith, Jones+Co='],
    [String.raw`cn=\C3\A9quipe,dc=example`, 'équipe'],
    [String.raw`cn=end\ ,dc=example`, 'end '],
    ['cn=alone', 'alone'],
    ['cn=,dc=example', undefined],
    ['cn=#04024869,dc=example', undefined],
    ['no dn', undefined],
    ['', undefined],
  ])('of %s is %s', (dn, value) => {
    expect(firstValueOf(dn)).toBe(value);
  });

  it('is what was escaped into it (RFC 4514, section 2.4)', () => {
    const escape = (text: string) =>
      text.replaceAll(/[",+;<>\\=#\0]/g, (character) =>
        character === '\0' ? String.raw`\00` : `\\${character}`,
      );
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (text) => {
        fc.pre(text.trim() === text);
        expect(firstValueOf(`cn=${escape(text)},dc=example`)).toBe(text);
      }),
    );
  });

  it('is found at once in a DN of any length', () => {
    const startedAt = Date.now();
    for (const part of ['\\', ' ', '\\ ', 'a=', '\\2']) firstValueOf(`cn=${part.repeat(200_000)}`);
    expect(Date.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('an entry', () => {
  const entry = { dn: 'uid=ada', UID: ['Ada', 'alovelace'], cn: '', photo: Buffer.from([1]), mail: [] };

  it('has values by the name of an attribute in any case, as far as they are text', () => {
    expect(valuesOf(entry, 'uid')).toEqual(['Ada', 'alovelace']);
    expect(
      ['cn', 'photo', 'mail', 'none', 'dn', '__proto__'].flatMap((name) => valuesOf(entry, name)),
    ).toEqual([]);
  });

  it('spells the name that was typed', () => {
    expect(spellName(entry, 'uid', 'ADA')).toBe('Ada');
    expect(spellName(entry, 'uid', 'alovelace')).toBe('alovelace');
    expect(spellName(entry, 'uid', 'bob')).toBeUndefined();
  });
});
