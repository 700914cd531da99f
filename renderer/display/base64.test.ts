import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, decodeByTable, decodedRoom } from './base64.ts';

function decode(base64: string): number[] | undefined {
  const target = new Uint8Array(decodedRoom(base64.length) + 2).fill(0xee);
  const encoded = new TextEncoder().encode(base64);
  const end = decodeByTable(encoded, target, 2);
  const other = new Uint8Array(target.length);
  expect(decodeBase64(encoded, other, 2)).toBe(end);
  expect([...other.subarray(2, Math.max(2, end))]).toEqual([...target.subarray(2, Math.max(2, end))]);
  expect([...target.subarray(0, 2)]).toEqual([0xee, 0xee]);
  return end < 0 ? undefined : [...target.subarray(2, end)];
}

describe('decodeBase64', () => {
  it('decodes what others encode, padded or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const base64 = Buffer.from(bytes).toString('base64');
        expect(decode(base64)).toEqual([...bytes]);
        expect(decode(base64.replace(/=+$/, ''))).toEqual([...bytes]);
      }),
    );
  });

  it.each([
    'A',
    'AAAAA',
    'AA=',
    'AAA==',
    '=',
    '==',
    '====',
    'A===',
    'AAAA====',
    'AA=A',
    'AA A',
    'AA-_',
    'AAA\u00e9',
  ])('refuses %j', (text) => {
    expect(decode(text)).toBeUndefined();
  });

  it('agrees with atob on which texts are base64', () => {
    const alphabet = fc.constantFrom('A', 'z', '0', '+', '/', '=', '!', '\u0080');
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 9 }), (base64) => {
        let expected: number[] | undefined;
        try {
          expected = Array.from(atob(base64), (character) => character.charCodeAt(0));
        } catch {
          expected = undefined;
        }
        expect(decode(base64)).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});
