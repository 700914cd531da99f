import { describe, expect, it } from 'vitest';
import type { DecodedImage } from './imageDecoding.ts';
import { createImageQueue } from './imageQueue.ts';

/** As much of a PNG as tells its size; `mark` is what a double of the decoder knows it by. */
function pngOf(width: number, height: number, mark: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(25);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, height);
  bytes[24] = mark;
  return bytes;
}

function openQueue() {
  const decoding: number[] = [];
  const settled = new Map<number, DecodedImage | undefined>();
  const finish = new Map<number, (isGood: boolean) => Promise<void>>();
  const closed: number[] = [];
  const queue = createImageQueue(
    (bytes, { width, height }) =>
      new Promise((resolve) => {
        const mark = bytes[24] ?? 0;
        decoding.push(mark);
        finish.set(mark, async (isGood) => {
          const source = {} as CanvasImageSource;
          resolve(isGood ? { source, width, height, close: () => closed.push(mark) } : undefined);
          await Promise.resolve();
          await Promise.resolve();
        });
      }),
  );
  const decode = (mark: number, width: number, height: number) =>
    queue.decode(pngOf(width, height, mark), (image) => settled.set(mark, image));
  return { queue, decode, decoding, settled, finish, closed };
}

describe('createImageQueue', () => {
  it('decodes several at once', async () => {
    const { decode, decoding, finish, settled } = openQueue();
    decode(1, 100, 100);
    decode(2, 100, 100);
    expect(decoding).toEqual([1, 2]);
    await finish.get(2)?.(true);
    await finish.get(1)?.(false);
    expect(settled.get(2)).toMatchObject({ width: 100, height: 100 });
    expect([...settled]).toContainEqual([1, undefined]);
  });

  it('gives up at once what is no image, or larger than any screen', () => {
    const { queue, decode, decoding, settled } = openQueue();
    decode(1, 30_000, 30_000);
    queue.decode(Uint8Array.of(1, 2, 3), () => settled.set(2, undefined));
    expect(decoding).toEqual([]);
    expect([...settled.keys()]).toEqual([1, 2]);
  });

  it('waits with what does not fit until others are drawn, and gives up what its own frame keeps from being decoded', async () => {
    const { queue, decoding, settled, finish } = openQueue();
    // This one is drawn at once.
    queue.decode(pngOf(10_000, 10_000, 1), (image) => {
      settled.set(1, image);
      image?.close();
    });
    // This one is kept, and the third doesn't fit beside it.
    queue.decode(pngOf(10_000, 10_000, 2), (image) => settled.set(2, image));
    queue.decode(pngOf(10_000, 10_000, 3), (image) => settled.set(3, image));
    expect(decoding).toEqual([1]);
    await finish.get(1)?.(true);
    expect(decoding).toEqual([1, 2]);
    expect(settled.has(3)).toBe(false);
    await finish.get(2)?.(true);
    expect(decoding).toEqual([1, 2]);
    expect(settled.get(2)).toBeDefined();
    expect(settled.has(3)).toBe(true);
    expect(settled.get(3)).toBeUndefined();
  });

  it('has room again for each that could not be decoded', async () => {
    const { decode, decoding, finish } = openQueue();
    for (let mark = 1; mark < 20; mark++) {
      decode(mark, 10_000, 10_000);
      await finish.get(mark)?.(false);
    }
    expect(decoding).toHaveLength(19);
  });
});
