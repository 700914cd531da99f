import type { CellSize } from './font.ts';
import type { Coverage } from './lineDrawing.ts';

/** Lines on and under text, as coverage of a cell. They go on from cell to cell. */
export interface Decorations {
  /** By xterm's number: 1 single, 2 double, 3 curly, 4 dotted, 5 dashed. */
  readonly underlines: readonly Coverage[];
  readonly strike: Coverage;
  readonly overline: Coverage;
  readonly cursorUnderline: Coverage;
  readonly cursorBar: Coverage;
}

export function drawDecorations({ width, height, baseline, lineWidth: line }: CellSize): Decorations {
  const top = Math.min(baseline + Math.max(1, Math.round((height - baseline) / 4)), height - line);
  /** Where there is too little room below, two lines begin higher. */
  const doubleTop = Math.max(0, Math.min(top, height - 3 * line));
  const bar = Math.max(2, 2 * line);

  function cover(valueAt: (x: number, y: number) => number): Coverage {
    return Uint8Array.from({ length: width * height }, (_, at) =>
      Math.round(255 * Math.min(1, Math.max(0, valueAt(at % width, Math.floor(at / width))))),
    );
  }
  const rows = (from: number, count: number) => cover((_, y) => (y >= from && y < from + count ? 1 : 0));
  const amplitude = Math.max(1, (height - baseline - line) / 2 - 0.5);
  const waveMiddle = height - amplitude - line / 2 - 0.5;

  return {
    underlines: [
      new Uint8Array(width * height),
      rows(top, line),
      cover((_, y) =>
        (y >= doubleTop && y < doubleTop + line) || (y >= doubleTop + 2 * line && y < doubleTop + 3 * line)
          ? 1
          : 0,
      ),
      // One wave per cell; the slope makes the line thinner than it is high.
      cover((x, y) => {
        const angle = ((x + 0.5) / width) * 2 * Math.PI;
        const slope = (Math.cos(angle) * amplitude * 2 * Math.PI) / width;
        const distance = Math.abs(y + 0.5 - waveMiddle - Math.sin(angle) * amplitude) / Math.hypot(1, slope);
        return line / 2 + 0.5 - distance;
      }),
      cover((x, y) => (y >= top && y < top + line && Math.floor(x / line) % 2 === 0 ? 1 : 0)),
      cover((x, y) => (y >= top && y < top + line && x < Math.ceil(width * 0.6) ? 1 : 0)),
    ],
    strike: rows(baseline - Math.round((baseline * 0.5) / 1.5), line),
    overline: rows(0, line),
    cursorUnderline: rows(height - bar, bar),
    cursorBar: cover((x) => (x < bar ? 1 : 0)),
  };
}
