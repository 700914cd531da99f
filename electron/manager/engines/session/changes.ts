import type { Rectangle } from '../stage.ts';
import type { Move } from './rectangle.ts';
import { Region } from './region.ts';

/** More moves than these are told by the pixels that they have changed. */
const mostCopies = 16;

/**
 * What has changed in a picture since somebody has seen it. Whoever moves pixels by `copies`, in their order, and then draws
 * `exact` and `photo` anew has the picture as it is. Bounded, whatever happens to the picture meanwhile.
 */
export class Changes {
  readonly exact = new Region();
  /** What may be drawn with loss. */
  readonly photo = new Region();
  #copies: Move[] = [];

  get isEmpty(): boolean {
    return this.#copies.length === 0 && this.exact.isEmpty && this.photo.isEmpty;
  }

  damage(area: Rectangle, content: 'exact' | 'photo'): void {
    this[content].add(area);
  }

  copy(move: Move): void {
    // What is going to be drawn anew isn't at its source yet: it is drawn anew where it was moved to.
    this.exact.move(move);
    this.photo.move(move);
    const target = targetOf(move);
    if (this.exact.holds(target) || this.photo.holds(target)) return;
    this.#copies.push(move);
    if (this.#copies.length > mostCopies)
      for (const copy of this.takeCopies()) this.exact.add(targetOf(copy));
  }

  /** Takes over what happened after the changes that are here. */
  absorb(later: Changes): void {
    for (const copy of later.#copies) this.copy(copy);
    for (const area of later.photo.rectangles) this.photo.add(area);
    for (const area of later.exact.rectangles) this.exact.add(area);
  }

  /** They have to be told before anything that is drawn. */
  takeCopies(): readonly Move[] {
    return this.#copies.splice(0);
  }

  clear(): void {
    this.#copies = [];
    this.exact.clear();
    this.photo.clear();
  }
}

const targetOf = ({ from, toX, toY }: Move): Rectangle => ({ ...from, x: toX, y: toY });
