import { isApple } from './platform.ts';
import styles from './Kbd.module.css';

const shown: Readonly<Record<string, string>> = isApple
  ? { Mod: '⌘', Shift: '⇧', Alt: '⌥' }
  : { Mod: 'Ctrl', Shift: 'Shift', Alt: 'Alt' };

/** Keys joined by `+`; `Mod` is Ctrl, or ⌘ where that is the custom. */
export function Kbd({ keys }: { keys: string }) {
  const parts = keys.split('+').map((key) => shown[key] ?? key);
  return <kbd className={styles.kbd}>{parts.join(isApple ? '' : '+')}</kbd>;
}
