import { readRows, type Decode } from './decoder.ts';

/** Raw (RFC 6143 §7.7.1): rows of pixels. */
export const decodeRaw: Decode = async (drawing, area) => {
  await readRows(drawing, drawing.source, area, 'full');
  return 'exact';
};
