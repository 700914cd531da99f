import type { CellSize } from './font.ts';

/**
 * Characters that are parts of lines and areas across cells: drawn by numbers instead of by the font, so that they meet without gaps.
 * Box drawing (U+2500), block elements (U+2580), braille (U+2800), triangles of powerline (U+E0B0).
 */

/** How much of each pixel of a cell is covered, 0 to 255, row by row. */
export type Coverage = Uint8Array;

/** Per character from U+2500: the arms up, right, down, left; 0 none, 1 light, 2 heavy, 3 double. `-`: drawn otherwise. */
const arms = (
  '0101 0202 1010 2020 - - - - - - - - 0110 0210 0120 0220 ' +
  '0011 0012 0021 0022 1100 1200 2100 2200 1001 1002 2001 2002 1110 1210 2110 1120 ' +
  '2120 2210 1220 2220 1011 1012 2011 1021 2021 2012 1022 2022 0111 0112 0211 0212 ' +
  '0121 0122 0221 0222 1101 1102 1201 1202 2101 2102 2201 2202 1111 1112 1211 1212 ' +
  '2111 1121 2121 2112 2211 1122 1221 2212 1222 2122 2221 2222 - - - - ' +
  '0303 3030 0310 0130 0330 0013 0031 0033 1300 3100 3300 1003 3001 3003 1310 3130 ' +
  '3330 1013 3031 3033 0313 0131 0333 1303 3101 3303 1313 3131 3333 - - - ' +
  '- - - - 0001 1000 0100 0010 0002 2000 0200 0020 0201 1020 0102 2010'
).split(' ');

/** Dashed lines: how many dashes, heavy or not, upright or not. */
const dashes: ReadonlyMap<number, readonly [count: number, isHeavy: boolean, isUpright: boolean]> = new Map([
  [0x2504, [3, false, false]],
  [0x2505, [3, true, false]],
  [0x2506, [3, false, true]],
  [0x2507, [3, true, true]],
  [0x2508, [4, false, false]],
  [0x2509, [4, true, false]],
  [0x250a, [4, false, true]],
  [0x250b, [4, true, true]],
  [0x254c, [2, false, false]],
  [0x254d, [2, true, false]],
  [0x254e, [2, false, true]],
  [0x254f, [2, true, true]],
]);

/** Of U+2596 to U+259F: upper left 1, upper right 2, lower left 4, lower right 8. */
const quadrants = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];
/** Of the eight bits of a braille pattern, the column and row of its dot. */
const brailleDots = [0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2, 0, 3, 1, 3];
/** Rays per pixel, each way, where an edge is slanted or round. */
const samples = 4;

export function isLineDrawing(codePoint: number): boolean {
  return (
    (codePoint >= 0x2500 && codePoint <= 0x259f) ||
    (codePoint >= 0x2800 && codePoint <= 0x28ff) ||
    (codePoint >= 0xe0b0 && codePoint <= 0xe0b3)
  );
}

export function drawLines(codePoint: number, cell: CellSize): Coverage {
  const pen = createPen(cell);
  if (codePoint >= 0x2800 && codePoint <= 0x28ff) drawBraille(pen, codePoint - 0x2800);
  else if (codePoint >= 0xe0b0) drawTriangle(pen, codePoint - 0xe0b0);
  else if (codePoint >= 0x2580) drawBlock(pen, codePoint);
  else if (codePoint >= 0x256d && codePoint <= 0x2573) drawCurve(pen, codePoint - 0x256d);
  else {
    const dashed = dashes.get(codePoint);
    if (dashed) drawDashes(pen, ...dashed);
    else drawArms(pen, Array.from(arms[codePoint - 0x2500] ?? '', Number));
  }
  return pen.coverage;
}

type Pen = ReturnType<typeof createPen>;

function createPen({ width, height, lineWidth: light }: CellSize) {
  const coverage: Coverage = new Uint8Array(width * height);
  const heavy = light * 2 + (light % 2);
  const gap = Math.max(light, Math.round(width / 6));
  return {
    coverage,
    width,
    height,
    light,
    heavy,
    /** Between the two lines of a double one. */
    gap,
    /** In whole pixels; what is outside is left out. */
    fill(left: number, top: number, right: number, bottom: number, value = 255) {
      for (let y = Math.max(0, top); y < Math.min(height, bottom); y++)
        coverage.fill(
          value,
          y * width + Math.max(0, left),
          y * width + Math.max(left, 0, Math.min(width, right)),
        );
    },
    sample(isInside: (x: number, y: number) => boolean) {
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          let hits = 0;
          for (let ray = 0; ray < samples * samples; ray++)
            if (
              isInside(x + ((ray % samples) + 0.5) / samples, y + (Math.floor(ray / samples) + 0.5) / samples)
            )
              hits += 1;
          if (hits > 0) coverage[y * width + x] = Math.round((hits * 255) / samples ** 2);
        }
    },
    /** Where a line of this thickness begins that lies in the middle. */
    middle: (size: number, thickness: number) => Math.floor((size - thickness) / 2),
  };
}

/** Each arm reaches from the border to where it meets the others; two lines of a double one may stop at different places. */
function drawArms(pen: Pen, weights: readonly number[]) {
  const { width, height, light, heavy, gap } = pen;
  const thickness = (weight: number) => (weight === 3 ? 2 * light + gap : weight === 2 ? heavy : light);
  for (const [direction, weight] of weights.entries()) {
    if (weight === 0) continue;
    const isUpright = direction % 2 === 0;
    const isForward = direction === 1 || direction === 2;
    const length = isUpright ? height : width;
    const breadth = isUpright ? width : height;
    const opposite = weights[(direction + 2) % 4] ?? 0;
    // The neighbours towards smaller and larger numbers across: of a horizontal arm, up and down.
    const before = weights[isUpright ? 3 : 0] ?? 0;
    const after = weights[isUpright ? 1 : 2] ?? 0;
    const across = pen.middle(breadth, thickness(weight));
    if (weight === 3) {
      line(across, light, stop(before, after, opposite));
      line(across + light + gap, light, stop(after, before, opposite));
    } else line(across, thickness(weight), singleStop(before, after, opposite));

    /** How far from the arm's own border the line goes on: to the `near`, the `far` side, or the middle of what it meets. */
    function reach(weightAcross: number, side: 'near' | 'far' | 'inner near' | 'inner far') {
      const start = pen.middle(length, thickness(weightAcross));
      const end = start + thickness(weightAcross);
      const near = isForward ? length - end : start;
      const far = isForward ? length - start : end;
      if (side === 'near') return near;
      if (side === 'far') return far;
      return side === 'inner near' ? near + light : far - light;
    }
    /** Of one line of a double arm: the neighbour on its side, and that on the other one. */
    function stop(own: number, other: number, against: number) {
      if (own === 3) return reach(3, 'inner near');
      if (other === 3) return reach(3, 'far');
      return reach(Math.max(own, other, against === 3 ? 1 : against, 1), 'far');
    }
    function singleStop(first: number, second: number, against: number) {
      if (first === 3 && second === 3 && against === 0) return reach(3, 'inner near');
      const widest = Math.max(first, second);
      if (widest === 3) return against === 0 ? reach(3, 'far') : reach(1, 'far');
      return reach(Math.max(widest, 1), 'far');
    }
    function line(at: number, size: number, reached: number) {
      const from = isForward ? length - reached : 0;
      const to = isForward ? length : reached;
      if (isUpright) pen.fill(at, from, at + size, to);
      else pen.fill(from, at, to, at + size);
    }
  }
}

function drawDashes(pen: Pen, count: number, isHeavy: boolean, isUpright: boolean) {
  const length = isUpright ? pen.height : pen.width;
  const thickness = isHeavy ? pen.heavy : pen.light;
  const at = pen.middle(isUpright ? pen.width : pen.height, thickness);
  for (let dash = 0; dash < count; dash++) {
    const from = Math.round((dash * length) / count);
    // The gap is behind each dash, so that the rhythm goes on from cell to cell.
    const to = Math.max(
      from + 1,
      Math.round(((dash + 1) * length) / count) - Math.max(1, Math.round(length / count / 3)),
    );
    if (isUpright) pen.fill(at, from, at + thickness, to);
    else pen.fill(from, at, to, at + thickness);
  }
}

/** Round corners in the order of Unicode, ╭╮╯╰, then the diagonals ╱╲╳. */
function drawCurve(pen: Pen, kind: number) {
  const { width, height, light } = pen;
  if (kind >= 4) {
    const slope = Math.hypot(width, height);
    const rising = (x: number, y: number) => Math.abs(x * height + y * width - width * height) / slope;
    const falling = (x: number, y: number) => Math.abs(x * height - y * width) / slope;
    const near = light * 0.6;
    pen.sample((x, y) => (kind !== 5 && rising(x, y) <= near) || (kind !== 4 && falling(x, y) <= near));
    return;
  }
  const isRight = kind === 0 || kind === 3;
  const isDown = kind < 2;
  const middleX = pen.middle(width, light) + light / 2;
  const middleY = pen.middle(height, light) + light / 2;
  const radius = Math.min(isRight ? width - middleX : middleX, isDown ? height - middleY : middleY);
  const centerX = middleX + (isRight ? radius : -radius);
  const centerY = middleY + (isDown ? radius : -radius);
  pen.sample((x, y) => {
    // Behind the arc the arms go straight on to the border.
    const isBeyondX = isRight ? x >= centerX : x <= centerX;
    const isBeyondY = isDown ? y >= centerY : y <= centerY;
    if (isBeyondX && isBeyondY) return false;
    if (isBeyondX) return Math.abs(y - middleY) <= light / 2;
    if (isBeyondY) return Math.abs(x - middleX) <= light / 2;
    return Math.abs(Math.hypot(x - centerX, y - centerY) - radius) <= light / 2;
  });
}

function drawBlock(pen: Pen, codePoint: number) {
  const { width, height } = pen;
  const eighth = (size: number, count: number) => Math.round((size * count) / 8);
  const halfX = eighth(width, 4);
  const halfY = eighth(height, 4);
  if (codePoint === 0x2580) pen.fill(0, 0, width, halfY);
  else if (codePoint <= 0x2588) pen.fill(0, eighth(height, 0x2588 - codePoint), width, height);
  else if (codePoint <= 0x258f) pen.fill(0, 0, Math.max(1, eighth(width, 0x2590 - codePoint)), height);
  else if (codePoint === 0x2590) pen.fill(halfX, 0, width, height);
  // Shades are even, because a pattern of dots flickers where it is scaled.
  else if (codePoint <= 0x2593) pen.fill(0, 0, width, height, 64 * (codePoint - 0x2590));
  else if (codePoint === 0x2594) pen.fill(0, 0, width, Math.max(1, eighth(height, 1)));
  else if (codePoint === 0x2595) pen.fill(width - Math.max(1, eighth(width, 1)), 0, width, height);
  else {
    const parts = quadrants[codePoint - 0x2596] ?? 0;
    if (parts & 1) pen.fill(0, 0, halfX, halfY);
    if (parts & 2) pen.fill(halfX, 0, width, halfY);
    if (parts & 4) pen.fill(0, halfY, halfX, height);
    if (parts & 8) pen.fill(halfX, halfY, width, height);
  }
}

function drawBraille(pen: Pen, bits: number) {
  const size = Math.max(1, Math.round(Math.min(pen.width / 4, pen.height / 8)));
  for (let bit = 0; bit < 8; bit++) {
    if (!(bits & (1 << bit))) continue;
    const left = Math.round((pen.width * ((brailleDots[bit * 2] ?? 0) * 2 + 1)) / 4 - size / 2);
    const top = Math.round((pen.height * ((brailleDots[bit * 2 + 1] ?? 0) * 2 + 1)) / 8 - size / 2);
    pen.fill(left, top, left + size, top + size);
  }
}

/** To the right full and as a line, then to the left. */
function drawTriangle(pen: Pen, kind: number) {
  const { width, height, light } = pen;
  const isLine = kind % 2 === 1;
  const slope = Math.hypot(width, height / 2);
  pen.sample((x, y) => {
    const along = kind < 2 ? x : width - x;
    // Below 0 inside; the distance to the slanted edge, in pixels.
    const outside = ((along / width + Math.abs(y / (height / 2) - 1) - 1) * (width * height)) / 2 / slope;
    return isLine ? Math.abs(outside + light / 2) <= light * 0.6 : outside <= 0;
  });
}
