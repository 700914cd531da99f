import type { Modifiers } from './keyEncoding.ts';
import type { Layout } from './layout.ts';
import type { Scrollbar } from './scrollbar.ts';
import type { Place, Selection, SelectionUnit } from './selection.ts';
import type { MouseReport, Xterm } from './xterm.ts';

/** What people do with the mouse in a terminal. */
export interface Mouse {
  /** As `HostSession.mouse`. */
  take(x: number, y: number, buttons: number): void;
  close(): void;
}

export interface MouseSurroundings {
  readonly layout: () => Layout;
  readonly scrollbar: () => Scrollbar;
  readonly modifiers: () => Modifiers;
  /** Whether the application may have the mouse, and be typed to. */
  readonly isInputTaken: () => boolean;
  /** Something is to be drawn. */
  onChange(): void;
  /** A selection is complete. */
  onSelected(): void;
  onPaste(): void;
  /** The wheel stands for arrow keys: -1 up, 1 down. */
  onArrows(direction: -1 | 1, count: number): void;
}

const buttonBits = [
  [1, 'left'],
  [2, 'middle'],
  [4, 'right'],
] as const;
const wheelUpBit = 8;
const wheelDownBit = 16;
/** Of one notch. */
const wheelLines = 3;
/** Between two clicks that belong together. */
const clickMs = 400;
/** While a selection is dragged out of the screen. */
const autoScrollMs = 50;
const units: readonly SelectionUnit[] = ['character', 'word', 'line'];

export function createMouse(xterm: Xterm, selection: Selection, surroundings: MouseSurroundings): Mouse {
  let held = 0;
  let drag: 'selection' | 'scrollbar' | undefined;
  let click = { at: -Infinity, column: -1, row: -1, count: 0 };
  let autoScroll: NodeJS.Timeout | undefined;
  let latest = { x: 0, y: 0 };

  const isReporting = () =>
    xterm.modes.mouseTrackingMode !== 'none' &&
    surroundings.isInputTaken() &&
    !surroundings.modifiers().shift;

  function cellAt(x: number, y: number) {
    const { cell, columns, rows, left, top } = surroundings.layout();
    const within = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
    return {
      column: within(Math.floor((x - left) / cell.width), columns),
      row: within(Math.floor((y - top) / cell.height), rows),
    };
  }
  function placeAt(x: number, y: number, unit: SelectionUnit): Place {
    const { cell, columns, left } = surroundings.layout();
    const { column, row } = cellAt(x, y);
    const line = xterm.buffer.viewportY + row;
    if (unit !== 'character') return { line, column };
    // Letters are selected from their middle on.
    return { line, column: Math.max(0, Math.min(columns, Math.round((x - left) / cell.width))) };
  }

  function report(x: number, y: number, button: MouseReport['button'], action: MouseReport['action']) {
    const { shift, alt, control } = surroundings.modifiers();
    const { left, top } = surroundings.layout();
    xterm.reportMouse({ ...cellAt(x, y), x: x - left, y: y - top, button, action, shift, alt, control });
  }
  function reportAll(x: number, y: number, before: number, buttons: number) {
    for (const [bit, button] of buttonBits) {
      if (buttons & bit & ~before) report(x, y, button, 'press');
      if (before & bit & ~buttons) report(x, y, button, 'release');
    }
    if (buttons & wheelUpBit & ~before) report(x, y, 'wheel', 'wheelUp');
    if (buttons & wheelDownBit & ~before) report(x, y, 'wheel', 'wheelDown');
    if (before === buttons) report(x, y, buttonBits.find(([bit]) => buttons & bit)?.[1] ?? 'none', 'move');
  }

  function turnWheel(direction: -1 | 1) {
    if (xterm.buffer.type === 'alternate') {
      if (surroundings.isInputTaken()) surroundings.onArrows(direction, wheelLines);
    } else xterm.scrollLines(direction * wheelLines);
    surroundings.onChange();
  }

  function beginSelection(x: number, y: number) {
    const now = performance.now();
    const { column, row } = cellAt(x, y);
    const isRepeated = now - click.at < clickMs && click.column === column && click.row === row;
    click = { at: now, column, row, count: isRepeated ? click.count + 1 : 0 };
    const unit = units[click.count % units.length] ?? 'character';
    selection.begin(placeAt(x, y, unit), unit);
    drag = 'selection';
  }
  function extendSelection() {
    const { x, y } = latest;
    selection.extend(placeAt(x, y, units[click.count % units.length] ?? 'character'));
    surroundings.onChange();
  }
  /** Goes on while the mouse is above or below the screen, until there is nothing more. */
  function scrollAlong() {
    autoScroll = undefined;
    const { top, rows, cell } = surroundings.layout();
    const direction = latest.y < top ? -1 : latest.y >= top + rows * cell.height ? 1 : 0;
    if (drag !== 'selection' || direction === 0) return;
    const before = xterm.buffer.viewportY;
    xterm.scrollLines(direction);
    if (xterm.buffer.viewportY === before) return;
    extendSelection();
    autoScroll = setTimeout(scrollAlong, autoScrollMs);
  }

  function release() {
    clearTimeout(autoScroll);
    autoScroll = undefined;
    if (drag === 'selection' && !selection.isEmpty) surroundings.onSelected();
    drag = undefined;
  }

  return {
    take(x, y, buttons) {
      const before = held;
      held = buttons;
      latest = { x, y };
      const pressed = buttons & ~before;
      const isLeft = (buttons & 1) !== 0;
      if (drag) {
        if (!isLeft) release();
        else if (drag === 'scrollbar') {
          xterm.scrollToLine(surroundings.scrollbar().lineAt(y));
          surroundings.onChange();
        } else {
          extendSelection();
          if (autoScroll === undefined) scrollAlong();
        }
        return;
      }
      const { scrollbar } = surroundings.layout();
      if (pressed & 1 && x >= scrollbar.x && xterm.buffer.viewportY < xterm.buffer.baseY) {
        drag = 'scrollbar';
        xterm.scrollToLine(surroundings.scrollbar().lineAt(y));
        surroundings.onChange();
      } else if (isReporting()) reportAll(x, y, before, buttons);
      else if (pressed & wheelUpBit) turnWheel(-1);
      else if (pressed & wheelDownBit) turnWheel(1);
      else if (pressed & 1) {
        beginSelection(x, y);
        surroundings.onChange();
      } else if (pressed & 2) surroundings.onPaste();
    },
    close() {
      clearTimeout(autoScroll);
    },
  };
}
