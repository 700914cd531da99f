import type { CellSize } from './font.ts';
import type { Rectangle } from '../stage.ts';

/** Where a terminal's cells are in the picture. Around them is the background, and at the right the scrollbar. */
export interface Layout {
  readonly cell: CellSize;
  readonly columns: number;
  readonly rows: number;
  readonly left: number;
  readonly top: number;
  readonly scrollbar: Rectangle;
}

/** In pixels of a screen of 96 dpi. */
const margin = 4;
const scrollbarWidth = 8;
/** As guacd has it, for either direction. */
const cellsLimit = 1_024;
/** xterm's least. */
const least = { columns: 2, rows: 1 };

export function layOut(width: number, height: number, dpi: number, cell: CellSize): Layout {
  const scale = dpi / 96;
  const around = Math.round(margin * scale);
  const bar = Math.round(scrollbarWidth * scale);
  const fit = (room: number, size: number, atLeast: number) =>
    Math.max(atLeast, Math.min(cellsLimit, Math.floor(room / size)));
  const columns = fit(width - 2 * around - bar, cell.width, least.columns);
  const rows = fit(height - 2 * around, cell.height, least.rows);
  return {
    cell,
    columns,
    rows,
    left: around,
    top: around,
    scrollbar: { x: width - bar, y: 0, width: bar, height },
  };
}
