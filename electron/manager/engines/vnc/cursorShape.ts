import type { Cursor } from '../stage.ts';
import type { ByteReader } from './byteReader.ts';
import { outOfProtocol } from './hostFault.ts';
import type { PixelFormat } from './pixelFormat.ts';
import { encodings, pseudoEncodings } from './encodings/encodings.ts';

/** The header of a cursor's rectangle: its place is the hotspot. */
interface CursorHeader {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Far above what servers draw; it keeps the memory for one bounded. */
const largestSidePixels = 1_024;

/** Reads a cursor in one of three encodings. @throws HostFault */
export async function readCursor(
  source: ByteReader,
  format: PixelFormat,
  { x, y, width, height }: CursorHeader,
  encoding: number,
): Promise<Cursor> {
  if (width > largestSidePixels || height > largestSidePixels)
    throw outOfProtocol(`sent a cursor of more than ${largestSidePixels} pixels a side`);
  const words = new Uint32Array(width * height);
  if (encoding === pseudoEncodings.cursorWithAlpha) await readBlended(source, words);
  else if (encoding === pseudoEncodings.xCursor) await readTwoColored(source, words, width, height);
  else await readMasked(source, format, words, width, height);
  // Hosts hide their cursor by one of no size, or by one that nothing is seen of.
  if (words.every((word) => word >>> 24 === 0)) return { kind: 'hidden' };
  return {
    kind: 'picture',
    picture: { width, height, pixels: new Uint8ClampedArray(words.buffer) },
    hotspotX: Math.min(x, width - 1),
    hotspotY: Math.min(y, height - 1),
  };
}

/** Cursor (RFC 6143 §7.8.1): pixels, and a mask of a bit each. */
async function readMasked(
  source: ByteReader,
  format: PixelFormat,
  words: Uint32Array,
  width: number,
  height: number,
): Promise<void> {
  const pixels = await source.read(words.length * format.bytes);
  const mask = await source.read(Math.ceil(width / 8) * height);
  format.readPixels(pixels, 0, words, 0, words.length);
  for (let index = 0; index < words.length; index++) if (!hasBit(mask, index, width)) words[index] = 0;
}

/** X Cursor (rfbproto): two colours, a bit for which, and a mask. An empty one has neither. */
async function readTwoColored(
  source: ByteReader,
  words: Uint32Array,
  width: number,
  height: number,
): Promise<void> {
  if (words.length === 0) return;
  const colors = await source.read(6);
  const bits = await source.read(Math.ceil(width / 8) * height);
  const mask = await source.read(Math.ceil(width / 8) * height);
  const [front, back] = [0, 3].map((at) => (0xff000000 | colors.readUIntLE(at, 3)) >>> 0);
  for (let index = 0; index < words.length; index++)
    if (hasBit(mask, index, width)) words[index] = (hasBit(bits, index, width) ? front : back) ?? 0;
}

/** Cursor With Alpha (rfbproto): red, green, blue, alpha; the colours are multiplied by alpha already. */
async function readBlended(source: ByteReader, words: Uint32Array): Promise<void> {
  await source.fill(4);
  if (source.takeInt32() !== encodings.raw)
    throw outOfProtocol('sent a cursor in a way that is not known here');
  const pixels = await source.read(words.length * 4);
  const target = new Uint8ClampedArray(words.buffer);
  for (let at = 0; at < pixels.length; at += 4) {
    const alpha = pixels[at + 3] ?? 0;
    for (let channel = 0; channel < 3; channel++)
      target[at + channel] = alpha === 0 ? 0 : ((pixels[at + channel] ?? 0) * 255) / alpha;
    target[at + 3] = alpha;
  }
}

function hasBit(mask: Uint8Array, index: number, width: number): boolean {
  const column = index % width;
  const row = (index - column) / width;
  return (((mask[row * Math.ceil(width / 8) + (column >> 3)] ?? 0) >> (7 - (column & 7))) & 1) === 1;
}

/** Where the host draws its own cursor, people still see where theirs is: a dot. */
export const dotCursor: Cursor = createDot();

function createDot(): Cursor {
  const side = 5;
  const words = new Uint32Array(side * side);
  for (let index = 0; index < words.length; index++) {
    const [x, y] = [index % side, Math.floor(index / side)];
    const isEdge = x === 0 || y === 0 || x === side - 1 || y === side - 1;
    words[index] = isEdge ? 0xffffffff : 0xff000000;
  }
  const pixels = new Uint8ClampedArray(words.buffer);
  return { kind: 'picture', picture: { width: side, height: side, pixels }, hotspotX: 2, hotspotY: 2 };
}
