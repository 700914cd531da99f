import type { ImageHeader } from './imageHeader.ts';
import type { Picture } from './layer.ts';

/** An image whose pixels are there. It holds memory until it is closed. */
export interface DecodedImage extends Picture {
  close(): void;
}

export type DecodeImage = (
  bytes: Uint8Array<ArrayBuffer>,
  header: ImageHeader,
) => Promise<DecodedImage | undefined>;

/**
 * Below this many pixels, `ImageDecoder` is done sooner: it takes the bytes as they are, where a bitmap needs a Blob, which goes
 * through another process. Above, bitmaps are decoded on all cores at once.
 */
const smallImageArea = 128 * 1024;

/** Decodes one image. `undefined` where it is damaged. */
export const decodeImage: DecodeImage = async (bytes, header) => {
  // Of lossy formats it gives planes of luminance and colour, which don't become the very pixels that a bitmap has.
  const isExact = header.format === 'png' && typeof ImageDecoder !== 'undefined';
  try {
    return isExact && header.width * header.height <= smallImageArea
      ? await decodeSmall(bytes, header)
      : await decodeLarge(bytes, header);
  } catch {
    return undefined;
  }
};

async function decodeSmall(bytes: Uint8Array<ArrayBuffer>, header: ImageHeader): Promise<DecodedImage> {
  const decoder = new ImageDecoder({ data: bytes, type: `image/${header.format}` });
  try {
    const { image } = await decoder.decode();
    return {
      source: image,
      width: image.displayWidth,
      height: image.displayHeight,
      close: () => image.close(),
    };
  } finally {
    decoder.close();
  }
}

async function decodeLarge(bytes: Uint8Array<ArrayBuffer>, header: ImageHeader): Promise<DecodedImage> {
  const image = await createImageBitmap(new Blob([bytes], { type: `image/${header.format}` }));
  const { width, height } = image;
  return { source: image, width, height, close: () => image.close() };
}
