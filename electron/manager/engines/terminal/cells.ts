import type { IBufferLine } from '@xterm/headless';
import { idOfCluster } from './clusters.ts';
import { mixColors, type Colors } from './colorScheme.ts';
import type { StoredCell, Xterm } from './xterm.ts';

/**
 * All that decides how the cells of a screen look, four numbers each: cells with the same numbers have the same pixels, whatever is
 * beside them.
 */
export interface Cells {
  readonly columns: number;
  readonly rows: number;
  /** `cellNumbers` per cell, row by row. */
  readonly numbers: Uint32Array;
}

/** The character's id twice, plus 1 for the right half of a wide one; 0 is an empty cell. */
export const characterAt = 0;
/** Colour of the text, and flags. */
export const foregroundAt = 1;
/** Colour behind it, and the cursor. */
export const backgroundAt = 2;
/** Colour of the underline, where there is one. */
export const underlineAt = 3;
export const cellNumbers = 4;

/** Flags of `foregroundAt`, above the colour. */
export const styleFlags = {
  bold: 1 << 24,
  italic: 1 << 25,
  wide: 1 << 26,
  strike: 1 << 30,
  overline: 1 << 31,
};
/** One of xterm's: 1 single, 2 double, 3 curly, 4 dotted, 5 dashed. */
export const underlineShift = 27;
/** Cursors of `backgroundAt`; a block changes the colours instead. */
export const cursorFlags = { underline: 1 << 24, bar: 1 << 25 };

/** Flags of xterm's `fg` and `bg` (`Constants.ts` of its buffer). */
const stored = {
  ...{ inverse: 1 << 26, bold: 1 << 27, underline: 1 << 28, invisible: 1 << 30, strike: 1 << 31 },
  ...{ italic: 1 << 26, dim: 1 << 27, extended: 1 << 28, overline: 1 << 30 },
};
const codePointMask = 0x1fffff;
const isCombinedFlag = 1 << 21;
const widthShift = 22;
const colorModeMask = 0x3000000;
const modeDefault = 0;
const modeRgb = 0x3000000;
/** What xterm keeps of SGR 59: -1, as far as there is room for it. Plain white looks the same to it. */
const resetUnderlineColor = 0x3ffffff;
/** Of the background in dimmed text. */
const dimShare = 0.4;
/** guacd's colour of what is selected, and how much of it there is. */
const selectionColor = 0x0080ff;
const selectionShare = 0.4;

export function createCells(columns: number, rows: number): Cells {
  return { columns, rows, numbers: new Uint32Array(columns * rows * cellNumbers) };
}

/** Which columns of a line are selected: from the first up to, without, the second. */
export type SelectedColumns = (line: number) => readonly [from: number, to: number] | undefined;

/** Reads what the terminal shows now. */
export function readCells(xterm: Xterm, colors: Colors, selected: SelectedColumns, cells: Cells): void {
  const { buffer } = xterm;
  const cell = buffer.getNullCell() as StoredCell;
  const cursorLine = xterm.isCursorHidden ? -1 : buffer.baseY + buffer.cursorY;
  // Behind the last column it waits for the next character, on which it wraps.
  const cursorColumn = Math.min(buffer.cursorX, cells.columns - 1);
  for (let row = 0; row < cells.rows; row++) {
    const line = buffer.viewportY + row;
    const [from, to] = selected(line) ?? [0, 0];
    const cursorHere = line === cursorLine ? cursorColumn : -1;
    readRow(buffer.getLine(line), cell, colors, cells, row, from, to);
    if (cursorHere >= 0) addCursor(cells, row, cursorHere, xterm.cursorStyle, colors);
  }
}

function readRow(
  line: IBufferLine | undefined,
  cell: StoredCell,
  colors: Colors,
  { columns, numbers }: Cells,
  row: number,
  selectedFrom: number,
  selectedTo: number,
) {
  let at = row * columns * cellNumbers;
  let isRightHalf = false;
  for (let column = 0; column < columns; column++, at += cellNumbers) {
    if (isRightHalf) {
      // As its left half, with which it is selected.
      isRightHalf = false;
      numbers.copyWithin(at, at - cellNumbers, at);
      if (numbers[at + characterAt] !== 0) numbers[at + characterAt] = (numbers[at + characterAt] ?? 0) + 1;
      continue;
    }
    if (!line?.getCell(column, cell)) {
      numbers[at + characterAt] = 0;
      numbers[at + foregroundAt] = 0;
      numbers[at + backgroundAt] = colors.background;
      numbers[at + underlineAt] = 0;
      continue;
    }
    const { content, fg, bg } = cell;
    const isWide = content >>> widthShift === 2 && column + 1 < columns;
    isRightHalf = isWide;
    let id = content & isCombinedFlag ? idOfCluster(cell.getChars()) : content & codePointMask;
    // A blank, a no-break space: nothing to draw.
    if (id === 0x20 || id === 0xa0 || fg & stored.invisible) id = 0;
    let foreground = colorOf(fg, colors.foreground, colors, (fg & stored.bold) !== 0);
    let background = colorOf(bg, colors.background, colors, false);
    if (fg & stored.inverse) [foreground, background] = [background, foreground];
    if (bg & stored.dim) foreground = mixColors(foreground, background, dimShare);
    if (column >= selectedFrom && column < selectedTo)
      background = mixColors(background, selectionColor, selectionShare);
    let flags = 0;
    let underline = 0;
    if (!(fg & stored.invisible)) {
      if (fg & stored.strike) flags |= styleFlags.strike;
      if (bg & stored.overline) flags |= styleFlags.overline;
      if (fg & stored.underline) {
        flags |= cell.getUnderlineStyle() << underlineShift;
        underline = underlineColorOf(cell, foreground, colors);
      }
    }
    if (id !== 0) {
      if (fg & stored.bold) flags |= styleFlags.bold;
      if (bg & stored.italic) flags |= styleFlags.italic;
      if (isWide) flags |= styleFlags.wide;
    }
    numbers[at + characterAt] = id * 2;
    // The colour of text that isn't there makes no difference.
    numbers[at + foregroundAt] = id === 0 && flags === 0 ? 0 : foreground | flags;
    numbers[at + backgroundAt] = background;
    numbers[at + underlineAt] = underline;
  }
}

function colorOf(packed: number, byDefault: number, { palette }: Colors, isBright: boolean): number {
  const mode = packed & colorModeMask;
  if (mode === modeDefault) return byDefault;
  if (mode === modeRgb) return packed & 0xffffff;
  const index = packed & 0xff;
  // Bold text in one of the eight dark colours is bright, as guacd and xterm have it.
  return palette[isBright && index < 8 ? index + 8 : index] ?? byDefault;
}

function underlineColorOf({ bg, extended }: StoredCell, foreground: number, colors: Colors): number {
  const packed = bg & stored.extended ? extended.underlineColor : 0;
  return packed === resetUnderlineColor ? foreground : colorOf(packed, foreground, colors, false);
}

function addCursor(cells: Cells, row: number, column: number, style: Xterm['cursorStyle'], colors: Colors) {
  const { numbers, columns } = cells;
  let at = (row * columns + column) * cellNumbers;
  // On either half of a wide character it takes both.
  if ((numbers[at + characterAt] ?? 0) & 1) at -= cellNumbers;
  const isWide = ((numbers[at + foregroundAt] ?? 0) & styleFlags.wide) !== 0;
  for (let part = 0; part <= (isWide ? 1 : 0); part++, at += cellNumbers) {
    const foreground = numbers[at + foregroundAt] ?? 0;
    const background = numbers[at + backgroundAt] ?? 0;
    const isEmpty = foreground === 0 && numbers[at + characterAt] === 0;
    const color = isEmpty ? colors.foreground : foreground & 0xffffff;
    if (style === 'block') {
      numbers[at + foregroundAt] = isEmpty ? 0 : (foreground & ~0xffffff) | (background & 0xffffff);
      numbers[at + backgroundAt] = color === (background & 0xffffff) ? color ^ 0xffffff : color;
    } else if (style === 'underline' || part === 0) {
      numbers[at + foregroundAt] = (foreground & ~0xffffff) | color;
      numbers[at + backgroundAt] = background | cursorFlags[style];
    }
  }
}
