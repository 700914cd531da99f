import type { Rectangle, Stage } from '../stage.ts';
import { mixColors, type Colors } from './colorScheme.ts';
import { wordOf } from './drawCell.ts';
import type { Layout } from './layout.ts';
import type { Xterm } from './xterm.ts';

/** Shows where one is in the scrollback: only while one has scrolled back. */
export interface Scrollbar {
  /** @returns whether anything was drawn. */
  paint(): boolean;
  /** The first line to be seen where its handle is dragged to this height. */
  lineAt(y: number): number;
}

/** Of the height. */
const leastHandle = 1 / 20;
/** Of the text's colour in the handle. */
const handleShare = 0.45;

export function createScrollbar(
  stage: Stage,
  { scrollbar, rows }: Layout,
  xterm: Xterm,
  colors: Colors,
): Scrollbar {
  /** What is drawn; the stage is empty in the beginning. */
  let drawn: Rectangle | undefined;
  const inset = Math.round(scrollbar.width / 4);
  const room = scrollbar.height - 2 * inset;

  function findHandle(): Rectangle | undefined {
    const { baseY, viewportY } = xterm.buffer;
    if (viewportY >= baseY) return undefined;
    const height = Math.round(room * Math.max(leastHandle, rows / (baseY + rows)));
    const y = scrollbar.y + inset + Math.round(((room - height) * viewportY) / baseY);
    return { x: scrollbar.x + inset, y, width: scrollbar.width - 2 * inset, height };
  }
  function fill(area: Rectangle, color: number) {
    const { pixels, width } = stage;
    const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4);
    const right = Math.min(width, area.x + area.width);
    for (let y = Math.max(0, area.y); y < Math.min(stage.height, area.y + area.height); y++)
      words.fill(wordOf(color), y * width + Math.max(0, area.x), y * width + right);
    stage.damage(area);
  }

  return {
    paint() {
      const handle = findHandle();
      if (handle?.y === drawn?.y && handle?.height === drawn?.height) return false;
      if (drawn) fill(drawn, colors.background);
      if (handle) fill(handle, mixColors(colors.background, colors.foreground, handleShare));
      drawn = handle;
      return true;
    },
    lineAt(y) {
      const { baseY } = xterm.buffer;
      const height = room * Math.max(leastHandle, rows / (baseY + rows));
      const share = (y - scrollbar.y - inset - height / 2) / Math.max(1, room - height);
      return Math.round(Math.min(1, Math.max(0, share)) * baseY);
    },
  };
}
