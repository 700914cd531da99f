/** Keys that are held down besides. */
export interface Modifiers {
  readonly shift: boolean;
  readonly alt: boolean;
  readonly control: boolean;
  readonly meta: boolean;
}

export interface KeyModes {
  /** DECCKM. */
  readonly isApplicationCursor: boolean;
  /** DECKPAM. */
  readonly isApplicationKeypad: boolean;
  /** What the backspace key sends: 127 or 8. */
  readonly backspace: number;
}

const escape = '\x1b';

/** Cursor keys, `CSI letter` or `SS3 letter`; those of the keypad without Num Lock stand beside them. */
const cursorKeys: ReadonlyMap<number, string> = new Map([
  ...pair(0xff52, 0xff97, 'A'),
  ...pair(0xff54, 0xff99, 'B'),
  ...pair(0xff53, 0xff98, 'C'),
  ...pair(0xff51, 0xff96, 'D'),
  ...pair(0xff50, 0xff95, 'H'),
  ...pair(0xff57, 0xff9c, 'F'),
  ...pair(0xff58, 0xff9d, 'E'),
]);
/** Keys of the form `CSI number ~`. */
const numberedKeys: ReadonlyMap<number, number> = new Map([
  ...pair(0xff63, 0xff9e, 2),
  ...pair(0xffff, 0xff9f, 3),
  ...pair(0xff55, 0xff9a, 5),
  ...pair(0xff56, 0xff9b, 6),
  // F5 to F20; F1 to F4 are letters.
  ...[15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34].map(
    (number, index) => [0xffc2 + index, number] as const,
  ),
]);
/** F1 to F4, of the keyboard and of the keypad. */
const letteredKeys: ReadonlyMap<number, string> = new Map(
  ['P', 'Q', 'R', 'S'].flatMap((letter, index) => pair(0xffbe + index, 0xff91 + index, letter)),
);
/** The keypad with Num Lock: what it types, and `SS3 letter` in application mode. */
const keypadKeys: ReadonlyMap<number, readonly [text: string, letter: string]> = new Map([
  [0xff80, [' ', ' ']],
  [0xff8d, ['\r', 'M']],
  [0xffbd, ['=', 'X']],
  ...Array.from('*+,-./0123456789').map(
    (text, index) => [0xffaa + index, [text, String.fromCharCode(0x6a + index)]] as const,
  ),
]);
/** What Ctrl makes of keys other than letters and `@[\]^_`, as VT terminals and xterm have it. */
const controlKeys: Readonly<Record<string, number>> = {
  ...{
    ' ': 0,
    '2': 0,
    '3': 27,
    '4': 28,
    '5': 29,
    '6': 30,
    '7': 31,
    '8': 127,
    '?': 127,
    '/': 31,
    '-': 31,
    '`': 0,
  },
  ...{ '~': 30 },
};

/**
 * What a key sends, as xterm does it (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h2-PC-Style-Function-Keys).
 * @param keysym of X11, among them those of dead keys (none) and of Unicode (0x01000000 and more)
 * @returns `undefined` for keys that send nothing
 */
export function encodeKey(keysym: number, modifiers: Modifiers, modes: KeyModes): string | undefined {
  const modifier = modifierNumber(modifiers);
  const cursor = cursorKeys.get(keysym);
  if (cursor !== undefined) {
    if (modifier > 1) return `${escape}[1;${modifier}${cursor}`;
    return `${escape}${modes.isApplicationCursor ? 'O' : '['}${cursor}`;
  }
  const letter = letteredKeys.get(keysym);
  if (letter !== undefined) return modifier > 1 ? `${escape}[1;${modifier}${letter}` : `${escape}O${letter}`;
  const number = numberedKeys.get(keysym);
  if (number !== undefined) return `${escape}[${number}${modifier > 1 ? `;${modifier}` : ''}~`;
  const keypad = keypadKeys.get(keysym);
  if (keypad !== undefined) {
    const [text, application] = keypad;
    if (modes.isApplicationKeypad && text !== ' ')
      return modifier > 1 ? `${escape}O${modifier}${application}` : `${escape}O${application}`;
    return withAlt(modifiers, text);
  }
  const named = encodeNamedKey(keysym, modifiers, modes);
  if (named !== undefined) return named;
  const text = textOf(keysym);
  if (text === undefined) return undefined;
  return withAlt(modifiers, modifiers.control ? controlled(text) : text);
}

function encodeNamedKey(keysym: number, modifiers: Modifiers, { backspace }: KeyModes): string | undefined {
  switch (keysym) {
    case 0xff08:
      // Ctrl gives the other of the two.
      return withAlt(modifiers, String.fromCharCode(modifiers.control ? 135 - backspace : backspace));
    case 0xff09:
    case 0xff89:
      return modifiers.shift ? `${escape}[Z` : withAlt(modifiers, '\t');
    case 0xfe20:
      return `${escape}[Z`;
    case 0xff0d:
      return withAlt(modifiers, '\r');
    case 0xff0a:
      return withAlt(modifiers, '\n');
    case 0xff1b:
      return withAlt(modifiers, escape);
    default:
      return undefined;
  }
}

/** 1 and the sum of Shift 1, Alt 2, Ctrl 4, Meta 8. */
function modifierNumber({ shift, alt, control, meta }: Modifiers): number {
  return 1 + (shift ? 1 : 0) + (alt ? 2 : 0) + (control ? 4 : 0) + (meta ? 8 : 0);
}

const withAlt = ({ alt }: Modifiers, text: string) => (alt ? escape + text : text);

function controlled(text: string): string {
  const code = text.toUpperCase().charCodeAt(0);
  const control = controlKeys[text] ?? (code >= 0x40 && code < 0x60 ? code - 0x40 : undefined);
  return control === undefined ? text : String.fromCharCode(control);
}

/** The character of a keysym: Latin-1 as it is, Unicode by its flag, and those old ones that keyboards still send. */
function textOf(keysym: number): string | undefined {
  if ((keysym >= 0x20 && keysym < 0x7f) || (keysym >= 0xa0 && keysym <= 0xff))
    return String.fromCharCode(keysym);
  if (keysym >= 0x01000020 && keysym <= 0x0110ffff) {
    const codePoint = keysym - 0x01000000;
    const isControl = codePoint >= 0x7f && codePoint < 0xa0;
    const isSurrogate = codePoint >= 0xd800 && codePoint < 0xe000;
    return isControl || isSurrogate ? undefined : String.fromCodePoint(codePoint);
  }
  return keysym === 0x20ac ? '€' : undefined;
}

function pair<Value>(key: number, keypadKey: number, value: Value): readonly (readonly [number, Value])[] {
  return [
    [key, value],
    [keypadKey, value],
  ];
}
