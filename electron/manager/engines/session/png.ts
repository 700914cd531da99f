import { constants, crc32, deflateSync, type ZlibOptions } from 'node:zlib';
import type { Picture, Rectangle } from '../stage.ts';
import type { Framebuffer } from './framebuffer.ts';

// Measured for 1024×768 on one core of the build machine. A text screen as palette: 4 ms and 73 KB deflated at level 4, 5 ms and
// 84 KB at level 1; as RGB 11 ms and 420 KB; by the canvas library's own encoder 47 ms and 500 KB. A noisy photo: 12 ms with
// differences to the row above and Huffman codes only, 46 ms without a filter, 115 ms by the canvas library, all about 1.3 MB.

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Colour types (PNG 3rd edition, 11.2.1). */
const colorType = { rgb: 2, palette: 3, rgba: 6 } as const;
const mostColors = 256;
const hashBits = 10;
const hashSize = 1 << hashBits;

/** A part of a picture, ready to be sent: a PNG, or the one colour that all of it has. */
export type EncodedPart =
  | { readonly kind: 'png'; readonly bytes: Buffer }
  | { readonly kind: 'solid'; readonly red: number; readonly green: number; readonly blue: number };

/** Encodes a part exactly; alpha is left out, because a stage is opaque. */
export function encodePart(framebuffer: Framebuffer, area: Rectangle): EncodedPart {
  const { pixels, width: stride } = framebuffer;
  const scan = indexColors(framebuffer, area);
  if (!scan.isComplete) return { kind: 'png', bytes: encodeRgb(framebuffer, area, scan.isFlat) };
  if (scan.colors.length === 1) {
    const at = (area.y * stride + area.x) * 4;
    return { kind: 'solid', red: pixels[at] ?? 0, green: pixels[at + 1] ?? 0, blue: pixels[at + 2] ?? 0 };
  }
  const palette = Buffer.from(
    scan.colors.flatMap((at) => [pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0]),
  );
  const data = deflate(scan.rows, { level: 4 });
  return { kind: 'png', bytes: compose(area, colorType.palette, data, palette) };
}

/** Encodes a picture with its transparency. */
export function encodePicture({ width, height, pixels }: Picture): Buffer {
  const rows = Buffer.alloc((width * 4 + 1) * height);
  for (let y = 0; y < height; y++)
    rows.set(pixels.subarray(y * width * 4, (y + 1) * width * 4), y * (width * 4 + 1) + 1);
  return compose({ width, height }, colorType.rgba, deflate(rows, { level: 4 }));
}

interface ColorScan {
  /** Whether the colours fit into a palette; the rows are of no use otherwise. */
  readonly isComplete: boolean;
  /** Where a pixel of each colour lies, in bytes. */
  readonly colors: readonly number[];
  /** A byte for each pixel, behind a byte for the filter of the row, which is none. */
  readonly rows: Buffer;
  /** Whether most pixels looked at are like their left neighbour: drawn, rather than photographed. */
  readonly isFlat: boolean;
}

function indexColors({ words, width: stride }: Framebuffer, area: Rectangle): ColorScan {
  const rows = Buffer.allocUnsafe((area.width + 1) * area.height);
  const keys = new Uint32Array(hashSize);
  /** One more than the index into the palette; 0 is free. */
  const slots = new Uint16Array(hashSize);
  const colors: number[] = [];
  let last = -1;
  let index = 0;
  let changes = 0;
  let to = 0;
  for (let y = area.y; y < area.y + area.height; y++) {
    rows[to++] = 0;
    const end = y * stride + area.x + area.width;
    for (let at = end - area.width; at < end; at++) {
      const word = words[at] as number;
      if (word !== last) {
        last = word;
        changes++;
        let slot = Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
        while (slots[slot] !== 0 && keys[slot] !== word) slot = (slot + 1) & (hashSize - 1);
        if (slots[slot] === 0) {
          if (colors.length === mostColors) {
            return { isComplete: false, colors, rows, isFlat: changes < to / 2 };
          }
          keys[slot] = word;
          colors.push(at * 4);
          slots[slot] = colors.length;
        }
        index = (slots[slot] as number) - 1;
      }
      rows[to++] = index;
    }
  }
  return { isComplete: true, colors, rows, isFlat: true };
}

function encodeRgb({ pixels, width: stride }: Framebuffer, area: Rectangle, isFlat: boolean): Buffer {
  const rows = Buffer.allocUnsafe((area.width * 3 + 1) * area.height);
  let to = 0;
  for (let y = area.y; y < area.y + area.height; y++) {
    const start = (y * stride + area.x) * 4;
    // Filter types (PNG 3rd edition, 9.2): 0 none, 2 up. The first row has nothing above it.
    const isUp = !isFlat && y > area.y;
    rows[to++] = isUp ? 2 : 0;
    if (isUp) {
      const above = stride * 4;
      for (let at = start; at < start + area.width * 4; at += 4) {
        rows[to++] = (pixels[at] as number) - (pixels[at - above] as number);
        rows[to++] = (pixels[at + 1] as number) - (pixels[at + 1 - above] as number);
        rows[to++] = (pixels[at + 2] as number) - (pixels[at + 2 - above] as number);
      }
    } else {
      for (let at = start; at < start + area.width * 4; at += 4) {
        rows[to++] = pixels[at] as number;
        rows[to++] = pixels[at + 1] as number;
        rows[to++] = pixels[at + 2] as number;
      }
    }
  }
  const how = isFlat ? { level: 1 } : { level: 1, strategy: constants.Z_HUFFMAN_ONLY };
  return compose(area, colorType.rgb, deflate(rows, how));
}

/** With a window no larger than the data: setting up a large one takes longer than a single character does. */
function deflate(rows: Buffer, how: ZlibOptions): Buffer {
  const windowBits = Math.min(15, Math.max(9, 32 - Math.clz32(rows.length)));
  return deflateSync(rows, { ...how, windowBits, memLevel: windowBits > 12 ? 8 : 4 });
}

function compose(
  { width, height }: { readonly width: number; readonly height: number },
  type: number,
  data: Buffer,
  palette?: Buffer,
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = type;
  return Buffer.concat([
    signature,
    ...chunk('IHDR', header),
    ...(palette ? chunk('PLTE', palette) : []),
    ...chunk('IDAT', data),
    ...chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): readonly Buffer[] {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length, 0);
  head.write(name, 4, 'latin1');
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(data, crc32(head.subarray(4))), 0);
  return [head, data, check];
}
