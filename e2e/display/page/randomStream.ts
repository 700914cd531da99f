import { encodeInstruction, type Instruction } from '../../../shared/guacamole/instruction.ts';
import { fill, type Frame, generatedSize, instruct, rectangle, sendImage } from './frame.ts';
import type { EncodedImage } from './images.ts';
import { createRandom, type Random } from './random.ts';

const layerCount = 5;
const bufferCount = 4;

/** A stream that nobody thought of: any instruction after any other. The same seed makes the same. */
export function composeRandom(
  seed: number,
  frameCount: number,
  images: readonly EncodedImage[],
): readonly Frame[] {
  const random = createRandom(seed);
  const { width, height } = generatedSize;
  const sized = new Set<number>();
  const frames: Frame[] = [
    { about: `seed ${seed}`, instructions: [instruct('size', 0, width, height), ...paintAll(random, 0)] },
  ];
  for (let index = 1; index < frameCount; index += 1) {
    const instructions: Instruction[] = [];
    // Otherwise a clip or a transformation leaves nothing to be seen, sooner or later.
    if (random.chance(0.15)) instructions.push(...paintAll(random, 0));
    for (let count = random.whole(1, 12); count > 0; count -= 1) {
      instructions.push(...composeAny(random, images, sized));
    }
    frames.push({ about: `seed ${seed}, frame ${index}`, instructions });
  }
  return frames;
}

function paintAll(random: Random, layer: number): readonly Instruction[] {
  const colour = () => random.whole(0, 255);
  return [
    instruct('reset', layer),
    instruct('identity', layer),
    rectangle(layer, 0, 0, generatedSize.width, generatedSize.height),
    fill(14, layer, colour(), colour(), colour(), 255),
  ];
}

/** One drawing with what belongs to it. A layer is given a size before anything else, as guacd does. */
function composeAny(
  random: Random,
  images: readonly EncodedImage[],
  sized: Set<number>,
): readonly Instruction[] {
  // Of these sizes layers fill their canvases, and the reference can flatten them.
  const isStepped = random.chance(0.5);
  const made: Instruction[] = [];
  const visible = () => {
    const layer = random.chance(0.5) ? 0 : random.whole(1, layerCount);
    if (layer > 0 && !sized.has(layer)) {
      sized.add(layer);
      made.push(
        instruct(
          'size',
          layer,
          ...(isStepped
            ? [random.pick([64, 128, 192]), random.pick([64, 128])]
            : [random.whole(1, 200), random.whole(1, 160)]),
        ),
      );
      made.push(
        instruct('move', layer, 0, random.whole(-20, 200), random.whole(-20, 200), random.whole(0, 4)),
      );
    }
    return layer;
  };
  const any = () => (random.chance(0.75) ? visible() : -random.whole(1, bufferCount));
  const x = () => random.whole(-40, generatedSize.width + 20);
  const y = () => random.whole(-40, generatedSize.height + 20);
  const length = () => (random.chance(0.04) ? 0 : random.whole(1, 140));
  const mask = () => (random.chance(0.6) ? 14 : random.whole(0, 15));
  const byte = () => random.whole(0, 255);
  const angle = () => (random.fraction() * 8 - 2).toFixed(3);
  const factor = () => (random.fraction() * 2.4 - 0.7).toFixed(3);
  const path = (layer: number): Instruction[] => {
    if (random.chance(0.5)) return [rectangle(layer, x(), y(), length(), length())];
    const steps: Instruction[] = random.chance(0.8) ? [instruct('start', layer, x(), y())] : [];
    for (let count = random.whole(1, 5); count > 0; count -= 1) {
      steps.push(
        random.pick([
          () => instruct('line', layer, x(), y()),
          () => instruct('curve', layer, x(), y(), x(), y(), x(), y()),
          () => instruct('arc', layer, x(), y(), random.whole(0, 80), angle(), angle(), random.whole(0, 1)),
          () => rectangle(layer, x(), y(), length(), length()),
        ])(),
      );
    }
    if (random.chance(0.4)) steps.push(instruct('close', layer));
    return steps;
  };
  const cap = () => random.whole(0, 2);
  const drawings: readonly (() => readonly Instruction[])[] = [
    () => {
      const layer = any();
      return [...path(layer), fill(mask(), layer, byte(), byte(), byte(), byte())];
    },
    () => {
      const layer = any();
      return [
        ...path(layer),
        instruct('cstroke', mask(), layer, cap(), cap(), random.whole(0, 20), byte(), byte(), byte(), byte()),
      ];
    },
    () => {
      const layer = any();
      return [...path(layer), instruct('lfill', mask(), layer, any())];
    },
    () => {
      const layer = any();
      return [...path(layer), instruct('lstroke', mask(), layer, cap(), cap(), random.whole(0, 20), any())];
    },
    () => [instruct('copy', any(), x(), y(), length(), length(), mask(), any(), x(), y())],
    () => [instruct('copy', any(), x(), y(), length(), length(), mask(), any(), x(), y())],
    () => [instruct('transfer', any(), x(), y(), length(), length(), random.whole(0, 15), any(), x(), y())],
    () =>
      sendImage(random.pick(images), {
        mask: mask(),
        layer: any(),
        x: x(),
        y: y(),
        stream: random.whole(0, 3),
      }),
    () =>
      sendImage(random.pick(images), {
        mask: mask(),
        layer: any(),
        x: x(),
        y: y(),
        stream: random.whole(0, 3),
      }),
    () => {
      const image = random.pick(
        images.filter(({ base64, mimetype }) => base64.length < 30_000 && mimetype !== 'image/webp'),
      );
      const layer = any();
      // The reference draws these from an `<img>`, which is scaled while it is decoded; a worker has none.
      return [
        instruct('identity', layer),
        instruct(image.mimetype === 'image/png' ? 'png' : 'jpeg', mask(), layer, x(), y(), image.base64),
      ];
    },
    () => {
      const layer = any();
      // Other clips have hard edges; what is closed is no part of the next path.
      return [
        instruct('close', layer),
        instruct('identity', layer),
        rectangle(layer, x(), y(), length(), length()),
        instruct('clip', layer),
      ];
    },
    () => [instruct(random.pick(['push', 'pop', 'reset', 'pop', 'reset', 'close']), any())],
    () => [instruct('transform', any(), factor(), factor(), factor(), factor(), x(), y())],
    () => [instruct('identity', any())],
    () => [
      instruct(
        'size',
        random.whole(-bufferCount, layerCount) || 1,
        random.whole(0, 220),
        random.whole(0, 180),
      ),
    ],
    () => [instruct('set', any(), 'miter-limit', random.whole(1, 12))],
    () => {
      const [layer, parent] = [visible(), visible()];
      // Lower numbers are parents, so that nobody becomes their own ancestor.
      return parent < layer
        ? [
            instruct(
              'move',
              layer,
              parent,
              random.whole(-20, 200),
              random.whole(-20, 200),
              random.whole(0, 4),
            ),
          ]
        : [];
    },
    () => [instruct('shade', visible(), byte())],
    () => {
      const layer = random.whole(-bufferCount, layerCount);
      if (layer === 0 || random.chance(0.5)) return [];
      sized.delete(layer);
      return [instruct('dispose', layer)];
    },
    () => [
      instruct(
        'cursor',
        random.whole(0, 9),
        random.whole(0, 9),
        any(),
        x(),
        y(),
        random.whole(1, 64),
        random.whole(1, 64),
      ),
    ],
    () => [
      instruct(
        'nest',
        random.whole(0, 2),
        [...path(0), fill(mask(), 0, byte(), byte(), byte(), byte())].map(encodeInstruction).join(''),
      ),
    ],
    () => [
      instruct(
        'size',
        0,
        generatedSize.width + random.whole(-9, 9),
        generatedSize.height + random.whole(-9, 9),
      ),
    ],
  ];
  const drawing = random.pick(drawings)();
  return [...made, ...drawing];
}
