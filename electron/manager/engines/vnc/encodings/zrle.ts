import type { Rectangle } from '../../stage.ts';
import type { ByteReader } from '../byteReader.ts';
import { outOfProtocol } from '../hostFault.ts';
import { listTiles, mostBytesOf, paint, readRows, type Decode, type Drawing } from './decoder.ts';
import type { Inflater } from './inflater.ts';

const tileSize = 64;
const runLengths = 128;
const largestPackedPalette = 16;

/** ZRLE (RFC 6143 §7.7.6): tiles of 64×64 with palettes and runs, in one compressed stream for the whole connection. */
export const createZrleDecoder =
  (inflater: Inflater): Decode =>
  async (drawing, area) => {
    const { source, pace } = drawing;
    if (source.available < 4) await source.fill(4);
    const length = source.takeUint32();
    if (length > mostBytesOf(area)) throw outOfProtocol('sent more bytes than a rectangle can need');
    inflater.begin(source, length);
    const tiles = inflater.reader;
    for (const tile of listTiles(area, tileSize)) {
      if (tiles.available < 1) await tiles.fill(1);
      await decodeTile(drawing, tiles, tile, tiles.takeByte());
      if (pace.spend(tile.width * tile.height)) await pace.rest();
    }
    await inflater.finish();
    return 'exact';
  };

async function decodeTile(
  drawing: Drawing,
  tiles: ByteReader,
  tile: Rectangle,
  subencoding: number,
): Promise<void> {
  if (subencoding === 0) return readRows(drawing, tiles, tile, 'compact');
  const { format } = drawing;
  const isRuns = subencoding >= runLengths;
  const size = subencoding % runLengths;
  if ((!isRuns && size > largestPackedPalette) || (isRuns && size === 1))
    throw outOfProtocol('sent a tile in a way that does not exist');
  const colors = new Uint32Array(size);
  if (size > 0) {
    const bytes = size * format.compactBytes;
    if (tiles.available < bytes) await tiles.fill(bytes);
    format.readCompacts(tiles.bytes, tiles.take(bytes), colors, 0, size);
  }
  if (isRuns) return decodeRuns(drawing, tiles, tile, size === 0 ? undefined : colors);
  if (size === 1) return paint(drawing, tile, colors[0] ?? 0);
  return decodePacked(drawing, tiles, tile, colors);
}

async function decodePacked(
  { words, stride }: Drawing,
  tiles: ByteReader,
  { x, y, width, height }: Rectangle,
  colors: Uint32Array,
): Promise<void> {
  const bits = colors.length === 2 ? 1 : colors.length <= 4 ? 2 : 4;
  const mask = (1 << bits) - 1;
  const rowBytes = Math.ceil((width * bits) / 8);
  if (tiles.available < rowBytes * height) await tiles.fill(rowBytes * height);
  const { bytes } = tiles;
  for (let row = 0; row < height; row++) {
    const at = tiles.take(rowBytes);
    const to = (y + row) * stride + x;
    for (let column = 0; column < width; column++) {
      const bit = column * bits;
      const index = ((bytes[at + (bit >> 3)] as number) >> (8 - bits - (bit & 7))) & mask;
      if (index >= colors.length) throw outOfProtocol('used a colour that is not in the palette');
      words[to + column] = colors[index] as number;
    }
  }
}

async function decodeRuns(
  { words, stride, format }: Drawing,
  tiles: ByteReader,
  { x, y, width, height }: Rectangle,
  colors: Uint32Array | undefined,
): Promise<void> {
  const pixels = width * height;
  // A colour and the first byte of a length: what may be missing of it is asked for below.
  const pixelBytes = colors ? 1 : format.compactBytes;
  for (let done = 0; done < pixels;) {
    if (tiles.available < pixelBytes) await tiles.fill(pixelBytes);
    let word: number;
    let length = 1;
    let hasLength = true;
    if (colors) {
      const index = tiles.takeByte();
      hasLength = index >= runLengths;
      const color = colors[index % runLengths];
      if (color === undefined) throw outOfProtocol('used a colour that is not in the palette');
      word = color;
    } else {
      word = format.readCompact(tiles.bytes, tiles.take(pixelBytes));
    }
    for (let part = 255; hasLength && part === 255;) {
      if (tiles.available < 1) await tiles.fill(1);
      part = tiles.takeByte();
      length += part;
      if (length > pixels - done) throw outOfProtocol('drew outside of a rectangle');
    }
    for (const end = done + length; done < end;) {
      const column = done % width;
      const count = Math.min(width - column, end - done);
      const to = (y + (done - column) / width) * stride + x + column;
      words.fill(word, to, to + count);
      done += count;
    }
  }
}
