import type { DecodedImage, DecodeImage } from './imageDecoding.ts';
import { readImageHeader, type ImageHeader } from './imageHeader.ts';

/** What decoded images that aren't drawn yet may take together: 512 MB. */
const largestArea = 128 * 1024 * 1024;

/** Decodes images while those before them are drawn, within a bound of memory. */
export interface ImageQueue {
  /**
   * `settle` is called later, with the image or, where it can't be decoded or is too large, with nothing. Who gets the image
   * closes it once it is drawn.
   */
  decode(bytes: Uint8Array<ArrayBuffer>, settle: (image: DecodedImage | undefined) => void): void;
  /** To be called when all that can be drawn is drawn: an image that there's still no room for is given up. */
  relieve(): void;
}

interface WaitingImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly header: ImageHeader;
  readonly area: number;
  settle(image: DecodedImage | undefined): void;
}

/**
 * Images that don't fit wait until others are drawn. They wait in vain when those are of their own frame, which isn't drawn without
 * them: nothing is being decoded then, and nothing drawn.
 */
export function createImageQueue(decodeImage: DecodeImage): ImageQueue {
  const waiting: WaitingImage[] = [];
  let held = 0;
  let running = 0;

  const start = async ({ bytes, header, area, settle }: WaitingImage) => {
    held += area;
    running++;
    const image = await decodeImage(bytes, header);
    running--;
    const release = () => {
      image?.close();
      held -= area;
    };
    if (image === undefined) release();
    settle(image && { ...image, close: release });
    relieve();
  };
  const startNext = () => {
    for (;;) {
      const [next] = waiting;
      if (next === undefined || held + next.area > largestArea) return;
      waiting.shift();
      void start(next);
    }
  };
  const relieve = () => {
    startNext();
    while (running === 0 && waiting.length > 0) {
      waiting.shift()?.settle(undefined);
      startNext();
    }
  };

  return {
    decode(bytes, settle) {
      const header = readImageHeader(bytes);
      const area = header ? header.width * header.height : 0;
      if (header === undefined || area > largestArea) return settle(undefined);
      waiting.push({ bytes, header, area, settle });
      startNext();
    },
    relieve,
  };
}
