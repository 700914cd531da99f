/** What Chromium, Firefox and Safari can make a canvas of, in pixels along an edge. */
const largestEdge = 32_767;
/** What the canvases of one session may take together: 512 MB. */
const largestArea = 128 * 1024 * 1024;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The pixels that all canvases of one session take together. */
export class PixelBudget {
  #used = 0;

  /** Gives what one canvas has for what it is to have. @returns false where that is too much; nothing is changed then. */
  exchange(before: Size, after: Size): boolean {
    if (Math.max(after.width, after.height) > largestEdge) return false;
    const used = this.#used - before.width * before.height + after.width * after.height;
    if (used > largestArea) return false;
    this.#used = used;
    return true;
  }
}
