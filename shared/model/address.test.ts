import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isDomainName,
  matchesDomainMask,
  normaliseDomain,
  parseAddress,
  parseAddressRange,
  parseDomainMask,
  targetAddressSchema,
} from './address.ts';

const contains = (range: string, address: string) => {
  const parsed = parseAddressRange(range);
  const value = parseAddress(address);
  if (!parsed || !value) throw new Error(`not parsed: ${range} or ${address}`);
  return parsed.family === value.family && parsed.first <= value.value && value.value <= parsed.last;
};

describe('address ranges as administrators write them', () => {
  test.each([
    ['10.0.0.0/24', '10.0.0.255', '10.0.1.0'],
    ['10.0.0.7/24', '10.0.0.1', '10.0.1.1'],
    ['10.0.0.x/24', '10.0.0.99', '10.0.1.99'],
    ['10.0.0.x', '10.0.0.0', '10.0.1.0'],
    ['10.*.*.*', '10.255.255.255', '11.0.0.0'],
    ['10.0.0.5-10.0.0.9', '10.0.0.9', '10.0.0.10'],
    ['10.0.0.5 - 9', '10.0.0.5', '10.0.0.4'],
    ['10.0.0.5', '10.0.0.5', '10.0.0.6'],
    ['0.0.0.0/0', '255.255.255.255', '::1'],
    ['fd00::/8', 'fdff::1', 'fe00::1'],
    ['fd00::1-fd00::ff', 'fd00::ff', 'fd00::100'],
    ['::ffff:10.0.0.0/104', '10.1.2.3', '11.0.0.0'],
  ])('%s contains %s and not %s', (range, inside, outside) => {
    expect(contains(range, inside)).toBe(true);
    expect(contains(range, outside)).toBe(false);
  });

  test.each([
    '',
    '10.0.0',
    '10.0.0.0/33',
    '10.0.0.x/16',
    '10.x.0.0',
    '10.0.0.9-10.0.0.5',
    '10.0.0.1-fd00::1',
    'fd00::/129',
    '1.2.3.4/',
    'x.x.x.x',
    '010.0.0.1',
    'a'.repeat(10_000),
  ])('%s is refused', (text) => expect(parseAddressRange(text)).toBeUndefined());

  test('an address is inside every prefix of itself', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, bits) =>
        contains(`${address}/${bits}`, address),
      ),
    );
    fc.assert(
      fc.property(fc.ipV6(), fc.integer({ min: 96, max: 128 }), (address, bits) =>
        contains(`${address}/${bits}`, address),
      ),
    );
  });
});

describe('domain masks', () => {
  const matches = (mask: string, name: string) =>
    matchesDomainMask(parseDomainMask(mask) ?? [], normaliseDomain(name));

  test.each([
    ['*.corp.example', 'a.corp.example', true],
    ['*.corp.example', 'a.b.Corp.Example.', true],
    ['*.corp.example', 'corp.example', false],
    ['*.corp.example', 'a.corp.example.evil', false],
    ['*.corp.example', 'acorp.example', false],
    ['db-*.corp.example', 'db-1.corp.example', true],
    ['db-*.corp.example', 'db-1.x.corp.example', false],
    ['*', 'anything.at.all', true],
    ['*.bücher.example', 'a.xn--bcher-kva.example', true],
    ['a*b*c', 'aXXbYYc', true],
    ['a*b*c', 'aXXbYY', false],
  ])('%s and %s: %s', (mask, name, expected) => expect(matches(mask, name)).toBe(expected));

  test.each(['', '.', 'a..b', 'a b', 'a/b', 'x'.repeat(300)])('%j is refused', (mask) => {
    expect(parseDomainMask(mask)).toBeUndefined();
  });

  test('a mask made to be slow costs no more than linear time, else this runs into its time limit', () => {
    const mask = '*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b';
    for (let round = 0; round < 1000; round++) expect(matches(mask, 'a'.repeat(63))).toBe(false);
  });
});

describe('the address of a host', () => {
  test.each(['10.0.0.1', 'fd00::1', 'server', 'db_1.corp.example', 'bücher.example', '[::1]'])(
    '%s is accepted',
    (text) => {
      expect(targetAddressSchema.safeParse(text).success).toBe(true);
    },
  );
  test.each([
    '',
    ' ',
    '10.1',
    '256.0.0.1',
    'a b',
    'http://x',
    '-a.example',
    'a..b',
    'x;rm -rf',
    'a'.repeat(254),
  ])('%j is refused', (text) => {
    expect(targetAddressSchema.safeParse(text).success).toBe(false);
  });
  test('digits alone are no name: resolvers would read them as an address', () => {
    expect(isDomainName('1.2.3')).toBe(false);
  });
});
