import type { Stage } from '../stage.ts';
import { readCells } from './cells.ts';
import type { Colors } from './colorScheme.ts';
import type { Layout } from './layout.ts';
import { createPainter, type Painter } from './painter.ts';
import { createScrollbar, type Scrollbar } from './scrollbar.ts';
import type { Selection } from './selection.ts';
import type { Xterm } from './xterm.ts';

/** A terminal as it is seen on a stage. */
export interface View {
  readonly layout: Layout;
  readonly scrollbar: Scrollbar;
  /** Draws what has changed, and finishes the frame. */
  draw(): void;
}

/** Clears the stage: for one layout each. */
export function createView(
  stage: Stage,
  xterm: Xterm,
  selection: Selection,
  colors: Colors,
  layout: Layout,
): View {
  let background: number;
  let painter: Painter;
  let scrollbar: Scrollbar;
  let isCleared = false;

  function clear() {
    background = colors.background;
    painter = createPainter(stage, layout, background);
    scrollbar = createScrollbar(stage, layout, xterm, colors);
    isCleared = true;
  }
  clear();

  return {
    layout,
    get scrollbar() {
      return scrollbar;
    },
    draw() {
      // There is background around the cells as well.
      if (background !== colors.background) clear();
      readCells(xterm, colors, (line) => selection.columnsOf(line), painter.wanted);
      const isPainted = painter.paint();
      if (scrollbar.paint() || isPainted || isCleared) stage.finishFrame();
      isCleared = false;
    },
  };
}
