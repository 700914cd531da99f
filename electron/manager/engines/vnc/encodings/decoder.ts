import type { Rectangle } from '../../stage.ts';
import type { ByteReader } from '../byteReader.ts';
import type { Pace } from '../pace.ts';
import type { PixelFormat } from '../pixelFormat.ts';

/** What a rectangle is drawn with. The rectangle lies within the picture; decoders write nowhere else. */
export interface Drawing {
  readonly source: ByteReader;
  readonly format: PixelFormat;
  /** The picture, a word a pixel. */
  readonly words: Uint32Array;
  /** Words of a row of the picture. */
  readonly stride: number;
  readonly pace: Pace;
}

/** Draws one rectangle from the bytes behind its header. @returns whether loss was involved. @throws HostFault */
export type Decode = (drawing: Drawing, area: Rectangle) => Promise<'exact' | 'photo'>;

/** The parts of an area in tiles of this size, from left to right, then downwards. */
export function* listTiles(area: Rectangle, size: number): Generator<Rectangle> {
  const [right, bottom] = [area.x + area.width, area.y + area.height];
  for (let y = area.y; y < bottom; y += size)
    for (let x = area.x; x < right; x += size)
      yield { x, y, width: Math.min(size, right - x), height: Math.min(size, bottom - y) };
}

export function paint({ words, stride }: Drawing, { x, y, width, height }: Rectangle, word: number): void {
  for (let row = y; row < y + height; row++) words.fill(word, row * stride + x, row * stride + x + width);
}

/** Reads rows of full or compact pixels, as many at a time as are there. */
export async function readRows(
  drawing: Drawing,
  source: ByteReader,
  area: Rectangle,
  kind: 'full' | 'compact',
): Promise<void> {
  const { format, words, stride, pace } = drawing;
  const rowBytes = area.width * (kind === 'full' ? format.bytes : format.compactBytes);
  for (let row = area.y; row < area.y + area.height; row++) {
    if (source.available < rowBytes) await source.fill(rowBytes);
    const to = row * stride + area.x;
    const at = source.take(rowBytes);
    if (kind === 'full') format.readPixels(source.bytes, at, words, to, area.width);
    else format.readCompacts(source.bytes, at, words, to, area.width);
    if (pace.spend(area.width)) await pace.rest();
  }
}

/** More than any encoding needs for the pixels of an area, and the frame around them. */
export const mostBytesOf = ({ width, height }: Rectangle): number => width * height * 8 + 4_096;
