import Guacamole from 'guacamole-common-js';

/** What the keyboard of a session does; all of it while its field has the focus, and never otherwise. */
interface KeyboardTarget {
  onKey(pressed: 0 | 1, keysym: number): void;
  /** The person wants the keyboard back: Ctrl, Alt and Shift were pressed together. */
  onLeave(): void;
  /** Text of the local clipboard that is about to be pasted; the keys follow. */
  onPaste(text: string): void;
}

interface AttachedKeyboard {
  /** Releases every key that the host takes for pressed. */
  reset(): void;
  detach(): void;
}

const asksToLeave = (event: KeyboardEvent) =>
  event.ctrlKey && event.altKey && event.shiftKey && ['Control', 'Alt', 'Shift'].includes(event.key);

const asksToPaste = (event: KeyboardEvent) =>
  (event.key.toLowerCase() === 'v' && event.ctrlKey && !event.altKey && !event.metaKey) ||
  (event.key === 'Insert' && event.shiftKey && !event.ctrlKey && !event.altKey);

const keysymInsert = 0xff63;

/**
 * Sends the keys of a text field to a host. The field is a real one, and not the canvas, so that input methods, dead keys and
 * the keyboards of touch screens can compose text in it.
 */
export function attachKeyboard(field: HTMLTextAreaElement, target: KeyboardTarget): AttachedKeyboard {
  const detached = new AbortController();
  const { signal } = detached;
  let pasteKeysym: number | undefined;

  // Registered before Guacamole.Keyboard listens, so that these keys can be kept from it.
  field.addEventListener(
    'keydown',
    (event) => {
      if (asksToLeave(event)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        keyboard.reset();
        target.onLeave();
      } else if (asksToPaste(event)) {
        // The browser answers with a `paste` event, which needs no permission. The key has to wait for it, or the host would
        // paste what it had before.
        pasteKeysym = event.key === 'Insert' ? keysymInsert : event.key.charCodeAt(0);
        event.stopImmediatePropagation();
      }
    },
    { capture: true, signal },
  );
  const keyboard = new Guacamole.Keyboard(field);
  keyboard.onkeydown = (keysym) => {
    target.onKey(1, keysym);
    return false;
  };
  keyboard.onkeyup = (keysym) => target.onKey(0, keysym);

  field.addEventListener(
    'paste',
    (event) => {
      event.preventDefault();
      target.onPaste(event.clipboardData?.getData('text/plain') ?? '');
      if (pasteKeysym === undefined) return;
      keyboard.press(pasteKeysym);
      keyboard.release(pasteKeysym);
      pasteKeysym = undefined;
    },
    { signal },
  );

  // Composed text shows in the field while it is made, and has no place there once it was sent.
  const clear = () => {
    field.value = '';
    delete field.dataset['composing'];
  };
  field.addEventListener('compositionstart', () => (field.dataset['composing'] = 'true'), { signal });
  field.addEventListener('compositionend', clear, { signal });
  field.addEventListener('input', (event) => !event.isComposing && clear(), { signal });

  const reset = () => keyboard.reset();
  field.addEventListener('blur', reset, { signal });
  document.addEventListener('visibilitychange', () => document.hidden && reset(), { signal });

  return {
    reset,
    detach() {
      keyboard.reset();
      // Guacamole.Keyboard can't be taken off its element; without these it leaves every event alone.
      keyboard.onkeydown = null;
      keyboard.onkeyup = null;
      detached.abort();
    },
  };
}
