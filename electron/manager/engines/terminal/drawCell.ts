import {
  backgroundAt,
  characterAt,
  cursorFlags,
  foregroundAt,
  styleFlags,
  underlineAt,
  underlineShift,
} from './cells.ts';
import type { Decorations } from './decorations.ts';
import { wideStyle, type Glyph, type Glyphs } from './glyphs.ts';
import type { Coverage } from './lineDrawing.ts';

/** Pixels of a picture as words, in memory R, G, B, A: on every machine that this runs on, alpha is the upper byte. */
export interface Canvas {
  readonly words: Uint32Array;
  readonly width: number;
}

/** A word of `Canvas`, from 0xrrggbb. */
export function wordOf(color: number): number {
  return (0xff000000 | ((color & 0xff) << 16) | (color & 0xff00) | ((color >> 16) & 0xff)) >>> 0;
}

/**
 * Draws one cell, background and all, and nothing outside of it.
 * @param numbers of `Cells`; the cell's begin at `at`
 * @param start of the cell's upper left pixel
 */
export function drawCell(
  canvas: Canvas,
  start: number,
  numbers: Uint32Array,
  at: number,
  glyphs: Glyphs,
  decorations: Decorations,
): void {
  const character = numbers[at + characterAt] ?? 0;
  const foreground = numbers[at + foregroundAt] ?? 0;
  const background = numbers[at + backgroundAt] ?? 0;
  const { width, height } = glyphs.cell;
  fillCell(canvas, start, width, height, wordOf(background));
  if (character !== 0) {
    const style =
      (foreground & styleFlags.bold ? 1 : 0) |
      (foreground & styleFlags.italic ? 2 : 0) |
      (foreground & styleFlags.wide ? wideStyle : 0);
    const glyph = glyphs.get(character >>> 1, style, character & 1 ? 1 : 0);
    drawGlyph(canvas, start, width, glyph, foreground & 0xffffff, background & 0xffffff);
  }
  // Most cells have none of these.
  if (foreground >>> underlineShift !== 0) {
    const underline = decorations.underlines[(foreground >>> underlineShift) & 7];
    if (underline && (foreground >>> underlineShift) & 7)
      cover(canvas, start, width, underline, numbers[underlineAt + at] ?? 0);
    if (foreground & styleFlags.strike) cover(canvas, start, width, decorations.strike, foreground);
    if (foreground & styleFlags.overline) cover(canvas, start, width, decorations.overline, foreground);
  }
  if (background & cursorFlags.underline)
    cover(canvas, start, width, decorations.cursorUnderline, foreground);
  if (background & cursorFlags.bar) cover(canvas, start, width, decorations.cursorBar, foreground);
}

function fillCell(
  { words, width: stride }: Canvas,
  start: number,
  width: number,
  height: number,
  word: number,
) {
  // For so few at once a loop is faster than `fill`.
  for (let y = 0, at = start; y < height; y++, at += stride)
    for (let x = at; x < at + width; x++) words[x] = word;
}

function drawGlyph(
  { words, width: stride }: Canvas,
  start: number,
  width: number,
  { coverage, inked, colors }: Glyph,
  foreground: number,
  background: number,
) {
  const foregroundWord = wordOf(foreground);
  const backgroundWord = wordOf(background);
  const gap = stride - width;
  // Most of a cell is background.
  for (let index = 0; index < inked.length; index++) {
    const from = inked[index] ?? 0;
    const share = coverage[from] ?? 0;
    const at = start + from + Math.floor(from / width) * gap;
    const word = colors
      ? (colors[from * 3] ?? 0) | ((colors[from * 3 + 1] ?? 0) << 8) | ((colors[from * 3 + 2] ?? 0) << 16)
      : foregroundWord;
    words[at] = share === 255 && !colors ? word : blend(backgroundWord, word, share);
  }
}

/** Over what is there already. */
function cover(
  { words, width: stride }: Canvas,
  start: number,
  width: number,
  coverage: Coverage,
  color: number,
) {
  const word = wordOf(color);
  for (let from = 0; from < coverage.length; from++) {
    const share = coverage[from] ?? 0;
    if (share === 0) continue;
    const at = start + Math.floor(from / width) * stride + (from % width);
    words[at] = blend(words[at] ?? 0, word, share);
  }
}

/** @param share of `over`, 0 to 255. */
function blend(under: number, over: number, share: number): number {
  // 255 has to be the whole.
  const weight = share + (share >> 7);
  const rest = 256 - weight;
  const outer = ((under & 0xff00ff) * rest + (over & 0xff00ff) * weight) >>> 8;
  const inner = (((under >>> 8) & 0xff) * rest + ((over >>> 8) & 0xff) * weight) & 0xff00;
  return ((outer & 0xff00ff) | inner | 0xff000000) >>> 0;
}
