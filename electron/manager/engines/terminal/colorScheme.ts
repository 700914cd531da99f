/** Colours as 0xrrggbb. */
export interface Colors {
  foreground: number;
  background: number;
  /** 256 of them. */
  readonly palette: Uint32Array;
}

const darkAndBright = [
  ...[0x000000, 0x993e3e, 0x3e993e, 0x99993e, 0x3e3e99, 0x993e99, 0x3e9999, 0x999999],
  ...[0x3e3e3e, 0xff6767, 0x67ff67, 0xffff67, 0x6767ff, 0xff67ff, 0x67ffff, 0xffffff],
];
const namedSchemes: Readonly<Record<string, string>> = {
  '': '',
  'gray-black': 'foreground:color7;background:color0',
  'black-white': 'foreground:color0;background:color15',
  'green-black': 'foreground:color2;background:color0',
  'white-black': 'foreground:color15;background:color0',
};
const schemeLengthLimit = 8_192;

/**
 * guacd's `color-scheme`: a name, or pairs such as `foreground: rgb:99/3E/3E; color4: #00f`, with its palette under them.
 * https://guacamole.apache.org/doc/gug/configuring-guacamole.html#terminal-display-settings
 * @returns with `isWhole` false where a part can't be understood: like guacd, all that comes before it counts.
 */
export function parseColorScheme(scheme: string): { readonly colors: Colors; readonly isWhole: boolean } {
  const colors = defaultColors();
  const pairs = (namedSchemes[scheme] ?? scheme).slice(0, schemeLengthLimit).split(';');
  for (const pair of pairs.map((text) => text.trim()).filter((text) => text !== '')) {
    const colon = pair.indexOf(':');
    const name = pair.slice(0, Math.max(0, colon)).trim();
    const value = pair.slice(colon + 1).trim();
    const index = paletteIndexOf(name);
    const from = paletteIndexOf(value);
    const color = from === undefined ? parseColor(value) : colors.palette[from];
    if (color === undefined) return { colors, isWhole: false };
    if (name === 'foreground') colors.foreground = color;
    else if (name === 'background') colors.background = color;
    else if (index !== undefined) colors.palette[index] = color;
    else return { colors, isWhole: false };
  }
  return { colors, isWhole: true };
}

function paletteIndexOf(text: string): number | undefined {
  const digits = /^color(\d{1,3})$/.exec(text)?.[1];
  return digits !== undefined && Number(digits) <= 255 ? Number(digits) : undefined;
}

function defaultColors(): Colors {
  const palette = new Uint32Array(256);
  palette.set(darkAndBright);
  // The cube and the greys of xterm's 256 colours.
  const step = (level: number) => (level === 0 ? 0 : 55 + level * 40);
  for (let at = 0; at < 216; at++)
    palette[16 + at] = (step(Math.floor(at / 36)) << 16) | (step(Math.floor(at / 6) % 6) << 8) | step(at % 6);
  for (let at = 0; at < 24; at++) palette[232 + at] = (8 + at * 10) * 0x010101;
  return { foreground: 0x999999, background: 0x000000, palette };
}

/** `rgb:r/g/b` with one to four hexadecimal digits each, `#rgb`, `#rrggbb` (XParseColor), or a few names. */
export function parseColor(text: string): number | undefined {
  const named = colorNames[text.toLowerCase()];
  if (named !== undefined) return named;
  const parts = /^rgb:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})$/i.exec(text)?.slice(1);
  if (parts)
    return join(parts.map((part) => Math.round((parseInt(part, 16) * 255) / (16 ** part.length - 1))));
  const digits = /^#((?:[\da-f]{3}){1,4})$/i.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const size = digits.length / 3;
  // Its digits are the upper ones of a channel: #f00 is #f00000.
  return join(
    [0, 1, 2].map((channel) =>
      parseInt(
        digits
          .slice(channel * size, channel * size + size)
          .padEnd(2, '0')
          .slice(0, 2),
        16,
      ),
    ),
  );
}

const join = (channels: readonly number[]) => channels.reduce((all, channel) => all * 256 + channel, 0);

/** Of X11's names, those of the first sixteen colours. */
const colorNames: Readonly<Record<string, number>> = {
  black: 0x000000,
  red: 0xff0000,
  green: 0x00ff00,
  yellow: 0xffff00,
  blue: 0x0000ff,
  magenta: 0xff00ff,
  cyan: 0x00ffff,
  white: 0xffffff,
  gray: 0xbebebe,
  grey: 0xbebebe,
};

export function copyColors({ foreground, background, palette }: Colors): Colors {
  return { foreground, background, palette: palette.slice() };
}

export function setColors(colors: Colors, { foreground, background, palette }: Colors): void {
  colors.foreground = foreground;
  colors.background = background;
  colors.palette.set(palette);
}

/** @param share of `color`, 0 to 1. */
export function mixColors(base: number, color: number, share: number): number {
  let mixed = 0;
  for (const shift of [16, 8, 0]) {
    const from = (base >> shift) & 255;
    mixed |= Math.round(from + (((color >> shift) & 255) - from) * share) << shift;
  }
  return mixed;
}
