import type { Rectangle } from '../stage.ts';
import { encodeExactly, encodeWithLoss, type LossyType } from './encodeArea.ts';
import type { Framebuffer } from './framebuffer.ts';

/** Encodes parts of a picture, once for all users who need the same ones of the same moment. */
export interface PictureCache {
  encode(framebuffer: Framebuffer, area: Rectangle, lossyType: LossyType): Buffer;
  /** The picture has changed, or nobody needs it now. */
  clear(): void;
}

export function createPictureCache(): PictureCache {
  const encoded = new Map<string, Buffer>();
  return {
    encode(framebuffer, area, lossyType) {
      const key = `${area.x},${area.y},${area.width},${area.height},${lossyType}`;
      const known = encoded.get(key);
      if (known) return known;
      const bytes =
        lossyType === undefined
          ? encodeExactly(framebuffer, area)
          : encodeWithLoss(framebuffer, area, lossyType);
      encoded.set(key, bytes);
      return bytes;
    },
    clear: () => encoded.clear(),
  };
}
