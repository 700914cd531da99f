import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameQueue } from './frames.ts';

function openQueue() {
  const log: string[] = [];
  const frames = createFrameQueue(
    (timestamp) => log.push(`drawn ${timestamp}`),
    () => frames.draw(),
  );
  return { frames, log, draw: (name: string) => frames.add(() => log.push(name)) };
}

describe('createFrameQueue', () => {
  it('draws nothing of a frame that has not ended', () => {
    const { frames, log, draw } = openQueue();
    draw('a');
    frames.draw();
    expect(log).toEqual([]);
    frames.end(1);
    frames.draw();
    expect(log).toEqual(['a', 'drawn 1']);
    frames.draw();
    expect(log).toEqual(['a', 'drawn 1']);
  });

  it('acknowledges the last of the frames that are ready', () => {
    const { frames, log, draw } = openQueue();
    draw('a');
    frames.end(1);
    draw('b');
    frames.end(2);
    frames.draw();
    expect(log).toEqual(['a', 'b', 'drawn 2']);
  });

  it('keeps the order while images are decoded', () => {
    const { frames, log, draw } = openQueue();
    draw('a');
    const first = frames.reserve();
    draw('c');
    frames.end(1);
    const second = frames.reserve();
    frames.end(2);
    second(() => log.push('d'));
    frames.draw();
    expect(log).toEqual([]);
    first(() => log.push('b'));
    expect(log).toEqual(['a', 'b', 'c', 'd', 'drawn 2']);
  });

  it('skips what could not be decoded, and what throws', () => {
    const { frames, log, draw } = openQueue();
    const settle = frames.reserve();
    frames.add(() => {
      throw new RangeError('no such radius');
    });
    draw('a');
    frames.end(1);
    settle();
    expect(log).toEqual(['a', 'drawn 1']);
  });

  it('draws a frame that never ends in parts, without acknowledging it', () => {
    const { frames } = openQueue();
    let count = 0;
    for (let added = 0; added < 200_000; added++) {
      frames.add(() => count++);
      if (added % 1_000 === 0) frames.draw();
    }
    expect(count).toBeGreaterThan(130_000);
  });

  it('draws everything once and in order, whenever images are ready', () => {
    const plan = fc.array(fc.constantFrom('draw', 'decode', 'end', 'settle'), { maxLength: 60 });
    fc.assert(
      fc.property(plan, fc.infiniteStream(fc.nat()), (steps, choices) => {
        const drawn: number[] = [];
        const acknowledged: (number | undefined)[] = [];
        const frames = createFrameQueue(
          (timestamp) => acknowledged.push(timestamp),
          () => frames.draw(),
        );
        const waiting: (() => void)[] = [];
        let count = 0;
        let syncs = 0;
        const settleOne = () => {
          const at = Number(choices.next().value) % Math.max(1, waiting.length);
          waiting.splice(at, 1)[0]?.();
        };
        for (const step of steps) {
          const name = count;
          if (step === 'draw') frames.add(() => drawn.push(name));
          else if (step === 'decode') {
            const settle = frames.reserve();
            waiting.push(() => settle(() => drawn.push(name)));
          } else if (step === 'end') frames.end(++syncs);
          else settleOne();
          if (step === 'draw' || step === 'decode') count++;
          frames.draw();
        }
        while (waiting.length > 0) settleOne();
        frames.end(++syncs);
        frames.draw();
        expect(drawn).toEqual(Array.from({ length: count }, (_none, at) => at));
        expect(acknowledged.at(-1)).toBe(syncs);
        expect(acknowledged).toEqual(acknowledged.toSorted((a, b) => Number(a) - Number(b)));
      }),
    );
  });
});
