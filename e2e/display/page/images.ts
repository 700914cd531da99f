import { createRandom } from './random.ts';

/** An encoded image as an `img` instruction brings it. */
export interface EncodedImage {
  readonly mimetype: 'image/png' | 'image/jpeg' | 'image/webp';
  readonly width: number;
  readonly height: number;
  readonly base64: string;
}

/** Something with edges, gradients, noise, and where asked, every degree of transparency. */
function paint(width: number, height: number, seed: number, isOpaque: boolean): OffscreenCanvas {
  const random = createRandom(seed);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  const pixels = context.createImageData(width, height);
  const [red, green, blue] = [random.whole(0, 255), random.whole(0, 255), random.whole(0, 255)];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const noise = random.whole(-12, 12);
      pixels.data.set(
        [
          (red + x * 3 + noise) & 0xff,
          (green + y * 2 + noise) & 0xff,
          (blue + x + y + noise) & 0xff,
          isOpaque ? 255 : Math.round(((x + y) / Math.max(1, width + height - 2)) * 255),
        ],
        (y * width + x) * 4,
      );
    }
  }
  context.putImageData(pixels, 0, 0);
  context.fillStyle = isOpaque ? 'rgb(250 240 20)' : 'rgb(250 240 20 / 50%)';
  context.fillRect(width / 4, height / 4, width / 3, height / 3);
  return canvas;
}

/** The base64 of bytes. */
function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

/** An image of that size; the same seed gives the same bytes in the same browser. */
export async function encodeImage(
  mimetype: EncodedImage['mimetype'],
  width: number,
  height: number,
  seed: number,
  options: { readonly isOpaque?: boolean; readonly quality?: number } = {},
): Promise<EncodedImage> {
  const isOpaque = options.isOpaque ?? mimetype === 'image/jpeg';
  const canvas = paint(width, height, seed, isOpaque);
  const blob = await canvas.convertToBlob({ type: mimetype, quality: options.quality ?? 0.85 });
  if (blob.type !== mimetype) throw new Error(`this browser can't write ${mimetype}`);
  return { mimetype, width, height, base64: encodeBase64(new Uint8Array(await blob.arrayBuffer())) };
}

/** Of all formats, with and without transparency, below and above the size at which a decoder might be chosen differently. */
export async function createImages(): Promise<readonly EncodedImage[]> {
  return Promise.all([
    encodeImage('image/png', 24, 18, 1),
    encodeImage('image/png', 64, 64, 2),
    encodeImage('image/png', 1, 1, 3),
    encodeImage('image/png', 40, 7, 4, { isOpaque: true }),
    encodeImage('image/jpeg', 33, 21, 5),
    encodeImage('image/jpeg', 96, 80, 6),
    encodeImage('image/jpeg', 17, 50, 7, { quality: 0.3 }),
    encodeImage('image/webp', 30, 30, 8),
    encodeImage('image/webp', 70, 20, 9, { isOpaque: true }),
    encodeImage('image/webp', 25, 60, 10, { quality: 1 }),
    encodeImage('image/png', 160, 120, 11, { isOpaque: true }),
    encodeImage('image/jpeg', 300, 220, 12),
    encodeImage('image/webp', 200, 200, 13, { quality: 0.95 }),
  ]);
}
