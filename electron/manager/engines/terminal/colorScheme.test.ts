import { expect, test } from 'vitest';
import { mixColors, parseColor, parseColorScheme } from './colorScheme.ts';

test.each([
  ['', 0x999999, 0x000000],
  ['gray-black', 0x999999, 0x000000],
  ['black-white', 0x000000, 0xffffff],
  ['green-black', 0x3e993e, 0x000000],
  ['white-black', 0xffffff, 0x000000],
  ['foreground: rgb:D8/DE/E9; background: rgb:2E/34/40;', 0xd8dee9, 0x2e3440],
  [' foreground:#ffffff ;;background:color4;', 0xffffff, 0x3e3e99],
  ['color7: rgb:1/2/3; foreground: color7', 0x112233, 0x000000],
])('%j', (scheme, foreground, background) => {
  expect(parseColorScheme(scheme)).toMatchObject({ isWhole: true, colors: { foreground, background } });
});

test('colours by number', () => {
  const { palette } = parseColorScheme('color0: #123456; color255: rgb:ffff/0000/8080').colors;
  expect([palette[0], palette[1], palette[255]]).toEqual([0x123456, 0x993e3e, 0xff0080]);
  expect([palette[16], palette[21], palette[196], palette[231], palette[232], palette[254]]).toEqual([
    ...[0x000000, 0x0000ff, 0xff0000, 0xffffff, 0x080808, 0xe4e4e4],
  ]);
});

test.each([
  'unknown',
  'foreground',
  'foreground:',
  'color256: #fff',
  'back: #fff',
  'foreground: rgb:1/2',
  'constructor',
])('what comes before a mistake counts: %s', (mistake) => {
  const { isWhole, colors } = parseColorScheme(`background: #010203; ${mistake}; foreground: #fff`);
  expect(isWhole).toBe(false);
  expect(colors).toMatchObject({ background: 0x010203, foreground: 0x999999 });
});

test('colours as X writes them', () => {
  expect(['#f00', '#ff8000', '#fff800000', 'rgb:f/80/fff', 'Red', '#ff', 'toString'].map(parseColor)).toEqual(
    [...[0xf00000, 0xff8000, 0xff8000, 0xff80ff, 0xff0000, undefined, undefined]],
  );
  expect(mixColors(0x000000, 0xff8000, 0.5)).toBe(0x804000);
});
