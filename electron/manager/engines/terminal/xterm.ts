// oxlint-disable-next-line typescript/triple-slash-reference -- e2e is checked with this file, but without that one
/// <reference path="./xtermModule.d.ts" />
import type { IBuffer, IBufferCell, Terminal } from '@xterm/headless';
import { Terminal as HeadlessTerminal } from '@xterm/headless/lib-headless/xterm-headless.mjs';
import { characterWidths } from './characterWidths.ts';

/**
 * The state of a terminal, by @xterm/headless, with those few parts of its core that its API doesn't show. The version is pinned, and
 * `xterm.test.ts` fails where one of them is missing.
 */
export interface Xterm {
  readonly columns: number;
  readonly rows: number;
  readonly buffer: IBuffer;
  readonly modes: Terminal['modes'];
  readonly parser: Terminal['parser'];
  readonly isCursorHidden: boolean;
  readonly cursorStyle: 'block' | 'underline' | 'bar';
  /** Parses at once. Throws what xterm throws, after which it can't be used any more. */
  parse(bytes: Uint8Array): void;
  /** Reflows. Throws what xterm throws. */
  resize(columns: number, rows: number): void;
  scrollLines(count: number): void;
  scrollToLine(line: number): void;
  scrollToBottom(): void;
  /** Sends a report where the application asked for one of this kind. @returns whether it did. */
  reportMouse(event: MouseReport): boolean;
  /** Bytes for the host: answers to its queries, and reports of the mouse. */
  onReply(listener: (bytes: Buffer) => void): void;
  /** Lines that went out of the scrollback at its top. */
  onTrim(listener: (count: number) => void): void;
  onBufferChange(listener: () => void): void;
  dispose(): void;
}

export interface MouseReport {
  /** In cells from 0, and in pixels. */
  readonly column: number;
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly button: keyof typeof mouseButtons;
  readonly action: keyof typeof mouseActions;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly control: boolean;
}

/** As xterm numbers them in `CoreMouseButton` and `CoreMouseAction`. */
const mouseButtons = { left: 0, middle: 1, right: 2, none: 3, wheel: 4 };
const mouseActions = { wheelUp: 0, release: 0, wheelDown: 1, press: 1, move: 32 };

/** A cell as xterm has it in memory (`Constants.ts` of its buffer), which says more than its API: underlines, and in one comparison. */
export interface StoredCell extends IBufferCell {
  /** Code point, whether there are more of them, and the width. */
  readonly content: number;
  /** Flags and colours. */
  readonly fg: number;
  readonly bg: number;
  readonly extended: { readonly underlineColor: number };
  getUnderlineStyle(): number;
}

interface Params {
  readonly params: Int32Array;
}

interface Core {
  writeSync(bytes: Uint8Array): void;
  registerCsiHandler(id: { readonly final: string }, handler: (params: Params) => boolean): void;
  readonly coreService: {
    readonly isCursorHidden: boolean;
    readonly decPrivateModes: { readonly cursorStyle?: 'block' | 'underline' | 'bar' };
  };
  readonly coreMouseService: {
    triggerMouseEvent(event: Record<string, number | boolean>): boolean;
  };
  readonly buffers: {
    readonly normal: { readonly lines: { onTrim(listener: (count: number) => void): void } };
  };
}

/** More than there is on a screen makes no difference, but xterm repeats it two thousand million times where it's told to. */
const repeatedOverLines = ['L', 'M', 'S', 'T'];
const repeatedOverColumns = ['I', 'Z'];

export function openXterm(options: { columns: number; rows: number; scrollback: number }): Xterm {
  const terminal = new HeadlessTerminal({
    cols: options.columns,
    rows: options.rows,
    scrollback: options.scrollback,
    allowProposedApi: true,
    logLevel: 'off',
    windowOptions: { getWinSizeChars: true, pushTitle: true, popTitle: true },
  });
  terminal.unicode.register(characterWidths);
  terminal.unicode.activeVersion = characterWidths.version;
  const core = (terminal as unknown as { readonly _core: Core })._core;
  for (const final of repeatedOverLines) bound(final, () => terminal.rows);
  for (const final of repeatedOverColumns) bound(final, () => terminal.cols);
  bound('b', () => terminal.cols * terminal.rows);

  function bound(final: string, limit: () => number) {
    core.registerCsiHandler({ final }, ({ params }) => {
      if ((params[0] ?? 0) > limit()) params[0] = limit();
      return false;
    });
  }

  return {
    get columns() {
      return terminal.cols;
    },
    get rows() {
      return terminal.rows;
    },
    get buffer() {
      return terminal.buffer.active;
    },
    get modes() {
      return terminal.modes;
    },
    parser: terminal.parser,
    get isCursorHidden() {
      return core.coreService.isCursorHidden;
    },
    get cursorStyle() {
      return core.coreService.decPrivateModes.cursorStyle ?? 'block';
    },
    // Not by `write`, which parses in a timer of its own: what is thrown there ends the process, and all sessions with it.
    parse: (bytes) => core.writeSync(bytes),
    resize: (columns, rows) => terminal.resize(columns, rows),
    scrollLines: (count) => terminal.scrollLines(count),
    scrollToLine: (line) => terminal.scrollToLine(line),
    scrollToBottom: () => terminal.scrollToBottom(),
    reportMouse: ({ column, row, x, y, button, action, shift, alt, control }) =>
      core.coreMouseService.triggerMouseEvent({
        ...{ col: column, row, x, y, shift, alt, ctrl: control },
        button: mouseButtons[button],
        action: mouseActions[action],
      }),
    onReply(listener) {
      terminal.onData((text) => listener(Buffer.from(text)));
      terminal.onBinary((text) => listener(Buffer.from(text, 'latin1')));
    },
    onTrim: (listener) => core.buffers.normal.lines.onTrim(listener),
    onBufferChange(listener) {
      terminal.buffer.onBufferChange(listener);
    },
    dispose: () => terminal.dispose(),
  };
}
