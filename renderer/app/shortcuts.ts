import { useEffect, useEffectEvent } from 'react';
import { isApple } from '../ui/platform.ts';

/** Keys as `Kbd` shows them, such as `Mod+K`; `Mod` is Ctrl, or ⌘ where that is the custom. */
type Shortcuts = Readonly<Record<string, () => void>>;

/** The keys of an event in the notation of `Shortcuts`. By position for letters with Alt, which types other characters on a Mac. */
function keysOf(event: KeyboardEvent): string {
  const key = event.altKey ? event.code.replace(/^(Key|Digit)/, '') : event.key;
  const mod = isApple ? event.metaKey : event.ctrlKey;
  return [
    mod ? 'Mod' : '',
    event.altKey ? 'Alt' : '',
    event.shiftKey && key.length > 1 ? 'Shift' : '',
    key.length === 1 ? key.toUpperCase() : key,
  ]
    .filter(Boolean)
    .join('+');
}

const typesText = (target: Element) => target.matches('input, textarea, [contenteditable]');

/** What gets every key for itself: a session's canvas (marked by its feature), dialogs and menus. */
const ownsKeys = '[data-owns-keys], [role=dialog], [role=alertdialog], [role=menu], [role=listbox]';

/** Listens to keys for the whole window. A single character goes to the text field that has the focus, if one has. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || !(event.target instanceof Element)) return;
    if (event.target.closest(ownsKeys)) return;
    if (
      event.key.length === 1 &&
      !event.ctrlKey &&
      !event.metaKey &&
      !event.altKey &&
      typesText(event.target)
    )
      return;
    const action = shortcuts[keysOf(event)];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
  useEffect(() => {
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
