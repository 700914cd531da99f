import { describe, expect, it } from 'vitest';
import { transferPixels } from './transferFunctions.ts';

/** A function's number is its truth table: the bits for (source, destination) of 00, 01, 10, 11. */
const truthTables = Array.from(
  { length: 16 },
  (_none, index) => [index, index.toString(2).padStart(4, '0')] as const,
);

describe('transferPixels', () => {
  it.each(truthTables)('combines by function %i as its bits %s say', (index, table) => {
    const source = Uint8ClampedArray.of(0b0011, 0b1100, 0xff, 7);
    const destination = Uint8ClampedArray.of(0b0101, 0b1010, 0x00, 9);
    const expected = [0, 1, 2].map((channel) => {
      let value = 0;
      for (let bit = 0; bit < 8; bit++) {
        const pair = 2 * (((source[channel] ?? 0) >> bit) & 1) + (((destination[channel] ?? 0) >> bit) & 1);
        value |= Number(table[pair]) << bit;
      }
      return value;
    });
    transferPixels(index, source, destination);
    expect([...destination.subarray(0, 3)]).toEqual(expected);
    expect(destination[3]).toBe(index === 0x3 || index === 0xc ? 7 : 9);
  });

  it('leaves the destination alone where there is no such function', () => {
    const destination = Uint8ClampedArray.of(1, 2, 3, 4);
    for (const index of [-1, 16, Number.NaN]) {
      transferPixels(index, Uint8ClampedArray.of(9, 9, 9, 9), destination);
    }
    expect([...destination]).toEqual([1, 2, 3, 4]);
  });
});
