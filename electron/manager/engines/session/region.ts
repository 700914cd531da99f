import type { Rectangle } from '../stage.ts';
import { areaOf, clip, doOverlap, subtract, unite, type Move } from './rectangle.ts';

/** More are not worth telling apart: each costs a picture of its own. */
const mostRectangles = 12;
/** As many pixels too many are cheaper than one picture more. */
const toleratedWastePixels = 2_048;

/** A part of a picture, as few rectangles. It may be larger than what was put in, never smaller. */
export class Region {
  #rectangles: Rectangle[] = [];

  get isEmpty(): boolean {
    return this.#rectangles.length === 0;
  }

  get rectangles(): readonly Rectangle[] {
    return this.#rectangles;
  }

  /** Whether all of the area lies in one of the rectangles. */
  holds(area: Rectangle): boolean {
    return this.#rectangles.some((rectangle) => contains(rectangle, area));
  }

  add(added: Rectangle): void {
    let area = added;
    for (;;) {
      if (this.holds(area)) return;
      const outer = area;
      this.#rectangles = this.#rectangles.filter((rectangle) => !contains(outer, rectangle));
      const neighbour = this.#findNeighbour(area);
      if (!neighbour) return void this.#rectangles.push(area);
      this.#rectangles.splice(this.#rectangles.indexOf(neighbour), 1);
      area = unite(neighbour, area);
    }
  }

  remove(hole: Rectangle): void {
    if (!this.#rectangles.some((rectangle) => doOverlap(rectangle, hole))) return;
    const parts = this.#rectangles.flatMap((rectangle) => subtract(rectangle, hole));
    this.#rectangles = [];
    for (const part of parts) this.add(part);
  }

  /** Pixels were moved: those of the region are now at their target as well, and others at that target aren't in it any more. */
  move({ from, toX, toY }: Move): void {
    const [byX, byY] = [toX - from.x, toY - from.y];
    const moved = this.#rectangles.filter((rectangle) => doOverlap(rectangle, from));
    this.remove({ ...from, x: toX, y: toY });
    for (const rectangle of moved) {
      const within = intersect(rectangle, from);
      this.add({ ...within, x: within.x + byX, y: within.y + byY });
    }
  }

  /** Takes one rectangle out, of no more than so many pixels where that is a row at least. */
  take(pixels: number): Rectangle | undefined {
    const first = this.#rectangles.shift();
    if (!first || areaOf(first) <= pixels) return first;
    const height = Math.max(1, Math.floor(pixels / first.width));
    if (height >= first.height) return first;
    this.#rectangles.unshift({ ...first, y: first.y + height, height: first.height - height });
    return { ...first, height };
  }

  /** Keeps what lies within a picture of this size. */
  clip(width: number, height: number): void {
    this.#rectangles = this.#rectangles.flatMap((rectangle) => clip(rectangle, width, height) ?? []);
  }

  clear(): void {
    this.#rectangles = [];
  }

  /** The one that is best united with an area, where that is better than one more rectangle. */
  #findNeighbour(area: Rectangle): Rectangle | undefined {
    let neighbour: Rectangle | undefined;
    let least = this.#rectangles.length < mostRectangles ? toleratedWastePixels : Number.POSITIVE_INFINITY;
    for (const rectangle of this.#rectangles) {
      const waste = areaOf(unite(rectangle, area)) - areaOf(rectangle) - areaOf(area);
      if (waste > least || (neighbour && waste === least)) continue;
      neighbour = rectangle;
      least = waste;
    }
    return neighbour;
  }
}

const contains = (outer: Rectangle, inner: Rectangle) =>
  outer.x <= inner.x &&
  outer.y <= inner.y &&
  outer.x + outer.width >= inner.x + inner.width &&
  outer.y + outer.height >= inner.y + inner.height;

/** Of two that overlap. */
function intersect(left: Rectangle, right: Rectangle): Rectangle {
  const x = Math.max(left.x, right.x);
  const y = Math.max(left.y, right.y);
  return {
    x,
    y,
    width: Math.min(left.x + left.width, right.x + right.width) - x,
    height: Math.min(left.y + left.height, right.y + right.height) - y,
  };
}
