import { describe, expect, it } from 'vitest';
import { warnOf, type MemberFacts } from './warnings.ts';

const sound: MemberFacts = {
  version: '3.6.14',
  isSecured: true,
  isOpenToAll: false,
  votingMembers: 3,
  databaseBytes: 1_000_000,
  quotaBytes: undefined,
};

describe('warnings about a member', () => {
  it('has none for a sound one, nor for what it does not know', () => {
    expect(warnOf(sound)).toEqual([]);
    expect(warnOf({ ...sound, isOpenToAll: undefined, votingMembers: undefined, version: 'main' })).toEqual(
      [],
    );
  });

  it.each([
    ['2.3.8', 'etcd 2.3 gets no fixes'],
    ['3.4.45', 'etcd 3.4 gets no fixes'],
    ['3.5.16', '3.5.33 has not'],
    ['3.5.33', undefined],
    ['3.6.2', '3.6.14 has not'],
    ['3.7.0', '3.7.1 has not'],
    ['3.7.1', undefined],
    ['3.8.0', undefined],
    ['4.0.0', undefined],
  ])('of release %s says %s', (version, words) => {
    const warnings = warnOf({ ...sound, version });
    expect(warnings).toEqual(words === undefined ? [] : [expect.stringContaining(words)]);
  });

  it('tells what lies open, and what two members are worth', () => {
    expect(warnOf({ ...sound, isSecured: false, isOpenToAll: true, votingMembers: 2 })).toEqual([
      expect.stringContaining('not encrypted'),
      expect.stringContaining('nobody’s rights'),
      expect.stringContaining('2 members'),
    ]);
  });

  it('tells a database that is nearly full, by its own quota or etcd’s', () => {
    const near = { ...sound, databaseBytes: 450 * 1024 ** 2 };
    expect(warnOf(near)).toEqual([]);
    expect(warnOf({ ...near, quotaBytes: 512 * 1024 ** 2 })).toEqual([
      expect.stringContaining('450 MB of the 512 MB'),
    ]);
    expect(warnOf({ ...sound, databaseBytes: 1_900 * 1024 ** 2 })).toEqual([
      expect.stringContaining('1900 MB of the 2048 MB'),
    ]);
  });
});
