/**
 * How colours travel (RFC 6143 §7.4). The client decides, and the server has to comply: 32 bits in the order of a picture's
 * memory, 16 bits (5-6-5) or 8 bits (2-3-3), always true colour. What comes out is a word of the stage's RGBA pixels.
 */
export interface PixelFormat {
  /** Of a PIXEL: 4, 2 or 1. */
  readonly bytes: number;
  /** Of ZRLE's CPIXEL and Tight's TPIXEL: 3, 2 or 1. */
  readonly compactBytes: number;
  /** As SetPixelFormat has it: 16 bytes. */
  readonly encoded: Uint8Array;
  readPixel(source: Uint8Array, at: number): number;
  /** Those with three bytes are red, green, blue in both encodings, given this format. */
  readCompact(source: Uint8Array, at: number): number;
  /** A row of PIXELs. */
  readPixels(source: Uint8Array, at: number, words: Uint32Array, to: number, count: number): void;
  /** A row of CPIXELs or TPIXELs. */
  readCompacts(source: Uint8Array, at: number, words: Uint32Array, to: number, count: number): void;
  /** From red, green and blue with as many bits as the format has of each. */
  compose(red: number, green: number, blue: number): number;
  /** The greatest value of red, green and blue. */
  readonly maxima: readonly [red: number, green: number, blue: number];
  readonly swapsRedAndBlue: boolean;
}

export type ColorDepth = 8 | 16 | 24;

/** They never change, and the table of one with 16 bits has 256 KB: all sessions share them. */
const formats = new Map<string, PixelFormat>();

export function findPixelFormat(depth: ColorDepth, swapsRedAndBlue: boolean): PixelFormat {
  const key = `${depth} ${swapsRedAndBlue}`;
  const format = formats.get(key) ?? createPixelFormat(depth, swapsRedAndBlue);
  formats.set(key, format);
  return format;
}

function createPixelFormat(depth: ColorDepth, swapsRedAndBlue: boolean): PixelFormat {
  if (depth === 8) return createTableFormat(1, [7, 7, 3], [0, 3, 6], swapsRedAndBlue);
  if (depth === 16) return createTableFormat(2, [31, 63, 31], [11, 5, 0], swapsRedAndBlue);
  return createFullFormat(swapsRedAndBlue);
}

const opaque = 0xff000000;

/** Every pixel that a stage has is opaque. */
export const composeWord = (red: number, green: number, blue: number): number =>
  (opaque | (blue << 16) | (green << 8) | red) >>> 0;

type Triple = readonly [red: number, green: number, blue: number];

function encodeFormat(bytes: number, depth: number, maxima: Triple, shifts: Triple): Uint8Array {
  const [isLittleEndian, isTrueColor] = [0, 1];
  const high = maxima.map((maximum) => [maximum >> 8, maximum & 0xff]);
  return Uint8Array.from([bytes * 8, depth, isLittleEndian, isTrueColor, ...high.flat(), ...shifts, 0, 0, 0]);
}

function createFullFormat(swapsRedAndBlue: boolean): PixelFormat {
  const [first, third] = swapsRedAndBlue ? [16, 0] : [0, 16];
  const readPixel = (source: Uint8Array, at: number) =>
    (opaque |
      ((source[at] ?? 0) << first) |
      ((source[at + 1] ?? 0) << 8) |
      ((source[at + 2] ?? 0) << third)) >>>
    0;
  const readRow =
    (step: number) => (source: Uint8Array, at: number, words: Uint32Array, to: number, count: number) => {
      for (let index = 0, from = at; index < count; index++, from += step)
        words[to + index] =
          opaque |
          ((source[from] as number) << first) |
          ((source[from + 1] as number) << 8) |
          ((source[from + 2] as number) << third);
    };
  return {
    bytes: 4,
    compactBytes: 3,
    encoded: encodeFormat(4, 24, [255, 255, 255], [0, 8, 16]),
    readPixel,
    readCompact: readPixel,
    readPixels: readRow(4),
    readCompacts: readRow(3),
    compose: swapsRedAndBlue ? (red, green, blue) => composeWord(blue, green, red) : composeWord,
    maxima: [255, 255, 255],
    swapsRedAndBlue,
  };
}

function createTableFormat(
  bytes: 1 | 2,
  maxima: Triple,
  shifts: Triple,
  swapsRedAndBlue: boolean,
): PixelFormat {
  const scale = (value: number, maximum: number) => Math.round((value * 255) / maximum);
  const compose = (red: number, green: number, blue: number) => {
    const [r, g, b] = [scale(red, maxima[0]), scale(green, maxima[1]), scale(blue, maxima[2])];
    return swapsRedAndBlue ? composeWord(b, g, r) : composeWord(r, g, b);
  };
  const table = Uint32Array.from({ length: 256 ** bytes }, (_, pixel) =>
    compose(
      (pixel >> shifts[0]) & maxima[0],
      (pixel >> shifts[1]) & maxima[1],
      (pixel >> shifts[2]) & maxima[2],
    ),
  );
  const readPixel =
    bytes === 1
      ? (source: Uint8Array, at: number) => table[source[at] ?? 0] ?? 0
      : (source: Uint8Array, at: number) => table[(source[at] ?? 0) | ((source[at + 1] ?? 0) << 8)] ?? 0;
  const readPixels: PixelFormat['readPixels'] = (source, at, words, to, count) => {
    for (let index = 0; index < count; index++) words[to + index] = readPixel(source, at + index * bytes);
  };
  return {
    bytes,
    compactBytes: bytes,
    encoded: encodeFormat(bytes, bytes * 8, maxima, shifts),
    readPixel,
    readCompact: readPixel,
    readPixels,
    readCompacts: readPixels,
    compose,
    maxima,
    swapsRedAndBlue,
  };
}
