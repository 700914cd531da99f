import type { Failure } from '../../../shared/contract/failure.ts';
import type { ClipboardWays } from '../../app/restrictions.ts';
import type { Drawing } from '../../app/drawing.ts';
import { fitScale, remoteSize } from '../../app/sessionsDisplay.ts';
import { browserClipboard, createClipboardBridge } from './clipboard.ts';
import type { ClipboardProblem } from './clipboard.ts';
import type { TunnelBytes } from './guacamoleTunnel.ts';
import { attachKeyboard } from './keyboard.ts';
import { openScreen } from './screen.ts';
import type { Screen } from './screen.ts';

interface StageListener {
  onPicture(): void;
  onEnd(failure?: Failure): void;
  /** What draws has died; `onEnd` follows. */
  onCrash(): void;
  onRequired(names: readonly string[]): void;
  onClipboardProblem(problem: ClipboardProblem): void;
  /** Which way a policy lets the clipboard's text go. */
  clipboardWays(): ClipboardWays;
  /** The person gave the keyboard back to the app. */
  onLeave(): void;
  /** The area that a picture may fill, in CSS pixels. */
  onArea(area: { readonly width: number; readonly height: number }): void;
}

/** Where the pictures of a tab's sessions are shown, one after the other; the last frame of one stays until the next is drawn. */
export interface Stage {
  show(openBytes: (signal: AbortSignal) => TunnelBytes, drawing: Drawing): void;
  /** Leaves the tunnel; the last frame stays. */
  leave(): void;
  /** Releases all keys. */
  releaseKeys(): void;
  /** Presses the keys one after the other, then releases them in the reverse order. */
  sendKeys(keysyms: readonly number[]): void;
  answerRequired(values: Readonly<Record<string, string>>): void;
  dispose(): void;
}

/** Long enough that a window dragged by its edge asks the host for one new size, not for fifty. */
const resizeDelayMs = 250;

/** A window that nobody sees has no frames, and nobody to see a difference. */
function afterFrames(count: number, act: () => void): void {
  if (count === 0 || document.hidden) act();
  else requestAnimationFrame(() => afterFrames(count - 1, act));
}

function remove(screen: Screen): void {
  screen.element.remove();
  screen.dispose();
}

/** `area` holds the picture, `field` takes the keys. */
export function createStage(area: HTMLElement, field: HTMLTextAreaElement, listener: StageListener): Stage {
  const disposed = new AbortController();
  const { signal } = disposed;
  /** The one whose picture is seen, and the one that is about to take its place. */
  let shown: Screen | undefined;
  let next: Screen | undefined;
  let room = { width: 0, height: 0 };
  let asked = '';
  let resizing: ReturnType<typeof setTimeout> | undefined;

  const fit = () => {
    if (shown === undefined || room.width === 0) return;
    const { width, height } = shown;
    const scale = fitScale({ width, height }, room, window.devicePixelRatio);
    shown.scale(scale);
    // Whole device pixels, or the picture would be blurred.
    const middle = (space: number) =>
      `${Math.max(0, Math.floor((space / 2) * window.devicePixelRatio) / window.devicePixelRatio)}px`;
    const { style } = shown.element;
    style.marginLeft = middle(room.width - width * scale);
    style.marginTop = middle(room.height - height * scale);
  };
  const askForSize = () => {
    if (shown?.isDrawing() !== true || room.width === 0) return;
    const { width, height } = remoteSize(room, window.devicePixelRatio);
    const size = `${width}x${height}`;
    if (size === asked) return;
    asked = size;
    shown.sendSize(width, height);
  };
  const measure = () => {
    // A hidden stage has no size; it keeps the one that it had.
    if (area.clientWidth === 0 || area.clientHeight === 0) return;
    room = { width: area.clientWidth, height: area.clientHeight };
    listener.onArea(room);
    fit();
    clearTimeout(resizing);
    resizing = setTimeout(askForSize, resizeDelayMs);
  };
  const observer = new ResizeObserver(measure);
  observer.observe(area);
  const watchPixelRatio = () => {
    if (signal.aborted) return;
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const changed = () => {
      measure();
      watchPixelRatio();
    };
    query.addEventListener('change', changed, { once: true, signal });
  };
  watchPixelRatio();

  const clipboard = createClipboardBridge({
    ...browserClipboard,
    hasFocus: () => document.activeElement === field && document.hasFocus(),
    sendToHost: (text) => shown?.sendClipboard(text),
    ways: listener.clipboardWays,
    onProblem: listener.onClipboardProblem,
  });
  const keyboard = attachKeyboard(field, {
    onKey: (pressed, keysym) => shown?.sendKey(pressed, keysym),
    onLeave: listener.onLeave,
    onPaste: clipboard.pasted,
  });
  field.addEventListener('focus', () => shown?.isDrawing() && void clipboard.focused(), { signal });
  area.addEventListener(
    'mousedown',
    (event) => {
      // Otherwise the press would take the focus away from the field again.
      event.preventDefault();
      field.focus({ preventScroll: true });
    },
    { signal },
  );

  const takeOver = (screen: Screen) => {
    const former = shown;
    next = undefined;
    shown = screen;
    asked = '';
    area.append(screen.element);
    // What a worker drew is seen a frame or two later than it tells of it; until then the former picture shows through.
    if (former) afterFrames(2, () => remove(former));
    fit();
    askForSize();
    listener.onPicture();
    if (document.activeElement === field) void clipboard.focused();
  };
  const leave = () => {
    keyboard.reset();
    shown?.leave();
    next?.dispose();
    next = undefined;
  };

  return {
    show(openBytes, drawing) {
      leave();
      const screen = openScreen(openBytes, drawing, {
        onPicture: () => takeOver(screen),
        onPictureSize: fit,
        onEnd: listener.onEnd,
        onCrash: listener.onCrash,
        onRequired: listener.onRequired,
        onClipboard: (text) => void clipboard.received(text),
      });
      next = screen;
    },
    leave,
    releaseKeys: keyboard.reset,
    sendKeys(keysyms) {
      for (const keysym of keysyms) shown?.sendKey(1, keysym);
      for (const keysym of keysyms.toReversed()) shown?.sendKey(0, keysym);
    },
    answerRequired: (values) => (next ?? shown)?.answerRequired(values),
    dispose() {
      leave();
      if (shown) remove(shown);
      keyboard.detach();
      observer.disconnect();
      clearTimeout(resizing);
      disposed.abort();
    },
  };
}
