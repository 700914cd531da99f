import { readdirSync, readFileSync } from 'node:fs';
import type { IBufferCell } from '@xterm/headless';
import { Terminal as StockTerminal } from '@xterm/headless/lib-headless/xterm-headless.mjs';
import { expect, test, vi } from 'vitest';
import { createTestStage, type TestStage } from '../session/testStage.ts';
import { characterWidths } from './characterWidths.ts';
import { idOfCluster } from './clusters.ts';
import { copyColors, mixColors, parseColorScheme, type Colors } from './colorScheme.ts';
import { writtenScreens } from './corpus/writtenScreens.ts';
import type * as drawCellModule from './drawCell.ts';
import { drawDecorations } from './decorations.ts';
import { measureCell } from './font.ts';
import { openGlyphs, wideStyle } from './glyphs.ts';
import { answerHost } from './hostRequests.ts';
import { layOut } from './layout.ts';
import type { Coverage } from './lineDrawing.ts';
import { createSelection } from './selection.ts';
import { createTerminal } from './terminal.ts';
import { createView } from './view.ts';
import { openXterm } from './xterm.ts';

/** Which of the cells that are drawn next is forgotten, for the test of this test. */
const sabotage = vi.hoisted(() => ({ skip: -1 }));
vi.mock('./drawCell.ts', async (load) => {
  const real = await load<typeof drawCellModule>();
  return {
    ...real,
    drawCell: (...drawing: Parameters<typeof real.drawCell>) => {
      if (sabotage.skip-- !== 0) real.drawCell(...drawing);
    },
  };
});

const size = { columns: 80, rows: 24 };
const dpi = 96;
const cell = measureCell(12, dpi);
const picture = { width: size.columns * cell.width + 16, height: size.rows * cell.height + 8 };
const layout = layOut(picture.width, picture.height, dpi, cell);

const folder = new URL('corpus/', import.meta.url);
const recordings = readdirSync(folder).filter((name) => name.endsWith('.bin'));
const corpus: readonly (readonly [string, Buffer])[] = [
  ...recordings.map((name) => [name, readFileSync(new URL(name, folder))] as const),
  ...Object.entries(writtenScreens),
];

test('the screen of the tests has the size that the corpus was recorded in', () => {
  expect(layout).toMatchObject(size);
  expect(corpus.length).toBeGreaterThan(15);
});

test.each(corpus)('%s: every cell that was drawn bit by bit is as when drawn at once', (name, bytes) => {
  const random = createRandom(name.length + bytes.length);
  const screen = openScreen();
  screen.play(bytes, random);
  expect(findDifferences(screen, draftOf(bytes))).toEqual([]);
});

test.each(corpus)('%s: what can be read off the picture is what xterm has', async (name, bytes) => {
  const screen = openScreen();
  screen.play(bytes, createRandom(name.length));
  const stock = await openStock(bytes);
  expect(readPicture(screen, stock)).toEqual(readBuffer(stock, screen.colors));
  stock.dispose();
});

test.each(corpus)('%s: a whole terminal shows the same', async (name, bytes) => {
  const stage = createTestStage(picture.width, picture.height);
  const terminal = createTerminal(stage, {}, { ...picture, dpi });
  const random = createRandom(name.length * 7);
  for (let at = 0; at < bytes.length;) {
    const next = at + Math.ceil(random() * 6_000);
    await terminal.write(bytes.subarray(at, next));
    at = next;
  }
  const draft = draftOf(bytes);
  await vi.waitFor(() => expect(findDifferences({ stage }, draft)).toEqual([]), {
    timeout: 2_000,
    interval: 10,
  });
  terminal.close();
});

test('random sequences, random cuts', () => {
  const random = createRandom(20_260_101);
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
  const number = (below: number) => Math.floor(random() * below);
  const moves = ['H', 'f', 'A', 'B', 'C', 'D', 'G', 'd', 'E', 'F'];
  const edits = ['J', 'K', 'L', 'M', 'P', '@', 'X', 'S', 'T', 'b', 'I', 'Z'];
  const texts = [
    'hello world ',
    '漢字',
    'e\u0301',
    '😀',
    '─┼│',
    '\r\n',
    '\n\n\n',
    '\t',
    '\x08',
    '\x1bM',
    '\x1bD',
    '\x1bE',
  ];
  const modes = ['?7', '?6', '4', '?25', '?1049', '?5', '20'];
  for (let round = 0; round < 12; round++) {
    const parts = Array.from({ length: 400 }, () => {
      switch (number(6)) {
        case 0:
          return `\x1b[${number(26)};${number(82)}${pick(moves)}`;
        case 1:
          return `\x1b[${number(random() < 0.9 ? 5 : 2_000_000_000)}${pick(edits)}`;
        case 2:
          return `\x1b[${number(60)};${number(60)}m`;
        case 3:
          return `\x1b[${pick(modes)}${pick(['h', 'l'])}`;
        case 4:
          return random() < 0.3 ? `\x1b[${number(24)};${number(26)}r` : pick(texts);
        default:
          return pick(texts).repeat(1 + number(9));
      }
    });
    const bytes = Buffer.from(parts.join(''));
    const screen = openScreen();
    screen.play(bytes, random);
    expect(findDifferences(screen, draftOf(bytes)), JSON.stringify(bytes.toString())).toEqual([]);
  }
});

test.each(corpus)('%s: a single cell that is forgotten is noticed', (name, bytes) => {
  const random = createRandom(name.length);
  // Something is to be drawn at the end, in each of them.
  const last = Buffer.from(
    `\x18\x1b[?1049l\x1b[?6l\x1b[r\x1b[0;1m\x1b[2J\x1b[${3 + Math.floor(random() * 20)};7H${'Mutation'.repeat(4)}\x1b[?25l`,
  );
  const screen = openScreen();
  screen.play(bytes, random);
  screen.xterm.parse(last);
  sabotage.skip = Math.floor(random() * 32);
  screen.view.draw();
  sabotage.skip = -1;
  expect(findDifferences(screen, draftOf(Buffer.concat([bytes, last])))).toHaveLength(1);
});

test('scrolling moves pixels instead of drawing them', () => {
  const screen = openScreen();
  const lines = (from: number, count: number) =>
    Buffer.from(Array.from({ length: count }, (_, row) => `line ${from + row} of the text\r\n`).join(''));
  screen.xterm.parse(lines(0, 30));
  screen.view.draw();
  screen.stage.damages.splice(0);
  screen.xterm.parse(lines(30, 2));
  screen.view.draw();
  expect(screen.stage.copies).toMatchObject([{ from: { y: layout.top + 2 * cell.height }, toY: layout.top }]);
  const drawn = screen.stage.damages.reduce((sum, { area }) => sum + area.width * area.height, 0);
  expect(drawn).toBeLessThan(3 * size.columns * cell.width * cell.height);
  expect(findDifferences(screen, draftOf(lines(0, 32)))).toEqual([]);
});

interface Drawn {
  readonly stage: TestStage;
}

function openScreen() {
  const stage = createTestStage(picture.width, picture.height);
  const xterm = openXterm({ ...size, scrollback: 1000 });
  const scheme = parseColorScheme('').colors;
  const colors = copyColors(scheme);
  answerHost(xterm, colors, () => scheme, { onName() {}, onClipboard() {}, onReply() {}, onColors() {} });
  const view = createView(stage, xterm, createSelection(xterm), colors, layout);
  return {
    stage,
    xterm,
    colors,
    view,
    play(bytes: Buffer, random: () => number) {
      for (let at = 0; at < bytes.length;) {
        const next = at + Math.ceil(random() ** 3 * 800);
        xterm.parse(bytes.subarray(at, next));
        if (random() < 0.7) view.draw();
        at = next;
      }
      view.draw();
    },
  };
}

/** The same bytes in one go, drawn once. */
function draftOf(bytes: Buffer): Drawn {
  const draft = openScreen();
  draft.xterm.parse(bytes);
  draft.view.draw();
  return draft;
}

/** Cells whose pixels differ, or what is around them. */
function findDifferences(drawn: Drawn, draft: Drawn): readonly string[] {
  if (bytesOf(drawn).equals(bytesOf(draft))) return [];
  const differences: string[] = [];
  for (let row = 0; row < size.rows; row++)
    for (let column = 0; column < size.columns; column++)
      if (!pixelsOf(drawn, column, row).equals(pixelsOf(draft, column, row)))
        differences.push(`${column},${row}`);
  return differences.length > 0 ? differences : ['outside of the cells'];
}

const bytesOf = ({ stage: { pixels } }: Drawn) =>
  Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);

/** RGBA of one cell, row by row. */
function pixelsOf(drawn: Drawn, column: number, row: number): Buffer {
  const rows = Array.from({ length: cell.height }, (_, y) => {
    const at =
      ((layout.top + row * cell.height + y) * drawn.stage.width + layout.left + column * cell.width) * 4;
    return bytesOf(drawn).subarray(at, at + cell.width * 4);
  });
  return Buffer.concat(rows);
}

/** xterm alone, by its public interface. */
async function openStock(bytes: Buffer): Promise<StockTerminal> {
  const stock = new StockTerminal({ cols: size.columns, rows: size.rows, allowProposedApi: true });
  stock.unicode.register(characterWidths);
  stock.unicode.activeVersion = characterWidths.version;
  await new Promise<void>((resolve) => stock.write(bytes, resolve));
  return stock;
}

function readBuffer(stock: StockTerminal, colors: Colors): readonly string[] {
  const { active } = stock.buffer;
  return Array.from({ length: size.rows }, (_, row) => {
    const line = active.getLine(active.viewportY + row);
    let text = '';
    for (let column = 0; column < size.columns; column++) {
      const stored = line?.getCell(column);
      if (!stored || stored.getWidth() === 0) continue;
      const [foreground, background] = colorsOf(stored, colors);
      const isSeen = !stored.isInvisible() && foreground !== background;
      text += isSeen ? lookalike(stored.getChars() || ' ', styleOf(stored)) : ' ';
    }
    return text.trimEnd();
  });
}

/** Recognises each character by the mask that fits its pixels best. */
function readPicture(screen: ReturnType<typeof openScreen>, stock: StockTerminal): readonly string[] {
  const { active } = stock.buffer;
  const found = new Set(Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)));
  for (let row = 0; row < size.rows; row++)
    for (let column = 0; column < size.columns; column++)
      found.add(
        active
          .getLine(active.viewportY + row)
          ?.getCell(column)
          ?.getChars() || ' ',
      );
  return Array.from({ length: size.rows }, (_, row) => {
    const line = active.getLine(active.viewportY + row);
    let text = '';
    for (let column = 0; column < size.columns; column++) {
      const stored = line?.getCell(column);
      if (!stored || stored.getWidth() === 0) continue;
      text += recognise(screen, column, row, stored, [...found], stock);
    }
    return text.trimEnd();
  });
}

function recognise(
  screen: ReturnType<typeof openScreen>,
  column: number,
  row: number,
  stored: IBufferCell,
  candidates: readonly string[],
  stock: StockTerminal,
): string {
  const { active } = stock.buffer;
  // A block of the cursor changes the colours: what it stands on is read from the picture's own.
  const isCursor = active.baseY + active.cursorY === active.viewportY + row && !screen.xterm.isCursorHidden;
  if (isCursor && column === Math.min(active.cursorX, size.columns - 1))
    return lookalike(stored.getChars() || ' ', styleOf(stored));
  const [foreground, background] = colorsOf(stored, screen.colors);
  const pixels = pixelsOf(screen, column, row);
  if (foreground === background) return readEven(pixels, background);
  const seen = uncover(pixels, foreground, background);
  const lines = [
    ...(stored.isUnderline() ? decorations.underlines : []),
    ...(stored.isStrikethrough() ? [decorations.strike] : []),
    ...(stored.isOverline() ? [decorations.overline] : []),
  ];
  const style = styleOf(stored);
  let best = '';
  let least = Infinity;
  for (const candidate of candidates) {
    const mask = maskOf(candidate, style);
    let distance = 0;
    for (let at = 0; at < mask.length && distance < least; at++)
      // What a line covers can't be told.
      if (!lines.some((line) => line[at])) distance += Math.abs((mask[at] ?? 0) - (seen[at] ?? 0));
    if (distance < least) [best, least] = [candidate, distance];
  }
  // The colours as well: of a pixel that is wholly covered, and of one that isn't at all.
  for (const [share, color] of [
    [255, foreground],
    [0, background],
  ] as const) {
    const at = maskOf(best, style).findIndex(
      (value, index) => value === share && !lines.some((line) => line[index]),
    );
    if (at >= 0 && readEven(pixels.subarray(at * 4), color) !== ' ') return '?';
  }
  return lookalike(best, style);
}

function readEven(pixels: Buffer, color: number): string {
  return [0, 1, 2].every((channel) => pixels[channel] === ((color >> (16 - channel * 8)) & 255)) ? ' ' : '?';
}

/** How much of each pixel is covered, by the channel in which the two colours differ most. */
function uncover(pixels: Buffer, foreground: number, background: number): Coverage {
  const channelOf = (color: number, channel: number) => (color >> (16 - channel * 8)) & 255;
  const contrast = (channel: number) =>
    Math.abs(channelOf(foreground, channel) - channelOf(background, channel));
  const [channel = 0] = [0, 1, 2].sort((first, second) => contrast(second) - contrast(first));
  const from = channelOf(background, channel);
  const span = channelOf(foreground, channel) - from;
  return Uint8Array.from({ length: pixels.length / 4 }, (_, at) =>
    Math.max(0, Math.min(255, Math.round((((pixels[at * 4 + channel] ?? 0) - from) * 255) / span))),
  );
}

/** xterm's documented attributes, without our own reading of its memory. */
function colorsOf(stored: IBufferCell, colors: Colors): readonly [foreground: number, background: number] {
  const paletteIndex = stored.getFgColor() + (stored.isBold() && stored.getFgColor() < 8 ? 8 : 0);
  let foreground = stored.isFgDefault()
    ? colors.foreground
    : stored.isFgRGB()
      ? stored.getFgColor()
      : (colors.palette[paletteIndex] ?? 0);
  let background = stored.isBgDefault()
    ? colors.background
    : stored.isBgRGB()
      ? stored.getBgColor()
      : (colors.palette[stored.getBgColor()] ?? 0);
  if (stored.isInverse()) [foreground, background] = [background, foreground];
  if (stored.isDim()) foreground = mixColors(foreground, background, 0.4);
  return [foreground, background];
}

const styleOf = (stored: IBufferCell) =>
  (stored.isBold() ? 1 : 0) | (stored.isItalic() ? 2 : 0) | (stored.getWidth() === 2 ? wideStyle : 0);

const masks = new Map<string, Coverage>();
const glyphs = openGlyphs(cell);
const decorations = drawDecorations(cell);

function maskOf(characters: string, style: number): Coverage {
  const known = masks.get(`${style} ${characters}`);
  if (known) return known;
  const isBlank = characters === ' ' || characters === '\u00a0';
  const id = Array.from(characters).length === 1 ? (characters.codePointAt(0) ?? 0) : idOfCluster(characters);
  const mask = isBlank ? new Uint8Array(cell.width * cell.height) : glyphs.get(id, style, 0).coverage;
  masks.set(`${style} ${characters}`, mask);
  return mask;
}

/** Of characters that look the same, as O and Cyrillic О do, and all that no font has, the first that came up. */
const lookalikes = new Map<string, string>();
function lookalike(characters: string, style: number): string {
  const look = `${style & wideStyle} ${Buffer.from(maskOf(characters, style & wideStyle)).toString('base64')}`;
  const first = lookalikes.get(look) ?? characters;
  lookalikes.set(look, first);
  return first;
}

/** mulberry32: the same numbers in each run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
