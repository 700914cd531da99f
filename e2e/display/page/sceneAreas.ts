import { fill, generatedSize, instruct, rectangle, sendImage } from './frame.ts';
import { masks, type Scenes } from './scenes.ts';

/** Whatever has a channel mask, with each of them. */
export function addMasks({ images, background, half, add }: Scenes): void {
  const { width, height } = generatedSize;
  add('size', instruct('size', 0, width, height));
  add('img', ...background);
  for (const mask of masks) {
    // A layer of its own: masks such as `in` reach beyond what is drawn, and the default layer would be bare afterwards.
    const fresh = [...half(1), instruct('move', 1, 0, 100, 60, 1)];
    add(`cfill, mask ${mask}`, ...fresh, rectangle(1, 20, 20, 60, 90), fill(mask, 1, 250, 240, 30, 130));
    add(
      `cstroke, mask ${mask}`,
      ...fresh,
      rectangle(1, 24, 24, 60, 60),
      instruct('cstroke', mask, 1, 1, 2, 9, 30, 90, 250, 130),
    );
    add(`copy, mask ${mask}`, ...fresh, instruct('copy', 0, 30, 30, 70, 60, mask, 1, 30, 44));
    add(
      `copy of what is transparent, mask ${mask}`,
      ...fresh,
      ...half(-1),
      instruct('copy', -1, 0, 0, 100, 100, mask, 1, 20, 20),
      instruct('dispose', -1),
    );
    add(
      `lfill, mask ${mask}`,
      ...fresh,
      ...half(-1),
      rectangle(1, 10, 30, 100, 50),
      instruct('lfill', mask, 1, -1),
      instruct('dispose', -1),
    );
    add(
      `lstroke, mask ${mask}`,
      ...fresh,
      ...half(-1),
      rectangle(1, 30, 30, 60, 60),
      instruct('lstroke', mask, 1, 0, 1, 15, -1),
      instruct('dispose', -1),
    );
    for (const image of images) {
      add(
        `img ${image.mimetype} ${image.width}×${image.height}, mask ${mask}`,
        ...fresh,
        ...sendImage(image, { mask, layer: 1, x: 11, y: 17 }),
      );
    }
    // Only whole frames are drawn: what the mask is stays with the layer.
    add(
      `reset keeps nothing of mask ${mask}`,
      ...fresh,
      fill(mask, 1, 0, 0, 0, 0),
      instruct('reset', 1),
      rectangle(1, 2, 2, 30, 30),
      fill(3, 1, 90, 200, 255, 120),
    );
  }
  add('dispose', instruct('dispose', 1), ...background);
}

/** Images as one element, and images beyond the edges. */
export function addImages({ images, background, add }: Scenes): void {
  const { width, height } = generatedSize;
  for (const image of images.filter(({ base64 }) => base64.length < 30_000)) {
    if (image.mimetype === 'image/webp') continue;
    const opcode = image.mimetype === 'image/png' ? 'png' : 'jpeg';
    for (const mask of [14, 10, 12]) {
      add(
        `${opcode} as one element, mask ${mask}`,
        ...background,
        instruct(opcode, mask, 0, 37, 41, image.base64),
      );
    }
  }
  for (const [x, y] of [
    [-20, -10],
    [width - 15, height - 9],
    [-500, 0],
    [width, 0],
    [0, 5_000],
  ] as const) {
    add(
      `img at ${x}, ${y}`,
      ...background,
      ...images.slice(0, 6).flatMap((image) => sendImage(image, { mask: 14, layer: 0, x, y })),
    );
  }
}

/** All functions of `transfer`. */
export function addTransfers({ background, half, add }: Scenes): void {
  const { width, height } = generatedSize;
  for (let code = 0; code < 16; code += 1) {
    add(
      `transfer ${code}`,
      ...background,
      ...half(2),
      instruct('transfer', 2, 0, 0, 110, 100, code, 0, 60, 50),
      instruct('dispose', 2),
    );
    add(
      `transfer ${code} onto itself`,
      ...background,
      instruct('transfer', 0, 30, 20, 120, 90, code, 0, 50, 35),
    );
    add(
      `transfer ${code} to what is transparent`,
      ...background,
      ...half(2),
      instruct('move', 2, 0, 90, 70, 0),
      instruct('transfer', 0, 40, 20, 90, 90, code, 2, 10, 10),
    );
    add(
      `transfer ${code} out of range`,
      ...background,
      ...half(2),
      instruct('transfer', 0, -20, -30, 90, 90, code, 2, 40, 40),
      instruct('transfer', 0, width - 40, height - 30, 90, 90, code, 2, 70, 70),
    );
  }
  add('dispose 2', instruct('dispose', 2), ...background);
}

/** Copies within a layer and across layers, overlapping, and out of range. */
export function addCopies({ background, half, add }: Scenes): void {
  const { width, height } = generatedSize;
  const copies: readonly (readonly number[])[] = [
    [0, 0, 200, 150, 10, 15],
    [10, 15, 200, 150, 0, 0],
    [0, 0, 200, 150, 0, 1],
    [0, 1, 200, 150, 0, 0],
    [0, 0, width, height, -40, -30],
    [-30, -20, 100, 100, 50, 50],
    [width - 30, height - 20, 100, 100, 20, 20],
    [20, 20, 0, 40, 60, 60],
    [20, 20, 40, 0, 60, 60],
    [100, 100, -60, 40, 150, 150],
    [100, 100, 40, -60, 150, 150],
    [100, 100, -60, -60, 200, 150],
    [width + 500, 10, 50, 50, 10, 10],
    [0, 0, 60_000, 60_000, 5, 5],
    [40, 40, 80, 80, width - 20, height - 20],
    [40, 40, 80, 80, -4_000, 4_000],
  ];
  for (const copy of copies) {
    const [x = 0, y = 0, w = 0, h = 0, toX = 0, toY = 0] = copy;
    add(
      `copy within a layer ${copy.join(' ')}`,
      ...background,
      instruct('copy', 0, x, y, w, h, 14, 0, toX, toY),
    );
    add(
      `copy over layers ${copy.join(' ')}`,
      ...background,
      ...half(1),
      instruct('move', 1, 0, 60, 40, 0),
      instruct('copy', 0, x, y, w, h, 12, 1, toX, toY),
    );
    add(
      `copy through a buffer ${copy.join(' ')}`,
      ...background,
      instruct('dispose', -2),
      instruct('copy', 0, x, y, w, h, 14, -2, 7, 9),
      instruct('copy', -2, 0, 0, 120, 90, 14, 0, 90, 80),
    );
    add(
      `transfer by 3 ${copy.join(' ')}`,
      ...background,
      instruct('transfer', 0, x, y, w, h, 3, 0, toX, toY),
    );
  }
  add('dispose 1', instruct('dispose', 1), instruct('dispose', -2), ...background);
}
