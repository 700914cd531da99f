import type { Xterm } from './xterm.ts';
import { pasteLimit } from './paste.ts';

/** Between two cells of the buffer: in front of `column` of a line, counted from the oldest line that is kept. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type SelectionUnit = 'character' | 'word' | 'line';

interface Range {
  readonly from: Place;
  readonly to: Place;
}

/** What is selected of the buffer, the scrollback with it. */
export interface Selection {
  readonly isEmpty: boolean;
  begin(place: Place, unit: SelectionUnit): void;
  /** To here, by whole units. */
  extend(place: Place): void;
  clear(): void;
  /** Lines are gone at the top of the buffer. */
  trim(count: number): void;
  /** Columns of a line: from the first up to, without, the second. */
  columnsOf(line: number): readonly [from: number, to: number] | undefined;
  /** Lines that the terminal has wrapped are one. */
  text(): string;
}

/** xterm's. */
const separators = ' ()[]{}\',"`│';

export function createSelection(xterm: Xterm): Selection {
  let unit: SelectionUnit = 'character';
  let anchor: Range | undefined;
  let selected: Range | undefined;

  const isWrapped = (line: number) => xterm.buffer.getLine(line)?.isWrapped ?? false;

  function charactersAt({ line, column }: Place): string {
    const cell = xterm.buffer.getLine(line)?.getCell(column);
    // The right half of a wide character belongs to the left one.
    if (cell?.getWidth() === 0 && column > 0)
      return (
        xterm.buffer
          .getLine(line)
          ?.getCell(column - 1)
          ?.getChars() ?? ''
      );
    return cell?.getChars() || ' ';
  }

  function step({ line, column }: Place, by: 1 | -1): Place | undefined {
    const next = column + by;
    if (next >= 0 && next < xterm.columns) return { line, column: next };
    if (by === 1) return isWrapped(line + 1) ? { line: line + 1, column: 0 } : undefined;
    return isWrapped(line) ? { line: line - 1, column: xterm.columns - 1 } : undefined;
  }

  function wordAt(place: Place): Range {
    const here = { line: place.line, column: Math.min(place.column, xterm.columns - 1) };
    const isSeparator = (at: Place) => separators.includes(charactersAt(at));
    let [from, to] = [here, here];
    // A separator stands for itself.
    if (!isSeparator(here)) {
      for (let next = step(from, -1); next && !isSeparator(next); next = step(next, -1)) from = next;
      for (let next = step(to, 1); next && !isSeparator(next); next = step(next, 1)) to = next;
    }
    return { from, to: { line: to.line, column: to.column + 1 } };
  }

  function lineAt({ line }: Place): Range {
    let [first, last] = [line, line];
    while (first > 0 && isWrapped(first)) first -= 1;
    while (isWrapped(last + 1)) last += 1;
    return { from: { line: first, column: 0 }, to: { line: last, column: xterm.columns } };
  }

  function rangeAt(place: Place): Range {
    if (unit === 'word') return wordAt(place);
    return unit === 'line' ? lineAt(place) : { from: place, to: place };
  }

  const isBefore = (first: Place, second: Place) =>
    first.line < second.line || (first.line === second.line && first.column < second.column);

  function columnsOf(line: number): readonly [number, number] | undefined {
    if (!selected || line < selected.from.line || line > selected.to.line) return undefined;
    let from = line === selected.from.line ? selected.from.column : 0;
    let to = line === selected.to.line ? selected.to.column : xterm.columns;
    const stored = xterm.buffer.getLine(line);
    // Wide characters are selected as a whole.
    if (from > 0 && stored?.getCell(from)?.getWidth() === 0) from -= 1;
    if (to > 0 && to < xterm.columns && stored?.getCell(to)?.getWidth() === 0) to += 1;
    return from < to ? [from, to] : undefined;
  }

  return {
    get isEmpty() {
      return !selected || !isBefore(selected.from, selected.to);
    },
    begin(place, nextUnit) {
      unit = nextUnit;
      anchor = rangeAt(place);
      selected = anchor;
    },
    extend(place) {
      if (!anchor) return;
      const { from, to } = rangeAt(place);
      selected = {
        from: isBefore(from, anchor.from) ? from : anchor.from,
        to: isBefore(anchor.to, to) ? to : anchor.to,
      };
    },
    clear() {
      anchor = undefined;
      selected = undefined;
    },
    trim(count) {
      const move = ({ from, to }: Range): Range | undefined =>
        to.line < count
          ? undefined
          : {
              from: from.line < count ? { line: 0, column: 0 } : { ...from, line: from.line - count },
              to: { ...to, line: to.line - count },
            };
      anchor &&= move(anchor);
      selected &&= move(selected);
    },
    columnsOf,
    text() {
      let text = '';
      if (!selected) return text;
      for (let line = selected.from.line; line <= selected.to.line && text.length < pasteLimit; line++) {
        const continues = line < selected.to.line && isWrapped(line + 1);
        const [from, to] = columnsOf(line) ?? [0, 0];
        const selectedText = xterm.buffer.getLine(line)?.translateToString(!continues, from, to) ?? '';
        // Programs fill up lines with blanks, which nobody wants.
        text += !continues && to === xterm.columns ? selectedText.trimEnd() : selectedText;
        if (line < selected.to.line && !continues) text += '\n';
      }
      return text.slice(0, pasteLimit);
    },
  };
}
