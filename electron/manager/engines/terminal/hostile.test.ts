import { expect, test, vi } from 'vitest';
import { openTestTerminal } from './testTerminal.ts';
import type * as xtermModule from './xterm.ts';
import { openXterm } from './xterm.ts';

vi.mock('./xterm.ts', async (load) => {
  const real = await load<typeof xtermModule>();
  const openFragileXterm: typeof real.openXterm = (options) => {
    const xterm = real.openXterm(options);
    const parse = (bytes: Uint8Array) => {
      if (Buffer.from(bytes).includes('xterm breaks here')) throw new RangeError('broken');
      xterm.parse(bytes);
    };
    return Object.create(xterm, { parse: { value: parse } }) as typeof xterm;
  };
  return { ...real, openXterm: openFragileXterm };
});

const megabyte = 1024 * 1024;

test.each([
  ['two thousand million lines', '\x1b[2147483647L\x1b[2147483647M\x1b[2147483647S\x1b[2147483647T'],
  ['two thousand million tabs', '\x1b[2147483647I\x1b[2147483647Z'],
  ['two thousand million repetitions', 'x\x1b[2147483647b'],
  ['two thousand million columns', '\x1b[2147483647@\x1b[2147483647P\x1b[2147483647X\x1b[2147483647 @'],
])('%s take no time', async (_what, sequence) => {
  const { write } = openTestTerminal();
  const startedAt = performance.now();
  await write(sequence.repeat(5));
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});

test('a million accents on one letter take cells of their own', async () => {
  const xterm = openXterm({ columns: 80, rows: 24, scrollback: 100 });
  xterm.parse(Buffer.from('a' + '\u0301'.repeat(50_000)));
  let longest = 0;
  for (let line = 0; line < xterm.buffer.length; line++)
    for (let column = 0; column < 80; column++)
      longest = Math.max(longest, xterm.buffer.getLine(line)?.getCell(column)?.getChars().length ?? 0);
  expect(longest).toBeLessThanOrEqual(16);
  expect(longest).toBeGreaterThan(8);
  xterm.dispose();
});

test('other work goes on while a flood is parsed', async () => {
  const { terminal, stage } = openTestTerminal();
  const text = Buffer.from('the quick brown fox \x1b[31mjumps\x1b[0m over the lazy dog\r\n'.repeat(40_000));
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  count();
  for (let at = 0; at < text.length; at += 64 * 1024) await terminal.write(text.subarray(at, at + 64 * 1024));
  isOver = true;
  expect(turns).toBeGreaterThan(5);
  expect(stage.frames).toBeGreaterThan(2);
});

test('sequences without an end, and sequences that cost much', async () => {
  const { terminal, stage, write } = openTestTerminal();
  for (const start of ['\x1b]2;', '\x1bP$q', '\x1b[', '\x1b_', '\x1b]52;c;', '\x1b]8;;', '\x1b]4;'])
    await terminal.write(Buffer.concat([Buffer.from(start), Buffer.alloc(megabyte, '1;')]));
  await write('\x18');
  await write('\x1bc'.repeat(3_000));
  await write(
    Array.from({ length: 3_000 }, (_, index) => `\x1b]8;id=${index};http://host/\x07x\x1b]8;;\x07`).join(''),
  );
  await write('\x1b[22;0t'.repeat(10_000));
  expect(stage.ended).toBeUndefined();
  expect(stage.clipboards).toEqual([]);
});

test('noise', async () => {
  const { terminal, stage } = openTestTerminal();
  let state = 1;
  const bytes = Buffer.alloc(megabyte / 4).map(
    () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 24,
  );
  await terminal.write(bytes);
  for (const [width, height] of [
    [100, 50],
    [1_600, 900],
    [816, 464],
  ] as const)
    terminal.resize(width, height);
  await terminal.write(bytes);
  await stage.nextFrame();
  expect(stage.ended).toBeUndefined();
});

test('where xterm fails, only this session ends', async () => {
  const { terminal, stage, write, type, takeSent } = openTestTerminal();
  await write('before');
  const answer = terminal.ask('Name: ', { isSecret: false });
  await Promise.all([write('xterm breaks here'), write('after')]);
  expect(stage.ended).toMatchObject({ reason: { status: 515 } });
  expect(await answer).toBeUndefined();
  type('x');
  expect(takeSent()).toBe('');
});

test('what of xterm is used beside its interface is there', () => {
  const xterm = openXterm({ columns: 80, rows: 24, scrollback: 10 });
  const replies: string[] = [];
  let trimmed = 0;
  xterm.onReply((bytes) => replies.push(bytes.toString('latin1')));
  xterm.onTrim((count) => (trimmed += count));
  xterm.parse(Buffer.from('\x1b[4:3;58;2;1;2;3;1mA\x1b[0m\x1b[?25l\x1b[5 q'));
  const cell = xterm.buffer.getLine(0)?.getCell(0) as xtermModule.StoredCell;
  expect([cell.content, cell.fg >>> 27, cell.bg >>> 28]).toEqual([0x41 | (1 << 22), 3, 1]);
  expect([cell.getUnderlineStyle(), cell.extended.underlineColor & 0xffffff]).toEqual([3, 0x010203]);
  expect([xterm.isCursorHidden, xterm.cursorStyle]).toEqual([true, 'bar']);
  const event = { column: 1, row: 2, x: 0, y: 0, shift: false, alt: false, control: true } as const;
  expect(xterm.reportMouse({ ...event, button: 'left', action: 'press' })).toBe(false);
  xterm.parse(Buffer.from('\x1b[?1000h\x1b[?1006h\x1b[?2026h'));
  expect(xterm.reportMouse({ ...event, button: 'wheel', action: 'wheelDown' })).toBe(true);
  expect(replies).toEqual(['\x1b[<81;2;3M']);
  expect(xterm.modes.synchronizedOutputMode).toBe(true);
  xterm.parse(Buffer.from('\n'.repeat(40)));
  expect(trimmed).toBe(7);
  xterm.dispose();
});
