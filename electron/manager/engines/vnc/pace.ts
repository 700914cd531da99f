import { setImmediate } from 'node:timers/promises';

/** So much drawing at a time is not felt by the other sessions of the process. */
const longestTurnMs = 8;
/** The clock is looked at after so many pixels; some five of these fit into a turn. */
const pixelsBetweenLooks = 262_144;

/** Keeps one session's drawing from blocking the event loop for long. */
export class Pace {
  #turnBegan = performance.now();
  #pixels = 0;

  /** Counts work. @returns whether `rest` is to be awaited now. */
  spend(pixels: number): boolean {
    this.#pixels += pixels;
    if (this.#pixels < pixelsBetweenLooks) return false;
    this.#pixels = 0;
    return performance.now() - this.#turnBegan > longestTurnMs;
  }

  /** Lets others have their turn. */
  async rest(): Promise<void> {
    await setImmediate();
    this.begin();
  }

  /** A turn begins: what came before was waiting, not work. */
  begin(): void {
    this.#turnBegan = performance.now();
    this.#pixels = 0;
  }
}
