import type { Rectangle } from '../stage.ts';
import { clipMove, type Move } from './rectangle.ts';

/** The picture of a session, RGBA: black and opaque in the beginning. */
export interface Framebuffer {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray;
  /** The same pixels, one number each. */
  readonly words: Uint32Array;
}

/** Opaque black, in memory: alpha is the last byte of a pixel. */
const blackBytes = new Uint8Array([0, 0, 0, 255]);
const black = new Uint32Array(blackBytes.buffer)[0] ?? 0;

export function createFramebuffer(width: number, height: number): Framebuffer {
  const pixels = new Uint8ClampedArray(width * height * 4);
  const words = new Uint32Array(pixels.buffer);
  words.fill(black);
  return { width, height, pixels, words };
}

/** A picture of another size, with what fits of this one. */
export function resizeFramebuffer(old: Framebuffer, width: number, height: number): Framebuffer {
  const resized = createFramebuffer(width, height);
  const [columns, rows] = [Math.min(width, old.width), Math.min(height, old.height)];
  for (let y = 0; y < rows; y++)
    resized.words.set(old.words.subarray(y * old.width, y * old.width + columns), y * width);
  return resized;
}

/** Moves pixels; the areas may overlap. @returns what was moved, within the picture. */
export function movePixels(
  { words, width, height }: Framebuffer,
  from: Rectangle,
  toX: number,
  toY: number,
): Move | undefined {
  const move = clipMove({ from, toX, toY }, width, height);
  if (!move) return undefined;
  const { x, y, width: columns, height: rows } = move.from;
  // Downwards from the last row, so that none is written over before it was moved.
  const isDown = move.toY > y;
  for (let count = 0; count < rows; count++) {
    const row = isDown ? rows - 1 - count : count;
    const start = (y + row) * width + x;
    words.copyWithin((move.toY + row) * width + move.toX, start, start + columns);
  }
  return move;
}
