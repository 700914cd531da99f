import type { Rectangle, Stage } from '../stage.ts';
import { cellNumbers, createCells, type Cells } from './cells.ts';
import { drawDecorations } from './decorations.ts';
import { drawCell, wordOf, type Canvas } from './drawCell.ts';
import { openGlyphs } from './glyphs.ts';
import { findScroll } from './findScroll.ts';
import type { Layout } from './layout.ts';

/** Brings what a stage shows up to what a screen is, by as little as possible. */
export interface Painter {
  /** What is to be seen next: to be filled, then painted. */
  readonly wanted: Cells;
  /** @returns whether anything was drawn. */
  paint(): boolean;
}

/** More than this in one frame is a new screen rather than one that has scrolled. */
const scrollsPerFrame = 3;
/** Cells between two changes of a row that are rather sent along than sent apart. */
const gapLimit = 4;

/** Fills the stage with the background at once: everything on it is drawn anew. */
export function createPainter(stage: Stage, layout: Layout, background: number): Painter {
  const { columns, rows, cell, left, top } = layout;
  const wanted = createCells(columns, rows);
  const drawn = createCells(columns, rows);
  // No cell has these numbers.
  drawn.numbers.fill(0xffffffff);
  const glyphs = openGlyphs(cell);
  const decorations = drawDecorations(cell);
  // A picture may be smaller than the least screen.
  const columnsInside = Math.max(0, Math.min(columns, Math.floor((stage.width - left) / cell.width)));
  const rowsInside = Math.max(0, Math.min(rows, Math.floor((stage.height - top) / cell.height)));
  let canvas = canvasOf(stage);
  canvas.words.fill(wordOf(background));
  stage.damage({ x: 0, y: 0, width: stage.width, height: stage.height });

  function areaOf(row: number, count: number, column = 0, width = columns): Rectangle {
    return {
      x: left + column * cell.width,
      y: top + row * cell.height,
      width: width * cell.width,
      height: count * cell.height,
    };
  }

  function scroll() {
    let count = 0;
    for (; count < scrollsPerFrame; count++) {
      const found = findScroll(drawn, wanted);
      if (!found) break;
      const { from, to, count: moved } = found;
      const area = areaOf(from, moved);
      stage.copy(area, area.x, areaOf(to, 1).y);
      const size = columns * cellNumbers;
      drawn.numbers.copyWithin(to * size, from * size, (from + moved) * size);
    }
    return count > 0;
  }

  function paintRow(row: number, damage: (area: Rectangle) => void) {
    const pixelRow = (top + row * cell.height) * canvas.width + left;
    let from = -1;
    let last = -1;
    for (let column = 0; column < columnsInside; column++) {
      const at = (row * columns + column) * cellNumbers;
      if (isSameCell(wanted.numbers, drawn.numbers, at)) continue;
      drawCell(canvas, pixelRow + column * cell.width, wanted.numbers, at, glyphs, decorations);
      for (let index = 0; index < cellNumbers; index++)
        drawn.numbers[at + index] = wanted.numbers[at + index] ?? 0;
      if (from >= 0 && column - last > gapLimit) {
        damage(areaOf(row, 1, from, last + 1 - from));
        from = -1;
      }
      if (from < 0) from = column;
      last = column;
    }
    if (from >= 0) damage(areaOf(row, 1, from, last + 1 - from));
  }

  return {
    wanted,
    paint() {
      if (canvas.pixels !== stage.pixels) canvas = canvasOf(stage);
      let isDrawn = scroll();
      let open: Rectangle | undefined;
      for (let row = 0; row < rowsInside; row++)
        paintRow(row, (area) => {
          isDrawn = true;
          // What lies below what was drawn before goes with it.
          if (open && open.x === area.x && open.width === area.width && open.y + open.height === area.y)
            open = { ...open, height: open.height + area.height };
          else {
            if (open) stage.damage(open);
            open = area;
          }
        });
      if (open) stage.damage(open);
      return isDrawn;
    },
  };
}

function isSameCell(first: Uint32Array, second: Uint32Array, at: number): boolean {
  return (
    first[at] === second[at] &&
    first[at + 1] === second[at + 1] &&
    first[at + 2] === second[at + 2] &&
    first[at + 3] === second[at + 3]
  );
}

function canvasOf({ pixels, width }: Stage): Canvas & { readonly pixels: Uint8ClampedArray } {
  return {
    pixels,
    words: new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4),
    width,
  };
}
