import { createCanvas, loadImage } from '@napi-rs/canvas';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFramebuffer } from './framebuffer.ts';
import { encodePart, encodePicture } from './png.ts';

async function decode(png: Buffer) {
  const image = await loadImage(png);
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height);
}

const part = fc.record({
  x: fc.nat(3),
  y: fc.nat(3),
  width: fc.integer({ min: 1, max: 70 }),
  height: fc.integer({ min: 1, max: 40 }),
  colors: fc.constantFrom(1, 2, 3, 16, 255, 256, 257, 5_000),
  /** How many neighbours are alike. */
  run: fc.constantFrom(1, 3, 50),
  seed: fc.integer(),
});

it('any part of any picture is decoded as it was', async () => {
  await fc.assert(
    fc.asyncProperty(part, async ({ seed, colors, run, ...area }) => {
      const framebuffer = createFramebuffer(area.x + area.width + 2, area.y + area.height + 2);
      const { pixels, width } = framebuffer;
      for (let at = 0; at < pixels.length; at += 4) {
        const color = Math.imul((Math.floor(at / 4 / run) * 7 + seed) % colors, 0x9e3779b1);
        pixels.set([color & 0xff, (color >> 8) & 0xff, (color >> 16) & 0xff, 255], at);
      }
      const expected = new Uint8ClampedArray(area.width * area.height * 4);
      for (let y = 0; y < area.height; y++) {
        const start = ((area.y + y) * width + area.x) * 4;
        expected.set(pixels.subarray(start, start + area.width * 4), y * area.width * 4);
      }
      const encoded = encodePart(framebuffer, area);
      if (encoded.kind === 'solid') {
        const { red, green, blue } = encoded;
        for (let at = 0; at < expected.length; at += 4)
          expect([...expected.subarray(at, at + 4)]).toEqual([red, green, blue, 255]);
      } else {
        const decoded = await decode(encoded.bytes);
        expect(decoded.width).toBe(area.width);
        expect(Buffer.from(decoded.data).equals(Buffer.from(expected))).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});

it('one colour is no picture', () => {
  const framebuffer = createFramebuffer(20, 20);
  expect(encodePart(framebuffer, { x: 5, y: 5, width: 3, height: 4 })).toEqual({
    kind: 'solid',
    red: 0,
    green: 0,
    blue: 0,
  });
});

it('a cursor keeps what can be seen through', async () => {
  const pixels = new Uint8ClampedArray([255, 0, 0, 255, 0, 0, 0, 0, 0, 255, 0, 255, 0, 0, 255, 0]);
  const { data } = await decode(encodePicture({ width: 2, height: 2, pixels }));
  expect([data[0], data[3], data[7], data[9], data[11], data[15]]).toEqual([255, 255, 0, 255, 255, 0]);
});
