import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GlobalFonts, createCanvas } from '@napi-rs/canvas';

/** Of one cell, in pixels. */
export interface CellSize {
  readonly width: number;
  readonly height: number;
  /** From the top of a cell to the line that letters stand on. */
  readonly baseline: number;
  /** Of the thinnest line that is drawn. */
  readonly lineWidth: number;
  readonly fontSize: number;
}

/** Faces of DejaVu Sans Mono, by style: bit 0 bold, bit 1 italic. */
const faces = [
  'DejaVuSansMono',
  'DejaVuSansMono-Bold',
  'DejaVuSansMono-Oblique',
  'DejaVuSansMono-BoldOblique',
];
/** Has symbols that its sister lacks. */
const symbolFace = 'DejaVuSans';

const require = createRequire(import.meta.url);
let areRegistered = false;

function registerFaces() {
  if (areRegistered) return;
  areRegistered = true;
  const folder = join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  for (const face of [...faces, symbolFace])
    // Not by its path: inside of the desktop app's archive only Node's own functions read files.
    GlobalFonts.register(readFileSync(join(folder, `${face}.ttf`)), familyOf(face));
}

const familyOf = (face: string) => `Proxima ${face}`;

/**
 * What a canvas takes as `font`.
 * @param style bit 0 bold, bit 1 italic
 * @param others those families of the system that are asked first, and last
 */
export function describeFont(
  fontSize: number,
  style: number,
  others: { readonly first?: readonly string[]; readonly last?: readonly string[] } = {},
): string {
  registerFaces();
  const own = [faces[style] ?? '', symbolFace].map(familyOf);
  const families = [...(others.first ?? []), ...own, ...(others.last ?? [])];
  return `${fontSize}px ${families.map((family) => `"${family}"`).join(', ')}`;
}

/** Of the usual systems; the canvas doesn't look for another font by itself. */
const emojiFamilies = ['Noto Color Emoji', 'Apple Color Emoji', 'Segoe UI Emoji', 'Twemoji Mozilla'];
const otherFamilies = [
  ...['Noto Sans Mono CJK SC', 'Noto Sans CJK SC', 'Source Han Sans SC', 'WenQuanYi Micro Hei Mono'],
  ...['WenQuanYi Zen Hei Mono', 'Droid Sans Fallback', 'PingFang SC', 'Hiragino Sans', 'Apple SD Gothic Neo'],
  ...[
    'Menlo',
    'Microsoft YaHei',
    'MS Gothic',
    'Yu Gothic',
    'Malgun Gothic',
    'Segoe UI Symbol',
    'Arial Unicode MS',
  ],
];
/** Asked after those that are known, for what none of them has. */
const familiesLimit = 100;

let systemFamilies: { readonly emoji: readonly string[]; readonly all: readonly string[] } | undefined;

/** Families of this machine that stand in for what ours lack. */
export function findSystemFamilies(): { readonly emoji: readonly string[]; readonly all: readonly string[] } {
  if (systemFamilies) return systemFamilies;
  registerFaces();
  const present = GlobalFonts.families
    .map(({ family }) => family)
    .filter((family) => !family.startsWith('Proxima ') && !family.includes('"'));
  const known = [...otherFamilies, ...emojiFamilies].filter((family) => present.includes(family));
  systemFamilies = {
    emoji: emojiFamilies.filter((family) => present.includes(family)),
    all: [...new Set([...known, ...present.slice(0, familiesLimit)])],
  };
  return systemFamilies;
}

const fontPixels = { least: 4, most: 256 };

/** @param points as in `font-size`: 1/72 inch. */
export function measureCell(points: number, dpi: number): CellSize {
  const fontSize = Math.max(fontPixels.least, Math.min(fontPixels.most, Math.round((points * dpi) / 72)));
  const context = createCanvas(1, 1).getContext('2d');
  context.font = describeFont(fontSize, 0);
  const { width, fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = context.measureText('0');
  const height = Math.round(ascent + descent);
  return {
    width: Math.round(width),
    height,
    baseline: Math.round((height - ascent - descent) / 2 + ascent),
    lineWidth: Math.max(1, Math.round(fontSize / 16)),
    fontSize,
  };
}
