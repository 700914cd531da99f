import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import { createCanvas } from '@napi-rs/canvas';
import { createTestStage } from '../../../electron/manager/engines/session/testStage.ts';
import { ByteReader } from '../../../electron/manager/engines/vnc/byteReader.ts';
import { encodings, pseudoEncodings } from '../../../electron/manager/engines/vnc/encodings/encodings.ts';
import { HostFault } from '../../../electron/manager/engines/vnc/hostFault.ts';
import { createHostScreen } from '../../../electron/manager/engines/vnc/hostScreen.ts';
import { Pace } from '../../../electron/manager/engines/vnc/pace.ts';
import { findPixelFormat } from '../../../electron/manager/engines/vnc/pixelFormat.ts';
import type { FuzzTarget } from '../target.ts';

const size = { width: 160, height: 96 };
const depths = [24, 16, 8] as const;

/** How an input's rectangles are sent; `compressed` ones are written as what comes out of their stream. */
const kinds = [
  { encoding: encodings.raw },
  { encoding: encodings.copyRect },
  { encoding: encodings.rre },
  { encoding: encodings.hextile },
  { encoding: encodings.zlib, compressed: 'long' },
  { encoding: encodings.zrle, compressed: 'long' },
  { encoding: encodings.tight },
  { encoding: encodings.tight, compressed: 'copy' },
  { encoding: encodings.tight, compressed: 'palette' },
  { encoding: encodings.tight, compressed: 'gradient' },
  { encoding: encodings.tightPng },
  { encoding: pseudoEncodings.desktopSize },
  { encoding: pseudoEncodings.extendedDesktopSize },
  { encoding: pseudoEncodings.desktopName },
  { encoding: pseudoEncodings.cursor },
  { encoding: pseudoEncodings.xCursor },
  { encoding: pseudoEncodings.cursorWithAlpha },
  { encoding: pseudoEncodings.lastRect },
  { encoding: 0x7777 },
] as const;

const headBytes = 8;
const mostRectangles = 40;

/** Updates of one rectangle each, out of `kind x y width height 0 length`, the length in two bytes, and what follows. */
function composeUpdates(input: Uint8Array): Buffer {
  const parts: Buffer[] = [];
  const streams = new Set<string>();
  const compress = (stream: string, data: Uint8Array): Buffer => {
    const options = { finishFlush: constants.Z_SYNC_FLUSH };
    const isBegun = streams.has(stream);
    streams.add(stream);
    return isBegun ? deflateRawSync(data, options) : deflateSync(data, options);
  };
  for (let at = 1; at + headBytes <= input.length && parts.length < mostRectangles;) {
    const head = input.subarray(at, at + headBytes);
    const kind = kinds[(head[0] ?? 0) % kinds.length] ?? kinds[0];
    const length = ((head[6] ?? 0) << 8) | (head[7] ?? 0);
    const data = input.subarray(at + headBytes, at + headBytes + length);
    at += headBytes + length;
    const update = Buffer.alloc(16);
    update.writeUInt16BE(1, 2);
    for (const [index, value] of [...head.subarray(1, 5)].entries())
      update.writeUInt16BE(value, 4 + index * 2);
    update.writeInt32BE(kind.encoding, 12);
    parts.push(update, 'compressed' in kind ? pack(kind.compressed, data, compress) : Buffer.from(data));
  }
  return Buffer.concat(parts);
}

function pack(
  how: 'long' | 'copy' | 'palette' | 'gradient',
  data: Uint8Array,
  compress: (stream: string, data: Uint8Array) => Buffer,
): Buffer {
  if (how === 'long') {
    const packed = compress('zrle', data);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(packed.length);
    return Buffer.concat([length, packed]);
  }
  const paletteBytes = how === 'palette' ? 1 + ((data[0] ?? 0) + 1) * 3 : 0;
  const packed = compress('tight', data.subarray(paletteBytes));
  const length = [(packed.length & 127) | 128, ((packed.length >> 7) & 127) | 128, packed.length >> 14];
  const filter = { copy: [0], palette: [0x40, 1], gradient: [0x40, 2] }[how];
  return Buffer.concat([Buffer.from(filter), data.subarray(0, paletteBytes), Buffer.from(length), packed]);
}

interface Outcome {
  /** The words of a fault; `undefined` where all was drawn. */
  readonly fault: string | undefined;
  readonly pixels: Uint8ClampedArray;
  readonly cursor: unknown;
}

async function draw(depth: number, bytes: Buffer, pieceBytes: number): Promise<Outcome> {
  const stage = createTestStage(size.width, size.height);
  const drawn = new Set<string>();
  let at = 0;
  const reader = new ByteReader(async () => {
    if (at >= bytes.length) throw new HostFault(515, 'no more');
    const piece = bytes.subarray(at, at + pieceBytes);
    at += piece.length;
    return piece;
  });
  const pace = new Pace();
  const format = findPixelFormat(depths[depth % depths.length] ?? 24, depth >= 128);
  const screen = createHostScreen(reader, stage, format, pace);
  let fault: string | undefined;
  let isResized = false;
  try {
    while (at < bytes.length || reader.available > 0) {
      await reader.fill(1);
      reader.takeByte();
      isResized = (await screen.readUpdate()).isResized || isResized;
    }
  } catch (error) {
    if (!(error instanceof HostFault)) throw error;
    fault = error.message;
  } finally {
    screen.close();
  }
  const { pixels, width } = stage;
  const areas = [
    ...stage.damages.map(({ area }) => area),
    ...stage.copies.map(({ from, toX, toY }) => ({ ...from, x: toX, y: toY })),
  ];
  for (const { x, y, width: wide, height } of areas)
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + wide; column++) drawn.add(`${column} ${row}`);
  for (let pixel = 0; pixel < pixels.length / 4; pixel++) {
    if (pixels[pixel * 4 + 3] !== 255) throw new Error(`pixel ${pixel} is not opaque`);
    const isBlack = pixels[pixel * 4] === 0 && pixels[pixel * 4 + 1] === 0 && pixels[pixel * 4 + 2] === 0;
    const isFinished = fault === undefined && !isResized;
    if (isFinished && !isBlack && !drawn.has(`${pixel % width} ${Math.floor(pixel / width)}`))
      throw new Error(`pixel ${pixel} was drawn outside of every rectangle`);
  }
  return { fault, pixels, cursor: stage.cursor };
}

function rectangle(kind: number, [x, y, width, height]: readonly number[], ...data: (number | Uint8Array)[]) {
  const body = Buffer.concat(data.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));
  return Buffer.from([
    kind,
    x ?? 0,
    y ?? 0,
    width ?? 0,
    height ?? 0,
    0,
    body.length >> 8,
    body.length & 255,
    ...body,
  ]);
}
const noise = (length: number) => Buffer.from(Array.from({ length }, (_, index) => (index * 37) & 255));
const place = [3, 5, 18, 17];
const pixels = 18 * 17;

function composeImage(kind: 'image/png' | 'image/jpeg'): Buffer {
  const canvas = createCanvas(18, 17);
  const context = canvas.getContext('2d');
  context.fillStyle = '#84a';
  context.fillRect(2, 2, 9, 9);
  const image = kind === 'image/png' ? canvas.toBuffer(kind) : canvas.toBuffer(kind);
  return Buffer.concat([
    Buffer.from([kind === 'image/png' ? 0xa0 : 0x90, (image.length & 127) | 128, (image.length >> 7) & 127]),
    image,
  ]);
}

/** A seed: the depth, then each rectangle. */
const seed = (depth: number, ...all: Buffer[]) => Buffer.concat([Buffer.from([depth]), ...all]);

export const vncPixelsTarget: FuzzTarget = {
  name: 'vnc-pixels',
  about: 'rectangles of VNC servers: opaque, in their place, and the same however the bytes are cut',
  watched: /engines\/vnc\/(encodings|hostScreen|byteReader|cursorShape|pixelFormat)/,
  dictionary: [
    ...kinds.map((_, kind) => rectangle(kind, [0, 0, 16, 16], noise(40))),
    Buffer.from([255, 255, 255, 255]),
    Buffer.from([128]),
    Buffer.from([130, 1, 2, 3, 4, 5, 6]),
  ],
  get seeds() {
    return [
      seed(0, rectangle(0, place, noise(pixels * 4)), rectangle(1, [20, 30, 18, 17], 0, 3, 0, 5)),
      seed(
        1,
        rectangle(0, place, noise(pixels * 2)),
        rectangle(3, [0, 0, 16, 16], 14, 1, 2, 3, 4, 1, 0x11, 0x22),
      ),
      seed(1, rectangle(3, [16, 8, 16, 16], 14, 1, 2, 3, 4, 1, 0xcc, 0x33)),
      seed(0, rectangle(2, place, 0, 0, 0, 1, noise(8), 0, 1, 0, 1, 0, 4, 0, 4)),
      seed(0, rectangle(3, [0, 0, 20, 20], 1, noise(16 * 16 * 4), 2, noise(4), 0, 0)),
      seed(2, rectangle(4, place, noise(pixels)), rectangle(4, place, noise(pixels))),
      seed(0, rectangle(5, place, 0, noise(pixels * 3)), rectangle(5, place, 1, 9, 9, 9)),
      seed(0, rectangle(5, place, 128, 1, 2, 3, 255, 50), rectangle(5, place, 2, noise(6), noise(51))),
      seed(0, rectangle(5, place, 130, noise(6), 128, 255, 50), rectangle(5, place, 4, noise(12), noise(85))),
      seed(0, rectangle(6, place, 0x80, 1, 2, 3), rectangle(6, place, 0xa0, noise(3))),
      seed(0, rectangle(7, place, noise(pixels * 3)), rectangle(7, place, noise(pixels * 3))),
      seed(
        0,
        rectangle(8, place, 1, noise(6), noise(51)),
        rectangle(8, place, 3, noise(12), Buffer.alloc(pixels, 2)),
      ),
      seed(1, rectangle(9, place, noise(pixels * 2))),
      seed(0, rectangle(9, place, noise(pixels * 3))),
      seed(
        0,
        rectangle(10, place, composeImage('image/png')),
        rectangle(6, place, composeImage('image/jpeg')),
      ),
      seed(0, rectangle(11, [0, 0, 40, 30]), rectangle(12, [0, 0, 50, 40], 1, 0, 0, 0, noise(16))),
      seed(0, rectangle(13, [0, 0, 0, 0], 0, 0, 0, 4, Buffer.from('name')), rectangle(17, [])),
      seed(
        0,
        rectangle(14, [1, 1, 9, 3], noise(9 * 3 * 4), noise(6)),
        rectangle(15, [1, 1, 9, 3], noise(18)),
      ),
      seed(0, rectangle(16, [1, 1, 3, 3], 0, 0, 0, 0, noise(36))),
    ];
  },
  limitBytes: 24 * 1024,
  async open() {
    return {
      async run(input) {
        const depth = input[0] ?? 0;
        const bytes = composeUpdates(input);
        const whole = await draw(depth, bytes, bytes.length || 1);
        const pieces = await draw(depth, bytes, 1 + (bytes.length % 13));
        if ((whole.fault === undefined) !== (pieces.fault === undefined))
          throw new Error(`at once: ${whole.fault ?? 'drawn'}; in pieces: ${pieces.fault ?? 'drawn'}`);
        if (
          whole.fault === undefined &&
          !Buffer.from(whole.pixels.buffer).equals(Buffer.from(pieces.pixels.buffer))
        )
          throw new Error('the picture depends on how the bytes are cut');
      },
      close: async () => undefined,
    };
  },
};
