/** Screens in the manner of vttest (https://invisible-island.net/vttest/), and texts that decoders stumble over. */
export const writtenScreens: Readonly<Record<string, Buffer>> = {
  cursorMovements: text(
    '\x1b#8\x1b[9;10H\x1b[1J\x1b[18;60H\x1b[0J\x1b[1K\x1b[9;71H\x1b[0K',
    ...range(10, 16).map((row) => `\x1b[${row};10H\x1b[1K\x1b[${row};71H\x1b[0K`),
    '\x1b[17;30H\x1b[2K',
    ...range(1, 80).map((column) => `\x1b[24;${column}f*\x1b[1;${column}f*`),
    '\x1b[2;2H',
    ...range(2, 23).map(() => '+\x1b[1D\x1bD'),
    '\x1b[23;79H',
    ...range(2, 23).map(() => '+\x1b[1D\x1bM'),
    '\x1b[2;1H',
    ...range(2, 23).map((row) => `*\x1b[${row};80H*\x1b[10D\x1bE`),
    '\x1b[2;10H\x1b[42D\x1b[2C',
    ...range(3, 78).map(() => '+\x1b[0C\x1b[2D\x1b[1C'),
    '\x1b[23;70H\x1b[42C\x1b[2D',
    ...range(3, 78).map(() => '+\x1b[1D\x1b[1C\x1b[0D\x08'),
    '\x1b[10;12Hcontrol characters inside\x1b[2\x08;3\x0b\x1b[5\rC\x1b[1\x0bAof sequences',
  ),
  wrapAround: text(
    '\x1b[?7h',
    ...range(0, 30).map((row) => `\x1b[${1 + (row % 22)};${70 + (row % 10)}Habcdefghij${row}`),
    '\x1b[?7l\x1b[12;70Hthis does not wrap but stays\x1b[?7h\x1b[14;1H\x1b[J',
    `${'w'.repeat(80)}\r\n${'x'.repeat(80)}y\r\n${'漢'.repeat(39)}a漢b\r\n`,
    `${'z'.repeat(80)}\x08\x08Q\x1b[Kend`,
  ),
  tabs: text(
    '\x1b[3g\x1b[1;1H',
    ...range(1, 26).map(() => '\x1b[3C\x1bH'),
    '\x1b[1;4H',
    ...range(1, 13).map(() => '\x1b[0g\x1b[6C'),
    '\x1b[1;7H\x1b[1g\x1b[2g\x1b[1;1H',
    ...range(1, 13).map(() => '\t*'),
    '\r\n\x1b[3I3I\x1b[2Z2Z\r\n\x1bc\ta\tb\tc\r\n1234567\t8\t\x1b[79Gx\ty\tz',
  ),
  scrollRegions: text(
    ...range(1, 24).map((row) => `\x1b[${row};1Hline ${row} ${'.'.repeat(row * 2)}`),
    '\x1b[5;18r\x1b[18;1H',
    ...range(1, 9).map((row) => `\r\nscrolled up ${row}`),
    '\x1b[5;1H',
    ...range(1, 4).map((row) => `\x1bMscrolled down ${row}\r`),
    '\x1b[3S\x1b[2T\x1b[?6h\x1b[1;1Horigin\x1b[99;99Hcorner\x1b[?6l\x1b[r\x1b[24;1H\n\nbottom',
    '\x1b[2;3r\x1b[2;1H\n\n\ntwo lines\x1b[r\x1b[10;1H\x1b[2 @left\x1b[11;1H\x1b[3 Aright',
    "\x1b[12;5H\x1b[2'}columns\x1b[13;9H\x1b[3'~",
  ),
  insertAndDelete: text(
    '\x1b#8\x1b[4;5H\x1b[3Linserted\x1b[8;1H\x1b[2M\x1b[10;10H\x1b[7@ICH\x1b[12;10H\x1b[5PDCH\x1b[14;10H\x1b[9XECH',
    '\x1b[4h\x1b[16;1Hinsert mode 漢字 \x1b[4l\x1b[16;1HX',
    ...range(1, 20).map((step) => `\x1b[20;${step}H\x1b[1@${String.fromCharCode(96 + step)}`),
    '\x1b[22;1HA********B\x1b[22;2H\x1b[4h*****\x1b[4l\x1b[22;7H\x1b[3P',
    '\x1b[23;1Hwide 漢漢漢漢\x1b[23;7H\x1b[1P\x1b[23;10H\x1b[1@\x1b[18;1Habc\x1b[40b',
  ),
  lineDrawing: text(
    '\x1b(0`abcdefghijklmnopqrstuvwxyz{|}~_\x1b(B plain\r\n',
    '\x1b)0\x0elqqqqwqqqqk\x0f\r\n\x0ex    x    x\x0f\r\n\x0etqqqqnqqqqu\x0f\r\n\x0emqqqqvqqqqj\x0f\r\n\x1b(A#pound\x1b(B\r\n',
    ...range(0x2500, 0x259f).map((code) => (code % 32 === 0 ? '\r\n' : '') + String.fromCodePoint(code)),
    ...range(0x2800, 0x28ff).map((code) => (code % 64 === 0 ? '\r\n' : '') + String.fromCodePoint(code)),
    '\r\n\ue0b0\ue0b1\ue0b2\ue0b3 \x1b[7m\ue0b0\ue0b2\x1b[0m\x1b[31;44m\ue0b0│─┼\x1b[0m',
  ),
  doubleSizes: text(
    '\x1b#6double width\r\n\x1b#3double height\r\n\x1b#4double height\r\n\x1b#5single\r\n',
    '\x1b[?3h\x1b[5;1Hcolumns\x1b[?3l\x1b[?5h inverse screen \x1b[?5l\x1b[7;1Hend',
  ),
  renditions: text(
    ...range(0, 9).map((first) =>
      range(0, 9)
        .map((second) => `\x1b[0;${first};${second}m${first}${second} `)
        .join('')
        .concat('\x1b[0m\r\n'),
    ),
    ...range(30, 37).map((color) => `\x1b[${color}mfg\x1b[1mbold\x1b[22;2mdim\x1b[7minv\x1b[0m `),
    '\r\n',
    ...range(0, 5).map(
      (style) => `\x1b[4:${style}mline ${style}\x1b[58;5;${style + 9}m colour\x1b[59m reset\x1b[0m `,
    ),
    '\r\n\x1b[4;58:2::255:0:128mpink\x1b[53m over\x1b[9m struck\x1b[0m \x1b[21mdouble\x1b[24m none \x1b[8mhidden\x1b[28mshown\x1b[0m\r\n',
    '\x1b[1;31;42;4;7m漢字\x1b[27m漢字\x1b[3mäöü\x1b[0m \x1b[4m      \x1b[0m|\x1b[7m   \x1b[0m|\x1b[8;41m   \x1b[0m',
  ),
  colors: text(
    ...range(0, 255).map((color) => `\x1b[48;5;${color}m${color % 16 === 15 ? ' \x1b[0m\r\n' : ' '}`),
    ...range(0, 63).map(
      (step) => `\x1b[38;2;${step * 4};${255 - step * 4};99m#\x1b[48:2::${step}:${step * 2}:0m.`,
    ),
    '\x1b[0m\x1b]4;1;rgb:ff/80/00\x07\x1b[31mpalette\x1b]104;1\x07\x1b[31mreset\x1b[0m\x1b]10;#abcdef\x1b\\fore',
    '\x1b]11;rgb:1010/2020/3030\x1b\\back\x1b]110\x1b\\',
  ),
  unicode: Buffer.concat([
    text(
      'é e\u0301 n\u0303\u0323 \u0301alone \ufefftext a\u200bb 👩\u200d💻 👍🏽 ❤\ufe0f 🇩🇪 ☃ ✓ עברית العربية हिन्दी ไทย\r\n',
    ),
    Buffer.from([
      0xc0, 0xaf, 0x20, 0xed, 0xa0, 0x80, 0x20, 0xf4, 0x90, 0x80, 0x80, 0x20, 0xff, 0xfe, 0x20, 0x80, 0x0d,
      0x0a,
    ]),
    Buffer.from([
      0xe6, 0xbc, 0x20, 0xf0, 0x9f, 0x98, 0x41, 0xc3, 0x1b, 0x5b, 0x31, 0x6d, 0xc3, 0xa4, 0x0d, 0x0a,
    ]),
    text(
      `漢字かな\x1b[4;2HX\x1b[5;1H漢字かな\x1b[5;3H \x1b[6;79H漢\x1b[6;80H漢\x1b[8;1H${'o\u0300\u0301\u0302'.repeat(30)}`,
      `\x1b[9;1HZ${'\u0301'.repeat(100)}!\r\n😀😀\x1b[3D\x1b[Ky\r\n한국어 각 ｆｕｌｌ \u0e01\u0e34\x1b[12;1H\u00a0nbsp\u00adsoft`,
    ),
    Buffer.from([0xf0, 0x9f]),
  ]),
  screens: text(
    ...range(1, 40).map((row) => `normal ${row}\r\n`),
    '\x1b7\x1b[?1049h\x1b[2J\x1b[Halternate\x1b[10;10Hmore\x1b[?47l\x1b[?47h\x1b[?1049l\x1b8restored',
    '\x1b[?1048h\x1b[1;1H\x1b[?1048lback\x1b[3J\x1b[5;1H\x1b[1"qprotected\x1b[0"q plain\x1b[5;1H\x1b[?0K\x1b[!p\x1b[6 q\x1b[7;7H',
  ),
};

function text(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.join(''));
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
