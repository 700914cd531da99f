import type { Rectangle } from '../../stage.ts';
import type { ByteReader } from '../byteReader.ts';
import { outOfProtocol } from '../hostFault.ts';
import { mostBytesOf, paint, readRows, type Decode, type Drawing } from './decoder.ts';
import { drawImage } from './image.ts';
import type { Inflater } from './inflater.ts';

/** Upper half of the control byte (rfbproto, “Tight Encoding”). */
const fill = 8;
const jpeg = 9;
/** PNG in TightPNG (-260), and pixels without zlib in Tight, as libvncserver sends them for compression level 0. */
const pngOrUncompressed = 10;
const filterFollows = 4;
const filters = { copy: 0, palette: 1, gradient: 2 } as const;
/** Data shorter than this is sent as it is. */
const leastCompressedBytes = 12;

type Read = (drawing: Drawing, area: Rectangle, source: ByteReader) => Promise<void>;

/** Tight and TightPNG: four compressed streams, palettes, gradients and images. The two share their streams. */
export function createTightDecoders(inflaters: readonly Inflater[]): {
  readonly tight: Decode;
  readonly tightPng: Decode;
} {
  const decodeWith =
    (isPng: boolean): Decode =>
    async (drawing, area) => {
      const { source } = drawing;
      if (source.available < 1) await source.fill(1);
      const control = source.takeByte();
      for (const [index, inflater] of inflaters.entries()) if (control & (1 << index)) inflater.reset();
      const kind = control >> 4;
      if (kind === fill) return fillArea(drawing, area);
      if (kind === jpeg) {
        await drawImage(drawing, area, await readImage(source), 'jpeg');
        return 'photo';
      }
      if (isPng && kind === pngOrUncompressed) {
        await drawImage(drawing, area, await readImage(source), 'png');
        return 'exact';
      }
      const isUncompressed = (kind & pngOrUncompressed) === pngOrUncompressed;
      if (kind >= fill && !isUncompressed)
        throw outOfProtocol('sent a rectangle in a way that does not exist');
      await decodeBasic(drawing, area, kind, isUncompressed ? undefined : inflaters[kind & 3]);
      return 'exact';
    };
  return { tight: decodeWith(false), tightPng: decodeWith(true) };
}

async function fillArea(drawing: Drawing, area: Rectangle): Promise<'exact'> {
  const { source, format } = drawing;
  if (source.available < format.compactBytes) await source.fill(format.compactBytes);
  paint(drawing, area, format.readCompact(source.bytes, source.take(format.compactBytes)));
  return 'exact';
}

async function readImage(source: ByteReader): Promise<Buffer> {
  return source.read(await readCompactLength(source));
}

/** Up to three bytes with 7, 7 and 8 bits, so 4 MB at most. */
async function readCompactLength(source: ByteReader): Promise<number> {
  let length = 0;
  for (let shift = 0; shift <= 14; shift += 7) {
    if (source.available < 1) await source.fill(1);
    const part = source.takeByte();
    length |= (shift < 14 ? part & 127 : part) << shift;
    if (shift < 14 && part < 128) break;
  }
  return length;
}

async function decodeBasic(
  drawing: Drawing,
  area: Rectangle,
  kind: number,
  inflater: Inflater | undefined,
): Promise<void> {
  const { source } = drawing;
  const { bytes, read } = await readFilter(drawing, area, (kind & filterFollows) !== 0);
  if (bytes < leastCompressedBytes) return read(drawing, area, source);
  const length = await readCompactLength(source);
  if (!inflater) {
    if (length !== bytes) throw outOfProtocol('sent another number of pixels than a rectangle has');
    return read(drawing, area, source);
  }
  if (length > mostBytesOf(area)) throw outOfProtocol('sent more bytes than a rectangle can need');
  inflater.begin(source, length);
  await read(drawing, area, inflater.reader);
  await inflater.finish();
}

/** What follows, and how many bytes of it there are once they are inflated. */
async function readFilter(
  { source, format }: Drawing,
  { width, height }: Rectangle,
  isExplicit: boolean,
): Promise<{ readonly bytes: number; readonly read: Read }> {
  let filter: number = filters.copy;
  if (isExplicit) {
    if (source.available < 1) await source.fill(1);
    filter = source.takeByte();
  }
  const all = width * height * format.compactBytes;
  if (filter === filters.copy)
    return { bytes: all, read: (drawing, area, from) => readRows(drawing, from, area, 'compact') };
  if (filter === filters.gradient) {
    if (format.compactBytes === 1) throw outOfProtocol('sent a gradient of 8-bit pixels');
    return { bytes: all, read: format.compactBytes === 3 ? readFullGradient : readPackedGradient };
  }
  if (filter !== filters.palette) throw outOfProtocol('used a filter that does not exist');
  if (source.available < 1) await source.fill(1);
  const size = source.takeByte() + 1;
  const paletteBytes = size * format.compactBytes;
  if (source.available < paletteBytes) await source.fill(paletteBytes);
  const colors = new Uint32Array(size);
  format.readCompacts(source.bytes, source.take(paletteBytes), colors, 0, size);
  const rowBytes = size <= 2 ? Math.ceil(width / 8) : width;
  return {
    bytes: rowBytes * height,
    read: (drawing, area, from) => readIndices(drawing, area, from, colors, rowBytes),
  };
}

async function readIndices(
  { words, stride, pace }: Drawing,
  { x, y, width, height }: Rectangle,
  source: ByteReader,
  colors: Uint32Array,
  rowBytes: number,
): Promise<void> {
  const hasBits = colors.length <= 2;
  for (let row = y; row < y + height; row++) {
    if (source.available < rowBytes) await source.fill(rowBytes);
    const { bytes } = source;
    const at = source.take(rowBytes);
    const to = row * stride + x;
    for (let column = 0; column < width; column++) {
      const index = hasBits
        ? ((bytes[at + (column >> 3)] as number) >> (7 - (column & 7))) & 1
        : (bytes[at + column] as number);
      if (index >= colors.length) throw outOfProtocol('used a colour that is not in the palette');
      words[to + column] = colors[index] as number;
    }
    if (pace.spend(width)) await pace.rest();
  }
}

/** Differences to what the left, the upper and the upper left pixel let expect, of 8 bits a colour. */
const readFullGradient: Read = (drawing, area, source) =>
  readGradient(drawing, area, source, (bytes, at, channel) => bytes[at + channel] as number);

/** The same in 16-bit pixels: 5, 6 and 5 bits. */
const readPackedGradient: Read = (drawing, area, source) =>
  readGradient(drawing, area, source, (bytes, at, channel) => {
    const pixel = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
    return channel === 0 ? pixel >> 11 : channel === 1 ? (pixel >> 5) & 63 : pixel & 31;
  });

async function readGradient(
  { words, stride, format, pace }: Drawing,
  { x, y, width, height }: Rectangle,
  source: ByteReader,
  readDifference: (bytes: Uint8Array, at: number, channel: number) => number,
): Promise<void> {
  const { compactBytes, maxima, compose } = format;
  const rowBytes = width * compactBytes;
  // A pixel to the left of the picture's, black as the row above it.
  let above = new Uint8Array((width + 1) * 3);
  let current = new Uint8Array((width + 1) * 3);
  for (let row = y; row < y + height; row++) {
    if (source.available < rowBytes) await source.fill(rowBytes);
    const at = source.take(rowBytes);
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < 3; channel++) {
        const here = (column + 1) * 3 + channel;
        const maximum = maxima[channel] as number;
        const guess = (current[here - 3] as number) + (above[here] as number) - (above[here - 3] as number);
        const expected = Math.max(0, Math.min(maximum, guess));
        const difference = readDifference(source.bytes, at + column * compactBytes, channel);
        current[here] = (expected + difference) & maximum;
      }
      const pixel = (column + 1) * 3;
      words[row * stride + x + column] = compose(
        current[pixel] as number,
        current[pixel + 1] as number,
        current[pixel + 2] as number,
      );
    }
    [above, current] = [current, above];
    if (pace.spend(width * 4)) await pace.rest();
  }
}
