import { intersect, translate, type Rectangle } from './damage.ts';
import type { Layer } from './layer.ts';

/** As CSS writes it: x' = ax + cy + e, y' = bx + dy + f. */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

const identity: Matrix = [1, 0, 0, 1, 0, 0];

/**
 * Where a layer is in the picture. Its children lie inside of it, and are clipped, faded and distorted with it, as the nested
 * elements of guacamole-common-js are.
 */
export class VisibleLayer {
  readonly surface: Layer;
  parent: VisibleLayer | undefined;
  /** In the order in which they came. */
  readonly children: VisibleLayer[] = [];
  x = 0;
  y = 0;
  z = 0;
  /** 0 to 1. */
  opacity = 1;
  matrix: Matrix = identity;

  constructor(surface: Layer) {
    this.surface = surface;
  }

  isDistorted(): boolean {
    return this.matrix.some((value, at) => value !== identity[at]);
  }

  /** The children whose pictures lie below its own, then those above, each from bottom to top. */
  stacked(): readonly [below: readonly VisibleLayer[], above: readonly VisibleLayer[]] {
    const sorted = this.children.toSorted((one, other) => one.z - other.z);
    // A layer's own canvas is at depth -1, in front of its children in the document.
    return [sorted.filter(({ z }) => z < -1), sorted.filter(({ z }) => z >= -1)];
  }

  attach(parent: VisibleLayer): void {
    if (this.parent === parent) return;
    this.detach();
    this.parent = parent;
    parent.children.push(this);
  }

  detach(): void {
    const siblings = this.parent?.children;
    siblings?.splice(siblings.indexOf(this), 1);
    this.parent = undefined;
  }

  /** Whether it is the other or lies anywhere in it. */
  isWithin(other: VisibleLayer): boolean {
    if (this === other) return true;
    return this.parent?.isWithin(other) ?? false;
  }

  /**
   * Where an area of it is seen in the picture of its outermost layer: `undefined` where it isn't, `'unknown'` where a layer on
   * the way is distorted.
   */
  seenArea(area: Rectangle): Rectangle | 'unknown' | undefined {
    const { width, height } = this.surface;
    const inside = intersect(area, { left: 0, top: 0, right: width, bottom: height });
    if (inside === undefined) return undefined;
    if (this.isDistorted()) return 'unknown';
    const moved = translate(inside, this.x, this.y);
    return this.parent ? this.parent.seenArea(moved) : moved;
  }

  /** Where all of it is seen. */
  seenWhole(): Rectangle | 'unknown' | undefined {
    return this.seenArea({ left: 0, top: 0, right: this.surface.width, bottom: this.surface.height });
  }
}
