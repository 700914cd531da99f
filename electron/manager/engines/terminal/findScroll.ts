import { cellNumbers, characterAt, type Cells } from './cells.ts';

/** Rows that are to be seen elsewhere next. */
export interface Scroll {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Cells with text that have to be saved by it. */
const worthwhileCells = 40;

/** The rows of `drawn` whose move saves the most cells of `wanted` from being drawn anew. */
export function findScroll(drawn: Cells, wanted: Cells): Scroll | undefined {
  const { rows } = wanted;
  const differs = Array.from({ length: rows }, (_, row) => !isSameRow(wanted, row, drawn, row));
  if (differs.filter(Boolean).length < 2) return undefined;
  const wantedHashes = hashRows(wanted);
  const drawnHashes = hashRows(drawn);
  const texts = Array.from({ length: rows }, (_, row) => countTexts(wanted, row));
  let best: Scroll | undefined;
  let bestSaved = worthwhileCells - 1;
  for (let shift = 1 - rows; shift < rows; shift++) {
    if (shift === 0) continue;
    let saved = 0;
    let start = -1;
    const last = Math.min(rows, rows - shift);
    for (let row = Math.max(0, -shift); row <= last; row++) {
      const isMoved = row < last && wantedHashes[row] === drawnHashes[row + shift];
      if (isMoved) {
        if (start < 0) start = row;
        if (differs[row]) saved += texts[row] ?? 0;
        // It would be right where it is: moving something over it costs nothing, and saves nothing.
        continue;
      }
      if (start >= 0 && saved > bestSaved) {
        const scroll = { from: start + shift, to: start, count: row - start };
        if (isExact(scroll)) {
          best = scroll;
          bestSaved = saved;
        }
      }
      start = -1;
      saved = 0;
    }
  }
  return best;

  /** Different rows may have the same hash. */
  function isExact({ from, to, count }: Scroll) {
    for (let row = 0; row < count; row++) if (!isSameRow(wanted, to + row, drawn, from + row)) return false;
    return true;
  }
}

function isSameRow(first: Cells, firstRow: number, second: Cells, secondRow: number): boolean {
  const size = first.columns * cellNumbers;
  for (let at = 0; at < size; at++)
    if (first.numbers[firstRow * size + at] !== second.numbers[secondRow * size + at]) return false;
  return true;
}

function hashRows({ numbers, columns, rows }: Cells): Int32Array {
  const size = columns * cellNumbers;
  const hashes = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    let hash = 0;
    for (let at = row * size; at < (row + 1) * size; at++)
      hash = Math.imul(hash ^ (numbers[at] ?? 0), 0x01000193);
    hashes[row] = hash;
  }
  return hashes;
}

function countTexts({ numbers, columns }: Cells, row: number): number {
  let count = 0;
  for (let column = 0; column < columns; column++)
    if (numbers[(row * columns + column) * cellNumbers + characterAt] !== 0) count += 1;
  return count;
}
