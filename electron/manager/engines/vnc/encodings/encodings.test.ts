import { constants, createDeflate } from 'node:zlib';
import { createCanvas } from '@napi-rs/canvas';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Rectangle } from '../../stage.ts';
import { ByteReader } from '../byteReader.ts';
import { Pace } from '../pace.ts';
import { composeWord, findPixelFormat, type ColorDepth, type PixelFormat } from '../pixelFormat.ts';
import { listTiles, type Decode } from './decoder.ts';
import { decodeHextile } from './hextile.ts';
import { Inflater } from './inflater.ts';
import { decodeRaw } from './raw.ts';
import { decodeRre } from './rre.ts';
import { createTightDecoders } from './tight.ts';
import { createZlibDecoder } from './zlib.ts';
import { createZrleDecoder } from './zrle.ts';

type Color = readonly [red: number, green: number, blue: number];

/** A rectangle to be encoded: colours in the depth of its format. */
interface Sample {
  readonly depth: ColorDepth;
  readonly width: number;
  readonly height: number;
  readonly colors: readonly Color[];
  /** An index into the colours for each pixel. */
  readonly pixels: readonly number[];
  /** Decides whatever an encoder may choose. */
  readonly choices: readonly number[];
  /** The bytes come in pieces of these lengths, over and over. */
  readonly pieces: readonly number[];
}

const samples = (largest: number): fc.Arbitrary<Sample> =>
  fc
    .record({
      depth: fc.constantFrom<ColorDepth>(8, 16, 24),
      width: fc.integer({ min: 1, max: largest }),
      height: fc.integer({ min: 1, max: largest }),
      count: fc.constantFrom(1, 2, 3, 4, 5, 16, 17, 100, 127, 200),
      seed: fc.integer(),
      runs: fc.integer({ min: 1, max: 40 }),
      choices: fc.array(fc.nat(255), { minLength: 5, maxLength: 5 }),
      pieces: fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 5 }),
    })
    .map(({ depth, width, height, count, seed, runs, choices, pieces }) => {
      const random = createRandom(seed);
      const { maxima } = findPixelFormat(depth, false);
      const colors = Array.from({ length: count }, (): Color => [
        random(maxima[0] + 1),
        random(maxima[1] + 1),
        random(maxima[2] + 1),
      ]);
      let current = 0;
      const pixels = Array.from({ length: width * height }, () => {
        if (random(runs) === 0) current = random(count);
        return current;
      });
      return { depth, width, height, colors, pixels, choices, pieces };
    });

/** mulberry32: the same numbers for the same seed. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function encodeColor(depth: ColorDepth, [red, green, blue]: Color, isCompact: boolean): readonly number[] {
  if (depth === 24) return isCompact ? [red, green, blue] : [red, green, blue, 77];
  if (depth === 8) return [red | (green << 3) | (blue << 6)];
  const pixel = (red << 11) | (green << 5) | blue;
  return [pixel & 0xff, pixel >> 8];
}

const colorAt = ({ colors, pixels, width }: Sample, x: number, y: number): Color =>
  colors[pixels[y * width + x] ?? 0] ?? [0, 0, 0];

function encodePixels(sample: Sample, area: Rectangle, isCompact: boolean): Buffer {
  const bytes: number[] = [];
  for (let y = area.y; y < area.y + area.height; y++)
    for (let x = area.x; x < area.x + area.width; x++)
      bytes.push(...encodeColor(sample.depth, colorAt(sample, x, y), isCompact));
  return Buffer.from(bytes);
}

const wholeOf = ({ width, height }: Sample): Rectangle => ({ x: 0, y: 0, width, height });
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const createInflaters = (pace: Pace) => Array.from({ length: 4 }, () => new Inflater(pace));

/** A compressed stream that goes on: each piece ends with a sync flush. */
function createDeflater() {
  const stream = createDeflate();
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  return async (data: Uint8Array): Promise<Buffer> => {
    await new Promise<void>((resolve) => {
      stream.write(data);
      stream.flush(constants.Z_SYNC_FLUSH, () => resolve());
    });
    return Buffer.concat(pieces.splice(0));
  };
}

/** Decodes in the middle of a larger picture, and looks at every pixel, within the rectangle and around it. */
async function expectDecoded(
  decode: Decode,
  sample: Sample,
  encoded: Uint8Array,
  pace = new Pace(),
  format: PixelFormat = findPixelFormat(sample.depth, false),
): Promise<void> {
  const [left, top] = [3, 5];
  const stride = sample.width + 7;
  const words = new Uint32Array(stride * (sample.height + 9)).fill(0x12345678);
  let at = 0;
  let turn = 0;
  const sentinel = 0xa5;
  const bytes = Buffer.concat([encoded, Buffer.from([sentinel])]);
  const source = new ByteReader(async () => {
    const length = sample.pieces[turn++ % sample.pieces.length] ?? 1;
    const piece = bytes.subarray(at, at + length);
    if (piece.length === 0) throw new Error('the decoder reads on behind the end');
    at += piece.length;
    return piece;
  });
  const area = { x: left, y: top, width: sample.width, height: sample.height };
  await decode({ source, format, words, stride, pace }, area);
  if (source.available < 1) await source.fill(1);
  expect(source.takeByte()).toBe(sentinel);
  let wrong = 0;
  for (let y = 0; y < sample.height + 9; y++)
    for (let x = 0; x < stride; x++) {
      const isInside = x >= left && x < left + sample.width && y >= top && y < top + sample.height;
      const expected = isInside ? format.compose(...colorAt(sample, x - left, y - top)) : 0x12345678;
      if (words[y * stride + x] !== expected) wrong += 1;
    }
  expect(wrong).toBe(0);
}

test('pixels of every depth come out as the nearest of 8 bits', () => {
  expect(findPixelFormat(24, false).compose(1, 2, 3)).toBe(composeWord(1, 2, 3));
  expect(findPixelFormat(16, false).compose(31, 63, 0)).toBe(composeWord(255, 255, 0));
  expect(findPixelFormat(16, false).readPixel(Uint8Array.of(0x1f, 0x04), 0)).toBe(composeWord(0, 130, 255));
  expect(findPixelFormat(8, false).readPixel(Uint8Array.of(0b10_111_001), 0)).toBe(composeWord(36, 255, 170));
  expect(findPixelFormat(24, true).readPixel(Uint8Array.of(1, 2, 3, 4), 0)).toBe(composeWord(3, 2, 1));
});

describe('every picture comes out as it went in', () => {
  test('in Raw', () =>
    fc.assert(
      fc.asyncProperty(samples(40), (sample) =>
        expectDecoded(decodeRaw, sample, encodePixels(sample, wholeOf(sample), false)),
      ),
      { numRuns: 50 },
    ));

  test('in RRE', () =>
    fc.assert(
      fc.asyncProperty(samples(24), (sample) => {
        const { depth, width, pixels } = sample;
        const parts = pixels.flatMap((_, index) => {
          const [x, y] = [index % width, Math.floor(index / width)];
          return [...encodeColor(depth, colorAt(sample, x, y), false), 0, x, 0, y, 0, 1, 0, 1];
        });
        const background = encodeColor(depth, [1, 1, 1], false);
        return expectDecoded(
          decodeRre,
          sample,
          Buffer.concat([u32(pixels.length), Buffer.from(background), Buffer.from(parts)]),
        );
      }),
      { numRuns: 50 },
    ));

  test('in Hextile', () =>
    fc.assert(
      fc.asyncProperty(samples(40), (sample) => {
        const bytes: number[] = [];
        const { depth, choices } = sample;
        for (const [index, tile] of [...listTiles(wholeOf(sample), 16)].entries()) {
          const all: Color[] = [];
          for (let y = tile.y; y < tile.y + tile.height; y++)
            for (let x = tile.x; x < tile.x + tile.width; x++) all.push(colorAt(sample, x, y));
          const background = all[0] ?? [0, 0, 0];
          const others = all.flatMap((color, place) => (color === background ? [] : [{ color, place }]));
          const second = others[0]?.color;
          const place = (at: number) => [((at % tile.width) << 4) | Math.floor(at / tile.width), 0];
          if (others.length > 255 || (choices[index % 5] ?? 0) % 4 === 0) {
            bytes.push(1, ...encodePixels(sample, tile, false));
          } else if (second && others.every(({ color }) => color === second)) {
            bytes.push(
              2 | 4 | 8,
              ...encodeColor(depth, background, false),
              ...encodeColor(depth, second, false),
            );
            bytes.push(others.length, ...others.flatMap((other) => place(other.place)));
          } else {
            bytes.push(2 | (others.length > 0 ? 8 | 16 : 0), ...encodeColor(depth, background, false));
            if (others.length > 0) bytes.push(others.length);
            for (const { color, place: at } of others)
              bytes.push(...encodeColor(depth, color, false), ...place(at));
          }
        }
        return expectDecoded(decodeHextile, sample, Buffer.from(bytes));
      }),
      { numRuns: 60 },
    ));

  test('in Zlib, one after another', () =>
    fc.assert(
      fc.asyncProperty(fc.array(samples(40), { minLength: 1, maxLength: 4 }), async (several) => {
        const pace = new Pace();
        const deflate = createDeflater();
        const decode = createZlibDecoder(new Inflater(pace));
        for (const sample of several) {
          const data = await deflate(encodePixels(sample, wholeOf(sample), false));
          await expectDecoded(decode, sample, Buffer.concat([u32(data.length), data]), pace);
        }
      }),
      { numRuns: 40 },
    ));

  test('in ZRLE, one after another, in every kind of tile', () =>
    fc.assert(
      fc.asyncProperty(fc.array(samples(150), { minLength: 1, maxLength: 3 }), async (several) => {
        const pace = new Pace();
        const deflate = createDeflater();
        const decode = createZrleDecoder(new Inflater(pace));
        for (const sample of several) {
          const tiles = [...listTiles(wholeOf(sample), 64)].map((tile, index) =>
            encodeTile(sample, tile, index),
          );
          const data = await deflate(Buffer.concat(tiles));
          await expectDecoded(decode, sample, Buffer.concat([u32(data.length), data]), pace);
        }
      }),
      { numRuns: 60 },
    ));

  test('in Tight, one after another, with every filter and stream', () =>
    fc.assert(
      fc.asyncProperty(fc.array(samples(60), { minLength: 1, maxLength: 6 }), async (several) => {
        const pace = new Pace();
        const { tight } = createTightDecoders(createInflaters(pace));
        const deflaters = Array.from({ length: 4 }, createDeflater);
        for (const sample of several)
          await expectDecoded(tight, sample, await encodeTight(sample, deflaters), pace);
      }),
      { numRuns: 100 },
    ));
});

test('PNG of Tight comes out exactly, JPEG nearly, both swapped where that is wanted', async () => {
  const canvas = createCanvas(32, 20);
  const context = canvas.getContext('2d');
  context.fillStyle = '#c86432';
  context.fillRect(0, 0, 32, 20);
  const sample: Sample = {
    depth: 24,
    width: 32,
    height: 20,
    colors: [[200, 100, 50]],
    pixels: Array.from({ length: 640 }, () => 0),
    choices: [],
    pieces: [100],
  };
  const { tight, tightPng } = createTightDecoders(createInflaters(new Pace()));
  const png = Buffer.concat([Buffer.from([0xa0]), compactly(canvas.toBuffer('image/png'))]);
  await expectDecoded(tightPng, sample, png);
  await expectDecoded(tightPng, sample, png, new Pace(), findPixelFormat(24, true));
  const jpeg = Buffer.concat([Buffer.from([0x90]), compactly(canvas.toBuffer('image/jpeg', 95))]);
  const words = new Uint32Array(640);
  const drawing = {
    source: new ByteReader(async () => jpeg),
    format: findPixelFormat(24, false),
    words,
    stride: 32,
    pace: new Pace(),
  };
  expect(await tight(drawing, { x: 0, y: 0, width: 32, height: 20 })).toBe('photo');
  const [red = 0, green = 0, blue = 0] = new Uint8Array(words.buffer, 4 * 333);
  expect(Math.max(Math.abs(red - 200), Math.abs(green - 100), Math.abs(blue - 50))).toBeLessThan(5);
});

/** A tile in a way that its colours allow. */
function encodeTile(sample: Sample, tile: Rectangle, index: number): Buffer {
  const { depth, choices } = sample;
  const all: Color[] = [];
  for (let y = tile.y; y < tile.y + tile.height; y++)
    for (let x = tile.x; x < tile.x + tile.width; x++) all.push(colorAt(sample, x, y));
  const palette = [...new Set(all)];
  const encode = (color: Color) => encodeColor(depth, color, true);
  const runs: { color: Color; length: number }[] = [];
  for (const color of all) {
    const last = runs.at(-1);
    if (last?.color === color) last.length += 1;
    else runs.push({ color, length: 1 });
  }
  const lengthOf = (length: number) => [
    ...Array<number>(Math.floor((length - 1) / 255)).fill(255),
    (length - 1) % 255,
  ];
  const raw = () => Buffer.from([0, ...all.flatMap(encode)]);
  const kinds: (() => Buffer)[] = [
    raw,
    () => Buffer.from([128, ...runs.flatMap(({ color, length }) => [...encode(color), ...lengthOf(length)])]),
  ];
  if (palette.length === 1) kinds.push(() => Buffer.from([1, ...encode(palette[0] ?? [0, 0, 0])]));
  if (palette.length >= 2 && palette.length <= 127)
    kinds.push(() =>
      Buffer.from([
        128 + palette.length,
        ...palette.flatMap(encode),
        ...runs.flatMap(({ color, length }) =>
          length === 1 ? [palette.indexOf(color)] : [palette.indexOf(color) | 128, ...lengthOf(length)],
        ),
      ]),
    );
  if (palette.length >= 2 && palette.length <= 16)
    kinds.push(() => {
      const bits = palette.length === 2 ? 1 : palette.length <= 4 ? 2 : 4;
      const rows = Array.from({ length: tile.height }, (_, row) =>
        packRow(
          all.slice(row * tile.width, (row + 1) * tile.width).map((color) => palette.indexOf(color)),
          bits,
        ),
      );
      return Buffer.from([palette.length, ...palette.flatMap(encode), ...rows.flat()]);
    });
  return kinds[(choices[index % 5] ?? 0) % kinds.length]?.() ?? raw();
}

function packRow(indices: readonly number[], bits: number): number[] {
  const bytes = Array<number>(Math.ceil((indices.length * bits) / 8)).fill(0);
  for (const [column, index] of indices.entries()) {
    const bit = column * bits;
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (index << (8 - bits - (bit & 7)));
  }
  return bytes;
}

function compactly(data: Uint8Array): Buffer {
  const { length } = data;
  const head =
    length < 128
      ? [length]
      : length < 16_384
        ? [(length & 127) | 128, length >> 7]
        : [(length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];
  return Buffer.concat([Buffer.from(head), data]);
}

async function encodeTight(
  sample: Sample,
  deflaters: ((data: Uint8Array) => Promise<Buffer>)[],
): Promise<Buffer> {
  const { depth, colors, pixels, width, height, choices } = sample;
  const [kind = 0, stream = 0, reset = 0] = choices;
  const used = [...new Set(pixels)];
  const index = stream % 4;
  let control = 0;
  if (reset % 3 === 0) {
    control |= 1 << index;
    deflaters[index] = createDeflater();
  }
  const finish = async (head: readonly number[], data: Buffer): Promise<Buffer> => {
    const isPlain = reset % 5 === 1;
    const filterBit = head.length > 0 ? 4 : 0;
    const upper = isPlain ? 10 | filterBit : index | filterBit;
    const start = Buffer.from([control | (upper << 4), ...head]);
    if (data.length < 12) return Buffer.concat([start, data]);
    return Buffer.concat([start, compactly(isPlain ? data : ((await deflaters[index]?.(data)) ?? data))]);
  };
  if (used.length === 1 && kind % 2 === 0)
    return Buffer.from([control | 0x80, ...encodeColor(depth, colors[used[0] ?? 0] ?? [0, 0, 0], true)]);
  if (kind % 4 === 1 && depth !== 8) return finish([2], encodeGradient(sample));
  if (kind % 4 === 2) {
    const palette = used.flatMap((color) => encodeColor(depth, colors[color] ?? [0, 0, 0], true));
    const rows = Array.from({ length: height }, (_, row) => {
      const indices = pixels.slice(row * width, (row + 1) * width).map((color) => used.indexOf(color));
      return used.length <= 2 ? packRow(indices, 1) : indices;
    });
    return finish([1, used.length - 1, ...palette], Buffer.from(rows.flat()));
  }
  return finish(kind % 4 === 3 ? [0] : [], encodePixels(sample, wholeOf(sample), true));
}

/** As the specification has it, straight from the colours. */
function encodeGradient(sample: Sample): Buffer {
  const { depth, width, height } = sample;
  const { maxima } = findPixelFormat(depth, false);
  const at = (x: number, y: number): Color => (x < 0 || y < 0 ? [0, 0, 0] : colorAt(sample, x, y));
  const bytes: number[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const differences = ([0, 1, 2] as const).map((channel) => {
        const guess = at(x - 1, y)[channel] + at(x, y - 1)[channel] - at(x - 1, y - 1)[channel];
        const expected = Math.max(0, Math.min(maxima[channel], guess));
        return (at(x, y)[channel] - expected) & maxima[channel];
      });
      bytes.push(
        ...encodeColor(depth, [differences[0] ?? 0, differences[1] ?? 0, differences[2] ?? 0], true),
      );
    }
  return Buffer.from(bytes);
}
