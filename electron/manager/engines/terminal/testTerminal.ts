import { onTestFinished } from 'vitest';
import type { TerminalSize } from '../shell.ts';
import { createTestStage } from '../session/testStage.ts';
import { createTerminal } from './terminal.ts';

/** A terminal of 80 columns and 24 rows on a stage without users, with a shell that remembers; for tests. */
export function openTestTerminal(parameters: Readonly<Record<string, string>> = {}) {
  const display = { width: 816, height: 464, dpi: 96 };
  const stage = createTestStage(display.width, display.height);
  const terminal = createTerminal(stage, parameters, display);
  onTestFinished(() => terminal.close());
  let sent = '';
  const sizes: TerminalSize[] = [];
  terminal.attach({
    send: (bytes) => (sent += Buffer.from(bytes).toString('latin1')),
    resize: (size) => sizes.push(size),
  });
  return {
    stage,
    terminal,
    sizes,
    /** What went to the shell since it was looked at last, a character per byte. */
    takeSent() {
      const all = sent;
      sent = '';
      return all;
    },
    write: (text: string) => terminal.write(Buffer.from(text)),
    /** Pressed and released, with others held. */
    press(keysym: number, ...held: readonly number[]) {
      for (const key of held) terminal.key(key, true);
      terminal.key(keysym, true);
      terminal.key(keysym, false);
      for (const key of held) terminal.key(key, false);
    },
    type(text: string) {
      for (const character of text) {
        const code = character.codePointAt(0) ?? 0;
        terminal.key(code < 0x100 ? code : 0x01000000 + code, true);
      }
    },
    /** The middle of a cell, or another place within it. */
    mouse(column: number, row: number, buttons: number, within = 0.5) {
      terminal.mouse(Math.round(4 + (column + within) * 10), Math.round(4 + (row + 0.5) * 19), buttons);
    },
    /** Colour behind a cell. */
    backgroundAt: (column: number, row: number) => stage.colorAt(4 + column * 10, 4 + row * 19),
  };
}

export const keys = {
  ...{ shift: 0xffe1, control: 0xffe3, enter: 0xff0d, backspace: 0xff08, up: 0xff52 },
  ...{ pageUp: 0xff55, pageDown: 0xff56, insert: 0xff63 },
};
