import { PNG } from 'pngjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readImageHeader } from './imageHeader.ts';

const bytesOf = (...parts: (string | readonly number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string' ? Array.from(part, (character) => character.charCodeAt(0)) : part,
    ),
  );
const zeros = (count: number) => Array.from({ length: count }, () => 0);

describe('readImageHeader', () => {
  it('reads a PNG', () => {
    const png = PNG.sync.write(new PNG({ width: 300, height: 2 }));
    expect(readImageHeader(png)).toEqual({ format: 'png', width: 300, height: 2 });
    expect(readImageHeader(png.subarray(0, 20))).toBeUndefined();
  });

  it('finds the frame of a JPEG behind other segments, of which one holds another picture', () => {
    const thumbnail = [0xff, 0xd8, 0xff, 0xc0, 0x00, 0x11, 0x08, 0x00, 0x01, 0x00, 0x01];
    const jpeg = bytesOf(
      [0xff, 0xd8, 0xff, 0xe1, 0x00, 2 + thumbnail.length],
      thumbnail,
      [0xff, 0xdb, 0x00, 0x04, 0x01, 0x02, 0xff, 0xff, 0xc4, 0x00, 0x02],
      [0xff, 0xc2, 0x00, 0x11, 0x08, 0x04, 0x38, 0x07, 0x80, 0x03],
    );
    expect(readImageHeader(jpeg)).toEqual({ format: 'jpeg', width: 1_920, height: 1_080 });
    expect(readImageHeader(jpeg.subarray(0, 30))).toBeUndefined();
  });

  it.each([
    ['lossy', 'VP8 ', [...zeros(4), ...zeros(3), 0x9d, 0x01, 0x2a, 0x2c, 0x01, 0x02, 0x00]],
    ['lossless', 'VP8L', [...zeros(4), 0x2f, 0x2b, 0x41, 0x00, 0x00, ...zeros(5)]],
    ['extended', 'VP8X', [...zeros(4), ...zeros(4), 0x2b, 0x01, 0x00, 0x01, 0x00, 0x00]],
  ])('reads a %s WebP', (_name, chunk, rest) => {
    const webp = bytesOf('RIFF', zeros(4), 'WEBP', chunk, rest);
    expect(readImageHeader(webp)).toEqual({ format: 'webp', width: 300, height: 2 });
  });

  it('reads a GIF', () => {
    const gif = bytesOf('GIF89a', [0x2c, 0x01, 0x02, 0x00]);
    expect(readImageHeader(gif)).toEqual({ format: 'gif', width: 300, height: 2 });
  });

  it('knows nothing of anything else, and takes any bytes', () => {
    const begun = fc
      .tuple(
        fc.constantFrom('', '\xff\xd8\xff', 'RIFFxxxxWEBPVP8', 'RIFFxxxxWEBPVP8L', 'GIF89a', '\x89PNG'),
        fc.uint8Array({ maxLength: 60 }),
      )
      .map(([start, rest]) => bytesOf(start, [...rest]));
    fc.assert(
      fc.property(begun, (bytes) => {
        const header = readImageHeader(bytes);
        expect(header === undefined || (header.width >= 0 && header.height >= 0)).toBe(true);
      }),
    );
    expect(readImageHeader(bytesOf('<svg width="30000"/>'))).toBeUndefined();
  });
});
