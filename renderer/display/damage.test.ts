import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { around, intersect, unite, type Rectangle } from './damage.ts';

const has = ({ left, top, right, bottom }: Rectangle, x: number, y: number) =>
  x >= left && x < right && y >= top && y < bottom;

const whole = fc.integer({ min: -20, max: 20 });
const length = fc.integer({ min: 1, max: 20 });
const rectangles = fc
  .tuple(whole, whole, length, length)
  .map(([left, top, width, height]) => ({ left, top, right: left + width, bottom: top + height }));

describe('rectangles', () => {
  it('have in common what both have, and united at least what either has', () => {
    fc.assert(
      fc.property(rectangles, rectangles, whole, whole, (one, other, x, y) => {
        const both = intersect(one, other);
        expect(both !== undefined && has(both, x, y)).toBe(has(one, x, y) && has(other, x, y));
        const all = unite(one, other);
        if (has(one, x, y) || has(other, x, y)) expect(all && has(all, x, y)).toBe(true);
        expect(unite(one, undefined)).toBe(one);
        expect(unite(undefined, one)).toBe(one);
      }),
    );
  });

  it('are around all pixels that are touched, drawn in whichever direction', () => {
    expect(around(1.5, 2, -3, 4.2)).toEqual({ left: -2, top: 2, right: 2, bottom: 7 });
    expect(around(1, 2, 0, 5)).toBeUndefined();
    expect(around(Number.NaN, 2, 3, 4)).toBeUndefined();
    expect(around(1, 2, 3, Number.NaN)).toBeUndefined();
  });
});
