import { expect, test } from 'vitest';
import { measureCell } from './font.ts';
import { drawLines, isLineDrawing } from './lineDrawing.ts';

const sizes = [
  [12, 96],
  [12, 192],
  [9, 96],
  [15, 120],
].map(([points = 0, dpi = 0]) => measureCell(points, dpi));

/** Which pixels of the four borders are covered: top, right, bottom, left. */
function borders(codePoint: number, cell: (typeof sizes)[number]): readonly string[] {
  const { width, height } = cell;
  const coverage = drawLines(codePoint, cell);
  const read = (count: number, at: (index: number) => number) =>
    Array.from({ length: count }, (_, index) => ((coverage[at(index)] ?? 0) > 127 ? '#' : '.')).join('');
  return [
    read(width, (x) => x),
    read(height, (y) => y * width + width - 1),
    read(width, (x) => (height - 1) * width + x),
    read(height, (y) => y * width),
  ];
}
const code = (character: string) => character.codePointAt(0) ?? 0;

test.each(sizes)('lines meet at the borders of cells: $width x $height', (cell) => {
  const [up, right, down, left] = [0, 1, 2, 3];
  const side = (character: string, which: number) => borders(code(character), cell)[which];
  for (const [kind, horizontal, upright] of ['─│', '━┃', '═║'].map(
    (pair, index) => [index, pair[0] ?? '', pair[1] ?? ''] as const,
  )) {
    expect(side(horizontal, left)).toBe(side(horizontal, right));
    expect(side(upright, up)).toBe(side(upright, down));
    const corners = ['┌┐└┘├┤┬┴┼', '┏┓┗┛┣┫┳┻╋', '╔╗╚╝╠╣╦╩╬'][kind] ?? '';
    const arms = ['rd', 'ld', 'ru', 'lu', 'urd', 'uld', 'lrd', 'lru', 'lrud'];
    for (const [index, corner] of Array.from(corners).entries())
      for (const [letter, which] of Object.entries({ u: up, r: right, d: down, l: left })) {
        const line = which % 2 === 0 ? side(upright, which) : side(horizontal, which);
        const nothing = '.'.repeat(line?.length ?? 0);
        expect(`${corner}${letter}${side(corner, which)}`).toBe(
          `${corner}${letter}${arms[index]?.includes(letter) ? line : nothing}`,
        );
      }
  }
  // Round corners are joined by straight lines.
  expect([side('╭', right), side('╭', down), side('╯', left), side('╯', up)]).toEqual([
    ...[side('─', left), side('│', up), side('─', right), side('│', down)],
  ]);
});

test.each(sizes)('every line is of one piece: $width x $height', (cell) => {
  const dashed = Array.from('┄┅┆┇┈┉┊┋╌╍╎╏', code);
  const parallel = Array.from('═║╒╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡╢╣╤╥╦╧╨╩╪╫╬', code);
  for (let codePoint = 0x2500; codePoint < 0x2580; codePoint++) {
    const pieces = countPieces(drawLines(codePoint, cell), cell.width);
    if (dashed.includes(codePoint)) expect(pieces).toBeGreaterThan(1);
    else if (!parallel.includes(codePoint))
      expect([String.fromCodePoint(codePoint), pieces]).toEqual([String.fromCodePoint(codePoint), 1]);
  }
  const expected = {
    '═': 2,
    '║': 2,
    '╔': 2,
    '╝': 2,
    '╠': 3,
    '╩': 3,
    '╬': 4,
    '╒': 1,
    '╓': 1,
    '╪': 1,
    '╫': 1,
    '╤': 2,
    '╟': 2,
    '╥': 1,
    '╡': 1,
  };
  for (const [character, count] of Object.entries(expected))
    expect([character, countPieces(drawLines(code(character), cell), cell.width)]).toEqual([
      character,
      count,
    ]);
});

function countPieces(coverage: Uint8Array, width: number): number {
  const left = new Set([...coverage.keys()].filter((at) => (coverage[at] ?? 0) > 40));
  let pieces = 0;
  for (const start of left) {
    pieces += 1;
    const open = [start];
    left.delete(start);
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const down of [-1, 0, 1])
        for (const right of [-1, 0, 1]) {
          const near = at + down * width + right;
          // Not around the border.
          if (Math.floor(near / width) === Math.floor(at / width) + down && left.delete(near))
            open.push(near);
        }
  }
  return pieces;
}

test('areas fill their part of the cell, and fit together', () => {
  const [cell = measureCell(12, 96)] = sizes;
  const full = new Uint8Array(cell.width * cell.height).fill(255);
  const sum = (first: string, second: string) => {
    const other = drawLines(code(second), cell);
    return drawLines(code(first), cell).map((value, at) => value + (other[at] ?? 0));
  };
  expect(drawLines(code('█'), cell)).toEqual(full);
  for (const pair of ['▀▄', '▌▐', '▚▞', '▙▝', '▛▗', '▜▖', '▟▘'])
    expect(sum(pair[0] ?? '', pair[1] ?? '')).toEqual(full);
  expect(new Set(drawLines(code('▒'), cell))).toEqual(new Set([128]));
  expect(drawLines(0x2800, cell).every((value) => value === 0)).toBe(true);
  expect(countPieces(drawLines(0x28ff, cell), cell.width)).toBe(8);
  // The triangle touches the whole of its border.
  expect(borders(0xe0b0, cell)[3]).not.toContain('..');
  expect(isLineDrawing(code('A'))).toBe(false);
});
