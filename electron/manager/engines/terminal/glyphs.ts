import { createCanvas, type Canvas, type SKRSContext2D } from '@napi-rs/canvas';
import { charactersOf, firstClusterId } from './clusters.ts';
import { describeFont, findSystemFamilies, type CellSize } from './font.ts';
import { drawLines, isLineDrawing, type Coverage } from './lineDrawing.ts';

/** One cell of a character. */
export interface Glyph {
  readonly coverage: Coverage;
  /** Where that isn't 0. */
  readonly inked: Uint16Array;
  /** RGB of each pixel, where the character brings its own colours, as emoji of the system's fonts do. */
  readonly colors?: Uint8Array;
}

/** How a character is drawn: bit 0 bold, bit 1 italic, bit 2 over two cells. */
type GlyphStyle = number;
export const wideStyle = 4;

/** What is kept of all fonts and sizes of this process together. */
const memoryLimitBytes = 24 * 1024 * 1024;
/** Of the objects around the pixels. */
const glyphOverheadBytes = 200;

const sizes = new Map<string, Map<number, Glyph>>();
let heldBytes = 0;
let scratch: { readonly canvas: Canvas; readonly context: SKRSContext2D } | undefined;

/** Characters of one size, drawn once for all sessions of this process. */
export interface Glyphs {
  readonly cell: CellSize;
  /**
   * @param id of `clusters.ts`, other than 0
   * @param part 1 for the right half of a wide character
   */
  get(id: number, style: GlyphStyle, part: 0 | 1): Glyph;
}

export function openGlyphs(cell: CellSize): Glyphs {
  const name = `${cell.fontSize}`;
  return {
    cell,
    get(id, style, part) {
      let held = sizes.get(name);
      if (!held) {
        held = new Map();
        sizes.set(name, held);
      }
      const key = (id * 8 + style) * 2 + part;
      const known = held.get(key);
      if (known) return known;
      const parts = drawGlyph(id, style, cell);
      for (const [index, glyph] of parts.entries()) {
        held.set((id * 8 + style) * 2 + index, glyph);
        heldBytes += glyphOverheadBytes + glyph.inked.byteLength;
        heldBytes += glyph.coverage.length + (glyph.colors?.length ?? 0);
      }
      // All at once: what is on the screens is drawn again in a moment, and nothing has to be counted meanwhile.
      if (heldBytes > memoryLimitBytes) {
        sizes.clear();
        heldBytes = 0;
      }
      return parts[part] ?? blankOf(cell);
    },
  };
}

/** @returns one glyph per cell that the character takes. */
function drawGlyph(id: number, style: GlyphStyle, cell: CellSize): readonly Glyph[] {
  const cells = style & wideStyle ? 2 : 1;
  if (id < firstClusterId && isLineDrawing(id)) {
    const glyph = glyphOf(drawLines(id, cell));
    return cells === 2 ? [glyph, glyph] : [glyph];
  }
  const characters = charactersOf(id);
  if (characters === undefined) return cutIntoCells(drawBox(cell, cells), cell, cells);
  // Joiners and selectors choose among pictures; there is none for themselves.
  const visible = characters.replace(withoutPicture, '');
  const [base] = visible;
  if (base === undefined) return Array.from({ length: cells }, () => blankOf(cell));
  const font = findFonts(base, style & 3, cell).find((each) => hasGlyph(base, each, cell, cells));
  return cutIntoCells(
    font === undefined ? drawBox(cell, cells) : drawText(visible, font, cell, cells),
    cell,
    cells,
  );
}

const withoutPicture = /[\p{Cf}\ufe00-\ufe0f]/gu;
const isColorful = /^\p{Emoji_Presentation}/u;

const blankOf = (cell: CellSize) => glyphOf(new Uint8Array(cell.width * cell.height));

function glyphOf(coverage: Coverage, colors?: Uint8Array): Glyph {
  const inked: number[] = [];
  for (let at = 0; at < coverage.length; at++) if (coverage[at] !== 0) inked.push(at);
  return { coverage, inked: Uint16Array.from(inked), ...(colors && { colors }) };
}

/** In which a character is looked for, one after the other. */
function findFonts(base: string, style: number, { fontSize }: CellSize): readonly string[] {
  const { emoji, all } = findSystemFamilies();
  const own = describeFont(fontSize, style);
  const any = describeFont(fontSize, style, { last: all });
  return isColorful.test(base) && emoji.length > 0
    ? [describeFont(fontSize, style, { first: emoji }), any]
    : [own, any];
}

/** No font has this noncharacter: what is drawn for it stands for all that is missing. */
const missing = '\u{10ffff}';

function hasGlyph(character: string, font: string, cell: CellSize, cells: number): boolean {
  const [pixels, otherwise] = [character, missing].map((text) =>
    Buffer.from(drawText(text, font, cell, cells).buffer),
  );
  return !pixels?.equals(otherwise ?? pixels);
}

/** White on nothing, RGBA. */
function drawText(text: string, font: string, cell: CellSize, cells: number): Uint8ClampedArray {
  const room = cell.width * cells;
  if (!scratch || scratch.canvas.width < room || scratch.canvas.height < cell.height) {
    const canvas = createCanvas(room * 2, cell.height * 2);
    scratch = { canvas, context: canvas.getContext('2d') };
  }
  const { context } = scratch;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, room, cell.height);
  context.font = font;
  context.fillStyle = '#fff';
  const { width } = context.measureText(text);
  // Characters of other fonts may be larger than what they may take here.
  if (width > room + 1) context.setTransform(room / width, 0, 0, 1, 0, 0);
  context.fillText(text, width > room + 1 ? 0 : Math.max(0, Math.round((room - width) / 2)), cell.baseline);
  return context.getImageData(0, 0, room, cell.height).data;
}

/** For what no font has. */
function drawBox(cell: CellSize, cells: number): Uint8ClampedArray {
  const room = cell.width * cells;
  const pixels = new Uint8ClampedArray(room * cell.height * 4);
  const line = cell.lineWidth;
  const top = cell.baseline - Math.round(cell.fontSize * 0.73);
  for (let y = top; y < cell.baseline; y++)
    for (let x = line; x < room - line; x++) {
      const isBorder = y < top + line || y >= cell.baseline - line || x < 2 * line || x >= room - 2 * line;
      if (isBorder && y >= 0) pixels.fill(255, (y * room + x) * 4, (y * room + x) * 4 + 4);
    }
  return pixels;
}

function cutIntoCells(pixels: Uint8ClampedArray, cell: CellSize, cells: number): readonly Glyph[] {
  const isColored = pixels.some(
    (value, at) => at % 4 < 3 && pixels[at - (at % 4) + 3] === 255 && value < 250,
  );
  return Array.from({ length: cells }, (_, index) => {
    const coverage = new Uint8Array(cell.width * cell.height);
    const colors = new Uint8Array(isColored ? coverage.length * 3 : 0);
    for (let y = 0; y < cell.height; y++)
      for (let x = 0; x < cell.width; x++) {
        const from = (y * cell.width * cells + index * cell.width + x) * 4;
        const to = y * cell.width + x;
        coverage[to] = pixels[from + 3] ?? 0;
        if (isColored) colors.set(pixels.subarray(from, from + 3), to * 3);
      }
    return isColored ? glyphOf(coverage, colors) : glyphOf(coverage);
  });
}
