import type { Modifiers } from './keyEncoding.ts';

/** Keysyms of the keys that change others. AltGr (0xfe03) isn't one: what it makes of a key comes as a keysym of its own. */
const modifierOf: ReadonlyMap<number, keyof Modifiers> = new Map([
  [0xffe1, 'shift'],
  [0xffe2, 'shift'],
  [0xffe3, 'control'],
  [0xffe4, 'control'],
  [0xffe9, 'alt'],
  [0xffea, 'alt'],
  [0xffe7, 'meta'],
  [0xffe8, 'meta'],
]);
const altGrKeysym = 0xfe03;

/** Which modifiers are held down. */
export interface ModifierKeys {
  readonly held: Modifiers;
  /** @returns whether it is a key that only changes others. */
  take(keysym: number, isPressed: boolean): boolean;
}

export function createModifierKeys(): ModifierKeys {
  const pressed = new Set<number>();
  const isHeld = (modifier: keyof Modifiers) =>
    [...pressed].some((keysym) => modifierOf.get(keysym) === modifier);
  return {
    get held() {
      // Windows sends AltGr as Ctrl and Alt together, on top of AltGr itself: what it types is text.
      const isText = pressed.has(altGrKeysym);
      return {
        shift: isHeld('shift'),
        alt: isHeld('alt') && !isText,
        control: isHeld('control') && !isText,
        meta: isHeld('meta'),
      };
    },
    take(keysym, isPressed) {
      if (!modifierOf.has(keysym) && keysym !== altGrKeysym) return false;
      if (isPressed) pressed.add(keysym);
      else pressed.delete(keysym);
      return true;
    },
  };
}
