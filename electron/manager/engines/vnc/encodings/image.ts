import { createCanvas, loadImage } from '@napi-rs/canvas';
import { composeWord } from '../pixelFormat.ts';
import { outOfProtocol } from '../hostFault.ts';
import type { Drawing } from './decoder.ts';
import type { Rectangle } from '../../stage.ts';
import { readJpegSize, readPngSize } from './imageHeader.ts';

const headerReaders = { jpeg: readJpegSize, png: readPngSize } as const;

/** Draws a compressed image. It has to have the size of its rectangle, so that a small one can't unfold to a huge one. */
export async function drawImage(
  { words, stride, format }: Drawing,
  { x, y, width, height }: Rectangle,
  data: Buffer,
  kind: 'jpeg' | 'png',
): Promise<void> {
  const size = headerReaders[kind](data);
  if (size?.width !== width || size.height !== height)
    throw outOfProtocol('sent an image of another size than its rectangle');
  const pixels = await decodeImage(data, width, height);
  for (let row = 0, from = 0; row < height; row++) {
    const to = (y + row) * stride + x;
    for (let column = 0; column < width; column++, from += 4) {
      const [red, green, blue] = [pixels[from] ?? 0, pixels[from + 1] ?? 0, pixels[from + 2] ?? 0];
      words[to + column] = format.swapsRedAndBlue
        ? composeWord(blue, green, red)
        : composeWord(red, green, blue);
    }
  }
}

async function decodeImage(data: Buffer, width: number, height: number): Promise<Uint8ClampedArray> {
  try {
    const canvas = createCanvas(width, height);
    const context = canvas.getContext('2d');
    context.drawImage(await loadImage(data), 0, 0);
    return context.getImageData(0, 0, width, height).data;
  } catch {
    throw outOfProtocol('sent an image that cannot be decoded');
  }
}
