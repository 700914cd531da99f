import { Changes } from './changes.ts';
import { encodeMove, type LossyType } from './encodeArea.ts';
import type { Framebuffer } from './framebuffer.ts';
import type { PictureCache } from './pictureCache.ts';
import type { Rectangle } from '../stage.ts';
import { areaOf } from './rectangle.ts';
import { Region } from './region.ts';

/** What is encoded at once: one to three milliseconds. A larger frame goes on in the next turn of the event loop. */
const slicePixels = 131_072;

/** What one user has seen of a picture, without a copy of it. */
export interface UserPicture {
  /** What it hasn't seen. */
  readonly changes: Changes;
  /** Pixels in it were sent with loss. */
  readonly isLossy: boolean;
  /** It has seen nothing: all is to be drawn anew. */
  restart(framebuffer: Framebuffer): void;
  /** The next part of what it hasn't seen, with how many pixels that are. */
  takeSlice(
    framebuffer: Framebuffer,
    cache: PictureCache,
  ): { readonly parts: Buffer[]; readonly pixels: number };
  /**
   * To be called at regular times: what was sent with loss, and not again since the last call, is to be drawn exactly.
   */
  refresh(): void;
}

export function createUserPicture(lossyType: LossyType): UserPicture {
  const changes = new Changes();
  /** What was sent with loss since the last refresh, and before it. */
  const lossy = { fresh: new Region(), settled: new Region() };

  function noteSent(area: Rectangle, isLossy: boolean) {
    lossy.settled.remove(area);
    if (isLossy) lossy.fresh.add(area);
    else lossy.fresh.remove(area);
  }

  return {
    changes,
    get isLossy() {
      return !lossy.fresh.isEmpty || !lossy.settled.isEmpty;
    },
    restart({ width, height }) {
      changes.clear();
      lossy.fresh.clear();
      lossy.settled.clear();
      changes.damage({ x: 0, y: 0, width, height }, 'exact');
    },
    takeSlice(framebuffer, cache) {
      const parts: Buffer[] = [];
      for (const copy of changes.takeCopies()) {
        parts.push(encodeMove(copy));
        lossy.fresh.move(copy);
        lossy.settled.move(copy);
      }
      let pixels = 0;
      while (pixels < slicePixels) {
        const photo = changes.photo.take(slicePixels - pixels);
        const area = photo ?? changes.exact.take(slicePixels - pixels);
        if (!area) break;
        const type = photo && lossyType;
        parts.push(cache.encode(framebuffer, area, type));
        noteSent(area, type !== undefined);
        pixels += areaOf(area);
      }
      return { parts, pixels };
    },
    refresh() {
      for (const area of lossy.settled.rectangles) changes.damage(area, 'exact');
      lossy.settled.clear();
      for (const area of lossy.fresh.rectangles) lossy.settled.add(area);
      lossy.fresh.clear();
    },
  };
}
