import type { Instruction } from '../../../shared/guacamole/instruction.ts';
import { fill, type Frame, generatedSize, instruct, pickPhoto, rectangle, sendImage } from './frame.ts';
import type { EncodedImage } from './images.ts';

/** What the generated frames are put together from. */
export interface Scenes {
  readonly frames: readonly Frame[];
  readonly images: readonly EncodedImage[];
  readonly photo: EncodedImage;
  /** Paints all of the screen, whatever state it was left in. */
  readonly background: readonly Instruction[];
  /** Gives a layer a size, and a picture that has opaque, translucent, and transparent parts. */
  half(layer: number): readonly Instruction[];
  /** Ends a frame. */
  add(about: string, ...instructions: readonly Instruction[]): void;
  /** The same, where a clip runs along a curve or aslant. */
  addHardEdged(about: string, ...instructions: readonly Instruction[]): void;
}

export const masks = Array.from({ length: 16 }, (_, mask) => mask);

export function createScenes(images: readonly EncodedImage[]): Scenes {
  const { width, height } = generatedSize;
  const frames: Frame[] = [];
  const photo = pickPhoto(images);
  const background = [
    instruct('reset', 0),
    instruct('identity', 0),
    rectangle(0, 0, 0, width, height),
    fill(14, 0, 40, 90, 140, 255),
    ...sendImage(photo, { mask: 14, layer: 0, x: 20, y: 10 }),
  ];
  const half = (layer: number) => [
    instruct('size', layer, 128, 128),
    rectangle(layer, 0, 0, 128, 128),
    fill(12, layer, 0, 0, 0, 0),
    rectangle(layer, 8, 8, 80, 80),
    fill(14, layer, 200, 30, 60, 160),
    rectangle(layer, 40, 40, 80, 80),
    fill(14, layer, 20, 220, 60, 255),
  ];
  return {
    frames,
    images,
    photo,
    background,
    half,
    add: (about, ...instructions) => void frames.push({ about, instructions }),
    addHardEdged: (about, ...instructions) => void frames.push({ about, instructions, hasHardEdges: true }),
  };
}
