import { expect, test } from 'vitest';
import { encodeKey, type KeyModes, type Modifiers } from './keyEncoding.ts';
import { createModifierKeys } from './modifierKeys.ts';

const none: Modifiers = { shift: false, alt: false, control: false, meta: false };
const modes: KeyModes = { isApplicationCursor: false, isApplicationKeypad: false, backspace: 127 };

function encode(keysym: number, held: Partial<Modifiers> = {}, changed: Partial<KeyModes> = {}) {
  return encodeKey(keysym, { ...none, ...held }, { ...modes, ...changed });
}

test.each<[what: string, keysym: number, held: Partial<Modifiers>, bytes: string]>([
  ['a letter', 0x61, {}, 'a'],
  ['a capital', 0x41, { shift: true }, 'A'],
  ['an umlaut of Latin-1', 0xe4, {}, 'ä'],
  ['a keysym of Unicode', 0x01006f22, {}, '漢'],
  ['an emoji', 0x0101f600, {}, '😀'],
  ['the euro of old keyboards', 0x20ac, {}, '€'],
  ['Alt', 0x78, { alt: true }, '\x1bx'],
  ['Ctrl and a letter', 0x63, { control: true }, '\x03'],
  ['Ctrl and a capital', 0x43, { control: true, shift: true }, '\x03'],
  ['Ctrl, Alt and a letter', 0x63, { control: true, alt: true }, '\x1b\x03'],
  ['Ctrl and the space bar', 0x20, { control: true }, '\x00'],
  ['Ctrl [', 0x5b, { control: true }, '\x1b'],
  ['Ctrl \\', 0x5c, { control: true }, '\x1c'],
  ['Ctrl /', 0x2f, { control: true }, '\x1f'],
  ['Ctrl 8', 0x38, { control: true }, '\x7f'],
  ['Ctrl and what it does nothing to', 0x31, { control: true }, '1'],
  ['Enter', 0xff0d, {}, '\r'],
  ['Enter of the keypad', 0xff8d, {}, '\r'],
  ['Tab', 0xff09, {}, '\t'],
  ['Shift Tab', 0xff09, { shift: true }, '\x1b[Z'],
  ['Shift Tab as X has it', 0xfe20, { shift: true }, '\x1b[Z'],
  ['Escape', 0xff1b, {}, '\x1b'],
  ['Alt Backspace', 0xff08, { alt: true }, '\x1b\x7f'],
  ['Ctrl Backspace', 0xff08, { control: true }, '\b'],
  ['Up', 0xff52, {}, '\x1b[A'],
  ['Ctrl Left', 0xff51, { control: true }, '\x1b[1;5D'],
  ['Shift Alt Right', 0xff53, { shift: true, alt: true }, '\x1b[1;4C'],
  ['Home', 0xff50, {}, '\x1b[H'],
  ['End of the keypad', 0xff9c, {}, '\x1b[F'],
  ['Insert', 0xff63, {}, '\x1b[2~'],
  ['Ctrl Delete', 0xffff, { control: true }, '\x1b[3;5~'],
  ['PageDown', 0xff56, {}, '\x1b[6~'],
  ['F1', 0xffbe, {}, '\x1bOP'],
  ['Shift F4', 0xffc1, { shift: true }, '\x1b[1;2S'],
  ['F5', 0xffc2, {}, '\x1b[15~'],
  ['F6', 0xffc3, {}, '\x1b[17~'],
  ['F11', 0xffc8, {}, '\x1b[23~'],
  ['Ctrl F12', 0xffc9, { control: true }, '\x1b[24;5~'],
  ['5 of the keypad', 0xffb5, {}, '5'],
  ['/ of the keypad', 0xffaf, {}, '/'],
])('%s', (_what, keysym, held, bytes) => {
  expect(encode(keysym, held)).toBe(bytes);
});

test('application modes', () => {
  expect(encode(0xff52, {}, { isApplicationCursor: true })).toBe('\x1bOA');
  expect(encode(0xff52, { shift: true }, { isApplicationCursor: true })).toBe('\x1b[1;2A');
  expect(encode(0xffb5, {}, { isApplicationKeypad: true })).toBe('\x1bOu');
  expect(encode(0xffab, {}, { isApplicationKeypad: true })).toBe('\x1bOk');
  expect(encode(0xff8d, {}, { isApplicationKeypad: true })).toBe('\x1bOM');
});

test('the backspace key as the host wants it', () => {
  expect(encode(0xff08)).toBe('\x7f');
  expect(encode(0xff08, {}, { backspace: 8 })).toBe('\b');
  expect(encode(0xff08, { control: true }, { backspace: 8 })).toBe('\x7f');
});

test.each([
  ['a dead accent', 0xfe51],
  ['Caps Lock', 0xffe5],
  ['Print', 0xff61],
  ['a control character in the clothes of Unicode', 0x0100009b],
  ['half a character', 0x0100d800],
  ['nothing', 0],
  ['more than there is', 0x7fffffff],
])('%s sends nothing', (_what, keysym) => {
  expect(encode(keysym)).toBeUndefined();
});

test('modifiers are held until both keys of them are up; AltGr types text', () => {
  const keys = createModifierKeys();
  expect(keys.take(0x61, true)).toBe(false);
  expect([keys.take(0xffe1, true), keys.take(0xffe2, true), keys.take(0xffe1, false)]).toEqual([
    true,
    true,
    true,
  ]);
  expect(keys.held).toEqual({ ...none, shift: true });
  keys.take(0xffe2, false);
  expect(keys.held).toEqual(none);
  for (const keysym of [0xffe3, 0xffe9, 0xfe03]) keys.take(keysym, true);
  expect(keys.held).toEqual(none);
  keys.take(0xfe03, false);
  expect(keys.held).toEqual({ ...none, control: true, alt: true });
});
