import type { Terminal } from './shell.ts';
import type { Stage } from './stage.ts';

const mostLines = 200;
const nowhere = { columns: 80, rows: 24, width: 640, height: 384 };

/**
 * A terminal that appears with the first question or the first words of the host, as guacd's does: what fails before is a
 * session that didn't open, and another manager may be tried for it. What is said meanwhile is shown when it appears.
 *
 * @param onClose whoever has the session closes it
 */
export function deferTerminal(stage: Stage, create: () => Terminal, onClose: () => void): Terminal {
  let terminal: Terminal | undefined;
  let isClosed = false;
  let clipboard: string | undefined;
  const lines: string[] = [];

  const appear = (): Terminal | undefined => {
    if (terminal || isClosed) return terminal;
    try {
      terminal = create();
    } catch {
      isClosed = true;
      stage.end({ status: 512, text: 'The session manager could not open a terminal.' });
      return undefined;
    }
    if (clipboard !== undefined) terminal.clipboard(clipboard);
    for (const line of lines.splice(0)) terminal.say(line);
    return terminal;
  };

  return {
    get size() {
      return appear()?.size ?? nowhere;
    },
    write: (bytes) => appear()?.write(bytes) ?? Promise.resolve(),
    say(text) {
      if (terminal) terminal.say(text);
      else if (lines.length < mostLines) lines.push(text);
    },
    ask: (question, options) => appear()?.ask(question, options) ?? Promise.resolve(undefined),
    attach: (shell) => appear()?.attach(shell),
    key: (keysym, isPressed) => terminal?.key(keysym, isPressed),
    mouse: (x, y, buttons) => terminal?.mouse(x, y, buttons),
    clipboard(text) {
      if (terminal) terminal.clipboard(text);
      else clipboard = text;
    },
    resize(width, height) {
      if (terminal) terminal.resize(width, height);
      else if (!isClosed) stage.resize(width, height);
    },
    argument: (name, value) => appear()?.argument(name, value) ?? false,
    close() {
      isClosed = true;
      onClose();
      terminal?.close();
    },
  };
}
