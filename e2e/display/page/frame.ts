import type { Instruction } from '../../../shared/guacamole/instruction.ts';
import type { EncodedImage } from './images.ts';

/** What is drawn between two `sync`s, and what of the protocol it is about. */
export interface Frame {
  readonly about: string;
  readonly instructions: readonly Instruction[];
  /** Whether a clip runs along a curve or aslant: browsers smooth its edge on the canvas of an element only. */
  readonly hasHardEdges?: boolean;
}

/** The screen of the generated streams: deliberately no multiple of anything. */
export const generatedSize = { width: 331, height: 247 };

const blobCharacters = 8_064;

export const instruct = (opcode: string, ...parts: readonly (string | number)[]): Instruction => [
  opcode,
  ...parts.map(String),
];
export const rectangle = (layer: number, x: number, y: number, width: number, height: number) =>
  instruct('rect', layer, x, y, width, height);
export const fill = (mask: number, layer: number, red: number, green: number, blue: number, alpha: number) =>
  instruct('cfill', mask, layer, red, green, blue, alpha);

/** An image as guacd sends it: its stream, in blobs of at most 6,048 bytes. */
export function sendImage(
  image: EncodedImage,
  target: { mask: number; layer: number; x: number; y: number; stream?: number },
): readonly Instruction[] {
  const { mask, layer, x, y, stream = 1 } = target;
  const blobs: Instruction[] = [];
  for (let at = 0; at < image.base64.length; at += blobCharacters) {
    blobs.push(instruct('blob', stream, image.base64.slice(at, at + blobCharacters)));
  }
  return [instruct('img', stream, mask, layer, image.mimetype, x, y), ...blobs, instruct('end', stream)];
}

/** One that is large enough to be a background. */
export function pickPhoto(images: readonly EncodedImage[]): EncodedImage {
  const photo = images.find((image) => image.width >= 200) ?? images[0];
  if (photo === undefined) throw new Error('no images');
  return photo;
}
