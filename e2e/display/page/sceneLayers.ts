import { type Instruction } from '../../../shared/guacamole/instruction.ts';
import { fill, generatedSize, instruct, rectangle, sendImage, pickPhoto, type Frame } from './frame.ts';
import type { EncodedImage } from './images.ts';
import { type Scenes } from './scenes.ts';

/** Layers in layers: where they lie, and how they are shaded. */
export function addLayers({ background, half, add }: Scenes): void {
  const { width, height } = generatedSize;
  const nested = [
    ...half(1),
    instruct('move', 1, 0, 30, 30, 2),
    ...half(2),
    instruct('size', 2, 64, 64),
    instruct('move', 2, 1, 20, 24, 0),
    ...half(3),
    instruct('move', 3, 0, 90, 70, 1),
  ];
  add('nested layers', ...background, ...nested);
  for (const [about, ...instructions] of [
    ['z-order', instruct('move', 3, 0, 90, 70, 3)],
    ['z-order of equals', instruct('move', 3, 0, 90, 70, 2)],
    ['moved to another parent', instruct('move', 2, 3, 10, 10, 0)],
    ['moved to its former parent, behind nothing', instruct('move', 2, 1, 64, 64, 0)],
    ['moved beyond the edge of its parent', instruct('move', 2, 1, 100, -20, 0)],
    ['moved beyond the edge of the screen', instruct('move', 3, 0, width - 40, height - 50, 9)],
    ['moved out of sight', instruct('move', 3, 0, -4_000, 0, 9)],
    ['moved back', instruct('move', 3, 0, 90, 70, 1), instruct('move', 2, 1, 20, 24, 0)],
    ['shade of a leaf', instruct('shade', 3, 100)],
    ['shade of a group', instruct('shade', 1, 150)],
    ['shade of nothing left', instruct('shade', 1, 0)],
    ['shade taken back', instruct('shade', 1, 255), instruct('shade', 3, 255)],
    ['drawn on a layer within', rectangle(2, 5, 5, 60, 20), fill(14, 2, 255, 255, 255, 255)],
    ['smaller', instruct('size', 1, 50, 90)],
    ['greater', instruct('size', 1, 150, 140), rectangle(1, 100, 0, 80, 400), fill(14, 1, 9, 200, 200, 100)],
    ['no width', instruct('size', 1, 0, 140)],
    [
      'back from no width',
      instruct('size', 1, 100, 100),
      rectangle(1, 0, 0, 40, 300),
      fill(14, 1, 90, 200, 20, 100),
    ],
    ['disposed with a layer in it', instruct('dispose', 1)],
    ['the orphan finds another parent', instruct('move', 2, 3, 30, 30, 0)],
    ['the index is used again', ...half(1), instruct('move', 1, 3, 64, 10, 5)],
    [
      'buffers are no layers',
      instruct('move', -1, 0, 0, 0, 0),
      instruct('shade', -1, 10),
      instruct('distort', -1, 2, 0, 0, 2, 0, 0),
    ],
    ['the default layer does not move', instruct('move', 0, 1, 50, 50, 3)],
    ['a parent that is a buffer', instruct('move', 1, -1, 9, 9, 0)],
    ['disposed', instruct('dispose', 1), instruct('dispose', 2), instruct('dispose', 3)],
  ] as readonly (readonly [string, ...Instruction[]])[]) {
    add(about, ...instructions);
  }
}

/** Buffers that grow, and what is filled with them. */
export function addBuffers({ images, photo, background, half, add }: Scenes): void {
  add(
    'a buffer grows by what is drawn',
    ...background,
    instruct('dispose', -3),
    rectangle(-3, 0, 0, 30, 30),
    fill(14, -3, 255, 0, 0, 255),
    instruct('copy', 0, 30, 30, 90, 80, 14, -3, 50, 60),
    ...sendImage(images[0] ?? photo, { mask: 14, layer: -3, x: 130, y: 20 }),
    instruct('copy', -3, 0, 0, 160, 150, 14, 0, 20, 20),
  );
  add(
    'a buffer keeps what it has',
    instruct('size', -3, 70, 200),
    instruct('size', -3, 200, 100),
    instruct('copy', -3, 0, 0, 200, 200, 14, 0, 100, 60),
  );
  add(
    'a path in a buffer that grows',
    instruct('dispose', -3),
    instruct('start', -3, 10, 10),
    instruct('line', -3, 60, 20),
    instruct('curve', -3, 100, 20, 20, 90, 120, 90),
    instruct('cstroke', 14, -3, 1, 1, 5, 255, 255, 255, 255),
    instruct('copy', -3, 0, 0, 140, 100, 14, 0, 20, 100),
  );
  add(
    'an arc in a buffer',
    instruct('dispose', -3),
    instruct('size', -3, 100, 100),
    instruct('arc', -3, 50, 50, 40, 0, 4, 0),
    fill(14, -3, 0, 0, 0, 255),
    instruct('copy', -3, 0, 0, 100, 100, 14, 0, 200, 100),
  );
  add(
    'a pattern of a layer that is seen',
    ...half(1),
    instruct('move', 1, 0, 200, 20, 0),
    rectangle(0, 10, 10, 180, 200),
    instruct('lfill', 14, 0, 1),
    instruct('dispose', 1),
  );
  add('a pattern of itself', rectangle(0, 10, 10, 180, 200), instruct('lfill', 14, 0, 0));
}

/** Layers in layers, some turned, mirrored, and enlarged, some shaded as a group. */
export function composeLayers(images: readonly EncodedImage[]): Frame {
  const photo = pickPhoto(images);
  const layer = (index: number, size: number, red: number, green: number, blue: number) => [
    instruct('size', index, size, size),
    rectangle(index, 0, 0, size, size),
    fill(14, index, red, green, blue, 200),
    rectangle(index, size / 4, size / 8, size / 2, size / 4),
    fill(14, index, 255, 255, 255, 255),
  ];
  return {
    about: 'layers',
    instructions: [
      instruct('size', 0, generatedSize.width, generatedSize.height),
      ...sendImage(photo, { mask: 14, layer: 0, x: 0, y: 0 }),
      ...layer(1, 120, 200, 30, 60),
      instruct('move', 1, 0, 20, 20, 1),
      ...layer(2, 60, 30, 200, 60),
      // Beyond the edge of what it is in.
      instruct('move', 2, 1, 80, 40, 0),
      instruct('shade', 1, 150),
      ...layer(3, 90, 30, 60, 200),
      instruct('move', 3, 0, 180, 40, 2),
      instruct('distort', 3, 0, 1, -1, 0, 0, 0),
      ...layer(4, 50, 220, 200, 20),
      instruct('move', 4, 3, 10, 30, -5),
      ...layer(5, 60, 20, 200, 220),
      instruct('move', 5, 0, 60, 160, 3),
      instruct('distort', 5, 2, 0, 0, -1, 10, 5),
      ...layer(6, 70, 120, 20, 120),
      instruct('move', 6, 0, 220, 150, 0),
      instruct('distort', 6, 0.8, 0.3, -0.3, 0.8, 0, 0),
      instruct('shade', 6, 90),
    ],
  };
}
