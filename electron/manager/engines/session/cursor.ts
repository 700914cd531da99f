import type { Cursor } from '../stage.ts';
import { encodePicture } from './png.ts';
import { briefStream, encode, encodeStream } from './wire.ts';

const largestSide = 512;
const cursorLayer = '-1';
/** Replaces what is there (`GUAC_COMP_SRC`). */
const replace = '12';
const hiddenPicture = { width: 1, height: 1, pixels: new Uint8ClampedArray(4) };

/**
 * A cursor as guacd sends it (`guac_common_cursor_set_argb`): drawn into a buffer, and taken from there. `undefined` for what isn't
 * one.
 */
export function encodeCursor(cursor: Cursor): Buffer | undefined {
  const { picture, hotspotX, hotspotY } =
    cursor.kind === 'picture' ? cursor : { picture: hiddenPicture, hotspotX: 0, hotspotY: 0 };
  const { width, height, pixels } = picture;
  const isUsable = width >= 1 && height >= 1 && width <= largestSide && height <= largestSide;
  if (!isUsable || pixels.length < width * height * 4) return undefined;
  const side = [String(width), String(height)] as const;
  return Buffer.concat([
    encode(['size', cursorLayer, ...side]),
    encodeStream(['img', briefStream, replace, cursorLayer, 'image/png', '0', '0'], encodePicture(picture)),
    encode(['cursor', String(hotspotX), String(hotspotY), cursorLayer, '0', '0', ...side]),
  ]);
}
