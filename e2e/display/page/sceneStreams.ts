import { encodeInstruction, type Instruction } from '../../../shared/guacamole/instruction.ts';
import { fill, generatedSize, instruct, rectangle, sendImage } from './frame.ts';
import type { EncodedImage } from './images.ts';
import { type Scenes } from './scenes.ts';

/** Instructions in instructions, cursors, streams beside each other, and sizes of the screen. */
export function addStreams({ images, photo, background, add }: Scenes): void {
  const { width, height } = generatedSize;
  add(
    'nest',
    instruct(
      'nest',
      3,
      [...background, rectangle(0, 9, 9, 99, 99), fill(14, 0, 0, 0, 0, 255)]
        .map(encodeInstruction)
        .join('')
        .slice(0, 30),
    ),
    instruct('reset', 0),
  );
  const inner = [
    rectangle(0, 9, 9, 99, 99),
    fill(14, 0, 255, 255, 0, 90),
    instruct(
      'nest',
      4,
      encodeInstruction(rectangle(0, 60, 60, 60, 60)) + encodeInstruction(fill(10, 0, 1, 2, 3, 120)),
    ),
  ]
    .map(encodeInstruction)
    .join('');
  for (const cut of [1, 7, 20, inner.length]) {
    add(
      `nest, cut at ${cut}`,
      ...background,
      instruct('nest', 5, inner.slice(0, cut)),
      rectangle(0, 200, 9, 50, 50),
      fill(14, 0, 255, 0, 0, 90),
      ...(cut < inner.length ? [instruct('nest', 5, inner.slice(cut))] : []),
    );
  }
  for (const image of images.slice(0, 3)) {
    add(
      'cursor',
      instruct('dispose', -4),
      ...sendImage(image, { mask: 12, layer: -4, x: 0, y: 0 }),
      instruct('cursor', 3, 4, -4, 0, 0, image.width, image.height),
      instruct('mouse', 60, 70),
    );
  }
  add('cursor of a part', ...background, instruct('cursor', 0, 0, 0, 30, 30, 40, 50));
  add('cursor beyond its source', instruct('cursor', 0, 0, 0, width - 10, 30, 40, 50));
  add('streams that overlap', ...interleave(images.slice(0, 4)));
  add(
    'a stream over several frames',
    ...sendImage(photo, { mask: 14, layer: 0, x: 0, y: 0, stream: 9 }).slice(0, 2),
  );
  add('another picture meanwhile', rectangle(0, 0, 0, 50, 50), fill(14, 0, 255, 255, 255, 200));
  add('the rest of the stream', ...sendImage(photo, { mask: 14, layer: 0, x: 0, y: 0, stream: 9 }).slice(2));
  add(
    'streams of others',
    instruct('clipboard', 20, 'text/plain'),
    instruct('blob', 20, 'QWJj'),
    instruct('end', 20),
    instruct('blob', 77, 'QWJj'),
    instruct('end', 78),
    ...background,
  );
  add('nothing');
  add(
    'resized in the midst of a frame',
    ...background,
    ...sendImage(photo, { mask: 14, layer: 0, x: 100, y: 90 }),
    instruct('size', 0, 200, 150),
    rectangle(0, 0, 0, 400, 40),
    fill(14, 0, 255, 255, 0, 120),
    ...sendImage(photo, { mask: 14, layer: 0, x: 60, y: 30 }),
    instruct('size', 0, 400, 260),
    ...sendImage(images[4] ?? photo, { mask: 14, layer: 0, x: 300, y: 200 }),
    rectangle(0, 150, 100, 400, 40),
    fill(14, 0, 0, 255, 255, 120),
    instruct('size', 0, width, height),
  );
  add(
    'resized between a stream and its end',
    ...sendImage(photo, { mask: 14, layer: 0, x: 30, y: 20, stream: 11 }).slice(0, 2),
    instruct('size', 0, 250, 180),
  );
  add(
    'resized back before it',
    instruct('size', 0, width, height),
    ...sendImage(photo, { mask: 14, layer: 0, x: 30, y: 20, stream: 11 }).slice(2),
  );
  for (const [w, h] of [
    [200, 100],
    [640, 480],
    [641, 479],
    [1, 1],
    [64, 64],
    [width, height],
  ] as const) {
    add(`the screen is ${w}×${h}`, instruct('size', 0, w, h));
    add(
      `drawn on ${w}×${h}`,
      rectangle(0, 5, 5, w - 10, h - 10),
      fill(14, 0, 120, 250, 120, 140),
      ...sendImage(photo, { mask: 14, layer: 0, x: 12, y: 12 }),
    );
  }
}

/** The blobs of all in turn, one stream each, all on different parts of the screen. */
function interleave(images: readonly EncodedImage[]): readonly Instruction[] {
  const streams = images.map((image, index) =>
    sendImage(image, { mask: 14, layer: 0, x: 40 * index, y: 30 * index, stream: 30 + index }),
  );
  const longest = Math.max(...streams.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) =>
    streams.flatMap((stream) => stream.slice(at, at + 1)),
  ).flat();
}
