import type { IUnicodeVersionProvider } from '@xterm/headless';

/**
 * How many cells a character takes, as the C libraries of today's hosts count them (`wcwidth`): xterm's own table is that of Unicode 6,
 * which knows no wide emoji, and programs that count otherwise than the terminal draw askew.
 */
export const characterWidths: IUnicodeVersionProvider = {
  version: 'proxima',
  wcwidth: widthOf,
  charProperties,
};

/** East Asian Wide and Fullwidth (https://www.unicode.org/reports/tr11/); emoji come on top of them. */
const wideRanges: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18d08],
  [0x1aff0, 0x1b2fb],
  [0x1f200, 0x1f265],
  [0x20000, 0x2fffd],
  [0x30000, 0x3fffd],
];
const isWideEmoji = /^\p{Emoji_Presentation}$/u;
const isWithoutWidth = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const regionalIndicators = [0x1f1e6, 0x1f1ff] as const;
/** Of the accents on one character; a thousand of them are no text. */
const marksLimit = 15;

/** Of the characters that nearly all texts are made of; 3 stands for one that wasn't asked for yet. */
const known = new Uint8Array(0x20000).fill(3);

function widthOf(codePoint: number): 0 | 1 | 2 {
  const width = known[codePoint];
  if (width !== undefined && width !== 3) return width as 0 | 1 | 2;
  const found = findWidth(codePoint);
  if (codePoint < known.length) known[codePoint] = found;
  return found;
}

function findWidth(codePoint: number): 0 | 1 | 2 {
  if (codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0)) return 0;
  if (codePoint < 0x300) return 1;
  // Vowels and finals that are part of a Hangul syllable.
  if (codePoint >= 0x1160 && codePoint <= 0x11ff) return 0;
  const character = String.fromCodePoint(codePoint);
  if (isWithoutWidth.test(character)) return 0;
  if (wideRanges.some(([first, last]) => codePoint >= first && codePoint <= last)) return 2;
  const [firstRegion, lastRegion] = regionalIndicators;
  return isWideEmoji.test(character) && (codePoint < firstRegion || codePoint > lastRegion) ? 2 : 1;
}

/**
 * xterm's packing: whether it joins the character before it (bit 0), the width (bits 1 and 2), and above what the next character is
 * told of this one: here, how many marks are on it.
 */
function charProperties(codePoint: number, preceding: number): number {
  const width = widthOf(codePoint);
  if (width > 0) return width << 1;
  const precedingWidth = (preceding >> 1) & 3;
  const marks = (preceding >> 3) + 1;
  // With nothing to join, or on top of too many others, it takes a cell of its own.
  return precedingWidth === 0 || marks > marksLimit ? 1 << 1 : (marks << 3) | (precedingWidth << 1) | 1;
}
