import { describe, expect, it } from 'vitest';
import type { Rectangle } from './damage.ts';
import type { Layer } from './layer.ts';
import { VisibleLayer } from './visibleLayer.ts';

const sized = (width: number, height: number) => new VisibleLayer({ width, height } as Layer);
const rectangle = (left: number, top: number, right: number, bottom: number): Rectangle => ({
  left,
  top,
  right,
  bottom,
});

function nest(parent: VisibleLayer, x: number, y: number, width: number, height: number): VisibleLayer {
  const layer = sized(width, height);
  layer.attach(parent);
  layer.x = x;
  layer.y = y;
  return layer;
}

describe('VisibleLayer', () => {
  it('is seen where its parents are, and no further than they reach', () => {
    const root = sized(100, 100);
    const window = nest(root, 50, 60, 40, 40);
    const button = nest(window, 30, 5, 20, 10);
    expect(button.seenWhole()).toEqual(rectangle(80, 65, 90, 75));
    expect(button.seenArea(rectangle(12, 0, 20, 10))).toBeUndefined();
    expect(window.seenArea(rectangle(0, 0, 5, 5))).toEqual(rectangle(50, 60, 55, 65));
  });

  it('may be seen anywhere when one of its parents is distorted', () => {
    const root = sized(100, 100);
    const window = nest(root, 50, 60, 40, 40);
    const button = nest(window, 30, 5, 20, 10);
    window.matrix = [0, 1, -1, 0, 0, 0];
    expect(button.seenWhole()).toBe('unknown');
    expect(button.seenArea(rectangle(30, 0, 40, 10))).toBeUndefined();
  });

  it('has its children in the order of their depth, then in that in which they came', () => {
    const root = sized(100, 100);
    const [first, second, third, fourth] = [0, 1, 2, 3].map((at) => nest(root, at, 0, 10, 10));
    for (const [layer, z] of [
      [first, 5],
      [second, -1],
      [third, -2],
      [fourth, -1],
    ] as const) {
      if (layer) layer.z = z;
    }
    expect(root.stacked()).toEqual([[third], [second, fourth, first]]);
    second?.detach();
    second?.attach(root);
    expect(root.stacked()[1]).toEqual([fourth, second, first]);
    second?.attach(root);
    expect(root.children).toHaveLength(4);
  });

  it('knows what it lies in', () => {
    const root = sized(100, 100);
    const window = nest(root, 0, 0, 10, 10);
    const button = nest(window, 0, 0, 10, 10);
    expect(button.isWithin(root)).toBe(true);
    expect(root.isWithin(button)).toBe(false);
    expect(root.isWithin(root)).toBe(true);
    window.detach();
    expect(button.isWithin(root)).toBe(false);
  });
});
