import type { EngineUser } from '../../engine.ts';
import type { Shell, Terminal, TerminalSize } from '../shell.ts';
import type { Stage } from '../stage.ts';
import { copyColors, parseColorScheme, setColors } from './colorScheme.ts';
import { measureCell } from './font.ts';
import { createFramePacer } from './framePacer.ts';
import { answerHost } from './hostRequests.ts';
import { encodeKey } from './keyEncoding.ts';
import { layOut } from './layout.ts';
import { editLine, type LineEditor } from './lineEditor.ts';
import { createModifierKeys } from './modifierKeys.ts';
import { createMouse } from './mouse.ts';
import { createParseQueue } from './parseQueue.ts';
import { cleanText, encodePaste, pasteLimit } from './paste.ts';
import { drawTextPointer } from './pointer.ts';
import { createSelection } from './selection.ts';
import { readFontSize, readTerminalSettings } from './terminalSettings.ts';
import { createView } from './view.ts';
import { openXterm } from './xterm.ts';

const keysyms = { pageUp: 0xff55, pageDown: 0xff56, insert: 0xff63 };
const arrowKeysyms = { [-1]: 0xff52, 1: 0xff54 };
const noModifiers = { shift: false, alt: false, control: false, meta: false };
/** How long an application may hold a picture back that it isn't done with (mode 2026). */
const synchronizedMs = 150;
/** An upstream error: the host sent what can't be shown. */
const brokenEnd = { status: 515, text: 'The terminal could not show what the host sent.' };

/**
 * Opens a terminal on a stage, which it fills at once.
 * @param parameters `terminalArgumentNames`, as guacd has them; others aren't looked at
 * @param display of the owner, for the size of letters
 */
export function createTerminal(
  stage: Stage,
  parameters: Readonly<Record<string, string>>,
  display: EngineUser['display'],
): Terminal {
  const settings = readTerminalSettings(parameters);
  let fontSize = settings.fontSize;
  let scheme = parseColorScheme(settings.colorScheme).colors;
  const colors = copyColors(scheme);
  const layOutStage = () =>
    layOut(stage.width, stage.height, display.dpi, measureCell(fontSize, display.dpi));
  const firstLayout = layOutStage();
  const xterm = openXterm({ ...firstLayout, scrollback: settings.scrollback });
  const selection = createSelection(xterm);
  const modifierKeys = createModifierKeys();
  let view = createView(stage, xterm, selection, colors, firstLayout);
  const queue = createParseQueue((bytes) => survive(() => xterm.parse(bytes)));
  const pacer = createFramePacer(drawFrame, () => stage.whenTaken());
  let heldBackSince: number | undefined;
  let shell: Shell | undefined;
  let editor: LineEditor | undefined;
  let lastQuestion: Promise<unknown> = Promise.resolve();
  let clipboard = '';
  /** The latest of what the host wants, told with the next frame: it may want it a thousand times. */
  let newName: string | undefined;
  let newClipboard: string | undefined;
  let isClosed = false;

  const mouse = createMouse(xterm, selection, {
    layout: () => view.layout,
    scrollbar: () => view.scrollbar,
    modifiers: () => modifierKeys.held,
    isInputTaken: () => !settings.isReadOnly && editor === undefined && shell !== undefined,
    onChange: () => pacer.request(),
    onSelected: copySelection,
    onPaste: paste,
    onArrows(direction, count) {
      const arrow = encodeKey(arrowKeysyms[direction], noModifiers, keyModes());
      if (arrow !== undefined) shell?.send(Buffer.from(arrow.repeat(count)));
    },
  });
  xterm.onReply((bytes) => shell?.send(bytes));
  xterm.onTrim((count) => selection.trim(count));
  xterm.onBufferChange(() => selection.clear());
  answerHost(xterm, colors, () => scheme, {
    onName: (name) => (newName = name),
    onClipboard: (text) => (newClipboard = text),
    onReply: (text) => shell?.send(Buffer.from(text)),
    onColors: () => pacer.request(),
  });
  stage.setCursor(drawTextPointer(display.dpi));
  stage.tellArgument('font-size', String(fontSize));
  stage.tellArgument('color-scheme', settings.colorScheme);
  view.draw();

  /** xterm may fail on what hosts send, but that ends only their own session. */
  function survive(act: () => void): boolean {
    if (isClosed) return false;
    try {
      act();
      pacer.request();
      return true;
    } catch {
      stage.end(brokenEnd);
      close();
      return false;
    }
  }

  /** @returns false where the picture isn't complete yet. */
  function drawFrame(): boolean {
    if (xterm.modes.synchronizedOutputMode) {
      heldBackSince ??= performance.now();
      if (performance.now() - heldBackSince < synchronizedMs) return false;
    }
    heldBackSince = undefined;
    if (newName !== undefined) stage.setName(newName);
    if (newClipboard !== undefined && !settings.isCopyOff) stage.setClipboard(newClipboard);
    newName = undefined;
    newClipboard = undefined;
    view.draw();
    return true;
  }

  const sizeOf = ({ columns, rows, cell }: typeof view.layout): TerminalSize => ({
    columns,
    rows,
    width: columns * cell.width,
    height: rows * cell.height,
  });

  /** After a change of the stage or of the letters. */
  function fit() {
    const layout = layOutStage();
    const isOther = layout.columns !== xterm.columns || layout.rows !== xterm.rows;
    if (isOther && !survive(() => xterm.resize(layout.columns, layout.rows))) return;
    // Lines were wrapped anew.
    if (isOther) selection.clear();
    view = createView(stage, xterm, selection, colors, layout);
    pacer.request();
    shell?.resize(sizeOf(layout));
  }

  const keyModes = () => ({
    isApplicationCursor: xterm.modes.applicationCursorKeysMode,
    isApplicationKeypad: xterm.modes.applicationKeypadMode,
    backspace: settings.backspace,
  });

  function copySelection() {
    if (!settings.isCopyOff && !selection.isEmpty) stage.setClipboard(selection.text());
  }

  function paste() {
    if (settings.isPasteOff || settings.isReadOnly || clipboard === '') return;
    returnToBottom();
    if (editor) editor.type(cleanText(clipboard));
    else for (const piece of encodePaste(clipboard, xterm.modes.bracketedPasteMode)) shell?.send(piece);
  }

  /** Whoever types wants to see it. */
  function returnToBottom() {
    xterm.scrollToBottom();
    selection.clear();
    pacer.request();
  }

  /** @returns whether the key is one of the terminal's own. */
  function takeShortcut(keysym: number): boolean {
    const { shift, control, alt } = modifierKeys.held;
    if (!shift || alt) return false;
    const letter = control && keysym < 0x80 ? String.fromCharCode(keysym).toLowerCase() : '';
    if (letter === 'c') copySelection();
    else if (letter === 'v' || (keysym === keysyms.insert && !control)) paste();
    else if ((keysym === keysyms.pageUp || keysym === keysyms.pageDown) && !control) {
      // There is no scrollback on the alternate screen: the key is the application's.
      if (xterm.buffer.type === 'alternate') return false;
      xterm.scrollLines((keysym === keysyms.pageUp ? -1 : 1) * Math.max(1, xterm.rows - 1));
      pacer.request();
    } else return false;
    return true;
  }

  async function askLine(question: string, isSecret: boolean): Promise<string | undefined> {
    await queue.add(ownText(question));
    if (isClosed) return undefined;
    return await new Promise((resolve) => {
      editor = editLine(
        isSecret,
        (text) => void queue.add(Buffer.from(text)),
        (line) => {
          editor = undefined;
          resolve(line);
        },
      );
    });
  }

  /** Ends a sequence that the host may have left open, and its colours. */
  const ownText = (text: string) => Buffer.from(`\x18\x1b[m${cleanText(text).replaceAll('\n', '\r\n')}`);

  function close() {
    if (isClosed) return;
    isClosed = true;
    editor?.cancel();
    pacer.close();
    mouse.close();
    queue.close();
    xterm.dispose();
  }

  return {
    get size() {
      return sizeOf(view.layout);
    },
    write: (bytes) => queue.add(bytes),
    say(text) {
      // Only then it's known where what came before has ended.
      void queue.add(() => ownText(`${xterm.buffer.cursorX > 0 ? '\n' : ''}${text}\n`));
    },
    ask(question, { isSecret }) {
      const answer = lastQuestion.then(() => askLine(question, isSecret));
      lastQuestion = answer;
      return answer;
    },
    attach(next) {
      if (isClosed) return;
      shell = next;
      shell.resize(sizeOf(view.layout));
    },
    key(keysym, isPressed) {
      if (isClosed || modifierKeys.take(keysym, isPressed) || !isPressed || takeShortcut(keysym)) return;
      const text = settings.isReadOnly ? undefined : encodeKey(keysym, modifierKeys.held, keyModes());
      if (text === undefined) return;
      returnToBottom();
      if (editor) editor.type(text);
      else shell?.send(Buffer.from(text));
    },
    mouse(x, y, buttons) {
      if (!isClosed) mouse.take(x, y, buttons);
    },
    clipboard(text) {
      if (!isClosed && !settings.isPasteOff) clipboard = text.slice(0, pasteLimit);
    },
    resize(width, height) {
      if (isClosed || (width === stage.width && height === stage.height)) return;
      stage.resize(width, height);
      fit();
    },
    argument(name, value) {
      if (isClosed) return false;
      if (name === 'font-size') {
        const points = readFontSize(value);
        if (points === undefined) return false;
        fontSize = points;
        fit();
      } else if (name === 'color-scheme') {
        const parsed = parseColorScheme(value);
        if (!parsed.isWhole) return false;
        scheme = parsed.colors;
        setColors(colors, scheme);
        pacer.request();
      } else return false;
      stage.tellArgument(name, value);
      return true;
    },
    close,
  };
}
