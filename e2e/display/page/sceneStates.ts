import { fill, generatedSize, instruct, rectangle, sendImage } from './frame.ts';
import { masks, type Scenes } from './scenes.ts';

/** Clips, and the stack of states. */
export function addClips({ photo, background, half, add, addHardEdged }: Scenes): void {
  const { width, height } = generatedSize;
  const paint = [rectangle(0, 0, 0, width, height), fill(14, 0, 255, 255, 255, 120)];
  addHardEdged(
    'clip',
    ...background,
    instruct('arc', 0, 150, 120, 80, 0, '6.3', 0),
    instruct('clip', 0),
    ...paint,
  );
  addHardEdged(
    'clip goes on in the next frame',
    rectangle(0, 0, 0, 120, 300),
    fill(14, 0, 255, 0, 0, 120),
    ...sendImage(photo, { mask: 14, layer: 0, x: 60, y: 60 }),
    instruct('copy', 0, 0, 0, 90, 90, 14, 0, 130, 60),
    instruct('transfer', 0, 0, 0, 90, 90, 12, 0, 200, 90),
  );
  addHardEdged('clips meet', rectangle(0, 140, 100, 190, 200), instruct('clip', 0), ...paint);
  addHardEdged('reset takes the clip away', instruct('reset', 0), ...paint);
  addHardEdged(
    'a clip that is transformed',
    ...background,
    instruct('transform', 0, 1, 0.4, -0.3, 1, 20, 0),
    rectangle(0, 60, 40, 100, 90),
    instruct('clip', 0),
    instruct('identity', 0),
    ...paint,
  );
  add('clip by a rectangle', ...background, rectangle(0, 50, 40, 130, 99), instruct('clip', 0), ...paint);
  add(
    'clip by a rectangle goes on in the next frame',
    rectangle(0, 0, 0, 120, 300),
    fill(14, 0, 255, 0, 0, 120),
    ...sendImage(photo, { mask: 14, layer: 0, x: 60, y: 60 }),
    instruct('copy', 0, 0, 0, 90, 90, 14, 0, 130, 60),
    instruct('transfer', 0, 0, 0, 90, 90, 12, 0, 200, 90),
  );
  for (const mask of masks) {
    add(
      `clip by a rectangle, mask ${mask}`,
      ...background,
      ...half(1),
      instruct('move', 1, 0, 100, 60, 1),
      rectangle(1, 30, 24, 70, 60),
      instruct('clip', 1),
      instruct('copy', 0, 30, 30, 90, 90, mask, 1, 4, 4),
      rectangle(1, 60, 60, 60, 60),
      fill(mask, 1, 90, 10, 220, 130),
      instruct('dispose', 1),
    );
  }
  add(
    'rectangular clips meet',
    ...background,
    rectangle(0, 50, 40, 130, 99),
    instruct('clip', 0),
    rectangle(0, 100, 90, 300, 300),
    instruct('clip', 0),
    ...paint,
  );
  add('reset takes a rectangular clip away', instruct('reset', 0), ...paint);
  add(
    'push, clip, pop',
    ...background,
    instruct('push', 0),
    rectangle(0, 30, 30, 100, 100),
    instruct('clip', 0),
    ...paint,
    instruct('push', 0),
    rectangle(0, 60, 60, 200, 200),
    instruct('clip', 0),
    ...paint,
    instruct('pop', 0),
    rectangle(0, 0, 0, 90, 90),
    fill(14, 0, 0, 0, 255, 90),
    instruct('pop', 0),
    rectangle(0, 10, 10, 300, 20),
    fill(14, 0, 0, 0, 0, 255),
  );
  add(
    'pop of nothing',
    ...background,
    instruct('pop', 0),
    instruct('pop', 0),
    ...paint,
    instruct('push', 0),
    instruct('transform', 0, 2, 0, 0, 2, 0, 0),
    instruct('pop', 0),
    instruct('pop', 0),
    rectangle(0, 10, 10, 30, 30),
    fill(14, 0, 255, 0, 0, 255),
  );
  add(
    'push is undone by reset',
    ...background,
    instruct('push', 0),
    instruct('push', 0),
    instruct('transform', 0, 0.5, 0, 0, 0.5, 20, 20),
    instruct('reset', 0),
    ...paint,
  );
}

/** Transformations of what is drawn. */
export function addTransforms({ images, photo, background, add }: Scenes): void {
  const matrices: readonly (readonly number[])[] = [
    [1, 0, 0, 1, 30, 20],
    [0.5, 0, 0, 0.5, 10, 10],
    [1, 0.3, -0.2, 1, 20, 0],
    [0.866, 0.5, -0.5, 0.866, 120, 0],
    [-1, 0, 0, 1, 300, 0],
    [0, 0, 0, 0, 0, 0],
  ];
  for (const matrix of matrices) {
    const transform = instruct('transform', 0, ...matrix);
    add(
      `transform ${matrix.join(' ')}`,
      ...background,
      transform,
      rectangle(0, 40, 40, 90, 60),
      fill(14, 0, 255, 255, 255, 160),
      ...sendImage(images[1] ?? photo, { mask: 14, layer: 0, x: 90, y: 60 }),
      instruct('copy', 0, 10, 10, 60, 60, 14, 0, 150, 90),
    );
    add(
      `transform again ${matrix.join(' ')}`,
      transform,
      rectangle(0, 10, 70, 60, 60),
      instruct('cstroke', 14, 0, 1, 1, 6, 0, 0, 0, 255),
      instruct('transfer', 0, 30, 30, 60, 60, 12, 0, 100, 120),
    );
    add('identity', instruct('identity', 0), rectangle(0, 5, 5, 50, 20), fill(14, 0, 0, 255, 0, 255));
  }
}
