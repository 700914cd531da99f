import { describe, expect, test, vi } from 'vitest';
import { createTestStage } from '../session/testStage.ts';
import { createTerminal } from './terminal.ts';
import { keys, openTestTerminal } from './testTerminal.ts';

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}\r\n`).join('');

describe('opening', () => {
  test('the stage is filled at once, and told what there is', () => {
    const { stage, sizes, terminal } = openTestTerminal({ 'color-scheme': 'black-white', 'font-size': '12' });
    expect(stage.frames).toBe(1);
    expect([stage.colorAt(0, 0), stage.colorAt(815, 463)]).toEqual(['#ffffff', '#ffffff']);
    expect(Object.fromEntries(stage.told)).toEqual({ 'font-size': '12', 'color-scheme': 'black-white' });
    expect(stage.cursor).toMatchObject({ kind: 'picture' });
    expect(sizes).toEqual([{ columns: 80, rows: 24, width: 800, height: 456 }]);
    expect(terminal.size).toEqual(sizes[0]);
  });

  test('nothing is drawn while nothing happens, nor after the end', async () => {
    const { stage, terminal, write, sizes, type, takeSent } = openTestTerminal();
    await write('hello');
    await stage.nextFrame();
    const { frames } = stage;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(stage.frames).toBe(frames);
    terminal.close();
    stage.damages.splice(0);
    terminal.resize(300, 300);
    type('x');
    terminal.mouse(1, 1, 1);
    await write('late');
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect([stage.frames, stage.width, stage.damages, sizes.length, takeSent()]).toEqual([
      frames,
      816,
      [],
      1,
      '',
    ]);
    expect(terminal.argument('font-size', '20')).toBe(false);
  });
});

describe('size and looks', () => {
  test('another size: text is wrapped anew, the stage has it exactly, and the shell is told', async () => {
    const { stage, terminal, sizes, write } = openTestTerminal();
    await write(`${'x'.repeat(60)}\r\n`);
    terminal.resize(421, 203);
    expect([stage.width, stage.height]).toEqual([421, 203]);
    expect(sizes.at(-1)).toEqual({ columns: 40, rows: 10, width: 400, height: 190 });
    await stage.until(() => stage.colorAt(4, 4 + 2 * 19) === '#999999');
    expect(stage.colorAt(420, 202)).toBe('#000000');
    terminal.resize(421, 203);
    expect(sizes).toHaveLength(2);
  });

  test('a picture without room for a single cell', async () => {
    const { stage, terminal, sizes, write } = openTestTerminal();
    for (const [width, height] of [
      [1, 1],
      [9, 300],
      [300, 9],
    ] as const) {
      terminal.resize(width, height);
      await write('text 漢字\r\n');
      await stage.nextFrame();
      expect(stage.pixels).toHaveLength(width * height * 4);
    }
    expect(sizes.at(1)).toMatchObject({ columns: 2, rows: 1 });
  });

  test('letters of another size while it runs', () => {
    const { stage, terminal, sizes } = openTestTerminal();
    expect(terminal.argument('font-size', '24')).toBe(true);
    expect(sizes.at(-1)).toMatchObject({ columns: 42, rows: 12 });
    expect(stage.told.get('font-size')).toBe('24');
    for (const size of ['', '0', '-1', '1e9', '200', 'big'])
      expect(terminal.argument('font-size', size)).toBe(false);
    expect(terminal.argument('hostname', 'x')).toBe(false);
    expect(stage.told.get('font-size')).toBe('24');
  });

  test('letters have the size that they have on paper, whatever the screen', () => {
    const display = { width: 1632, height: 928, dpi: 192 };
    const terminal = createTerminal(createTestStage(display.width, display.height), {}, display);
    expect(terminal.size).toMatchObject({ columns: 84, rows: 24 });
    terminal.close();
  });

  test('another colour scheme while it runs', async () => {
    const { stage, terminal, write, backgroundAt } = openTestTerminal();
    await write('\x1b[41m \x1b[0m\x1b[?25l');
    expect(terminal.argument('color-scheme', 'background: #102030; color1: #ff0000')).toBe(true);
    await stage.until(() => stage.colorAt(815, 463) === '#102030');
    expect([backgroundAt(0, 0), backgroundAt(1, 0)]).toEqual(['#ff0000', '#102030']);
    expect(terminal.argument('color-scheme', 'no scheme')).toBe(false);
  });

  test('the host changes colours, asks for them, and puts them back', async () => {
    const { stage, write, takeSent, backgroundAt } = openTestTerminal();
    await write('\x1b]4;1;#00ff00;2;?\x07\x1b]11;rgb:11/22/33\x07\x1b]10;?;?\x1b\\\x1b[41m \x1b[?25l');
    expect(takeSent()).toBe(
      '\x1b]4;2;rgb:3e3e/9999/3e3e\x1b\\\x1b]10;rgb:9999/9999/9999\x1b\\\x1b]11;rgb:1111/2222/3333\x1b\\',
    );
    await stage.until(() => stage.colorAt(0, 0) === '#112233');
    expect(backgroundAt(0, 0)).toBe('#00ff00');
    await write('\x1b]104\x07\x1b]111\x07');
    await stage.until(() => stage.colorAt(0, 0) === '#000000');
    expect(backgroundAt(0, 0)).toBe('#993e3e');
  });

  test('a picture that the application holds back is drawn when it is complete, or after a while', async () => {
    const { stage, write, backgroundAt } = openTestTerminal();
    await write('\x1b[?25l\x1b[?2026h\x1b[41m ');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(backgroundAt(0, 0)).not.toBe('#993e3e');
    await write('\x1b[?2026l');
    await stage.until(() => backgroundAt(0, 0) === '#993e3e');
    await write('\x1b[?2026h\x1b[42m ');
    await stage.until(() => backgroundAt(1, 0) === '#3e993e');
  });

  test('while users lag behind, frames are left out', async () => {
    const { stage, write } = openTestTerminal();
    stage.setTaken(false);
    for (let count = 0; count < 5; count++) {
      await write(lines(30));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(stage.frames).toBe(1);
    stage.setTaken(true);
    await stage.nextFrame();
    expect(stage.frames).toBe(2);
  });
});

describe('typing', () => {
  test('keys go to the shell as the application wants them', async () => {
    const { press, type, takeSent, write } = openTestTerminal({ backspace: '8' });
    type('ls 漢\r');
    press(keys.enter);
    press(keys.backspace);
    press(keys.up);
    press(0x63, keys.control);
    expect(takeSent()).toBe(`ls ${Buffer.from('漢').toString('latin1')}\r\b\x1b[A\x03`);
    await write('\x1b[?1h\x1b=');
    press(keys.up);
    press(0xffb1);
    expect(takeSent()).toBe('\x1bOA\x1bOq');
  });

  test('answers to what the host asks go to the shell', async () => {
    const { write, takeSent } = openTestTerminal();
    await write('ab\x1b[c\x1b[6n\x1bP$qr\x1b\\\x1b[18t');
    expect(takeSent()).toBe('\x1b[?1;2c\x1b[1;3R\x1bP1$r1;24r\x1b\\\x1b[8;24;80t');
  });

  test('a paste comes in order, without what could do harm, in brackets where the application asks for them', async () => {
    const { terminal, press, takeSent, write, mouse } = openTestTerminal();
    terminal.clipboard('one\r\ntwo\nthree\x1b[201~\x9b\x03\x00\tfour');
    const plain = 'one\rtwo\rthree[201~\tfour';
    press(keys.insert, keys.shift);
    expect(takeSent()).toBe(plain);
    await write('\x1b[?2004h');
    press(0x56, keys.control, keys.shift);
    mouse(3, 3, 2);
    expect(takeSent()).toBe(`\x1b[200~${plain}\x1b[201~`.repeat(2));
  });

  test('a paste is bounded', () => {
    const { terminal, press, takeSent } = openTestTerminal();
    terminal.clipboard('x'.repeat(1_000_000));
    press(keys.insert, keys.shift);
    expect(takeSent()).toBe('x'.repeat(256 * 1024));
  });

  test('pasting, copying, all input may be forbidden', async () => {
    const paste = openTestTerminal({ 'disable-paste': 'true' });
    paste.terminal.clipboard('secret');
    paste.press(keys.insert, keys.shift);
    expect(paste.takeSent()).toBe('');

    const copy = openTestTerminal({ 'disable-copy': 'true' });
    await copy.write('text\x1b]52;c;dGV4dA==\x07\x1b]2;title\x07');
    copy.mouse(0, 0, 1, 0);
    copy.mouse(4, 0, 1, 0);
    copy.mouse(4, 0, 0, 0);
    copy.press(0x43, keys.control, keys.shift);
    await copy.stage.until(() => copy.stage.names.length > 0);
    expect(copy.stage.clipboards).toEqual([]);

    const watch = openTestTerminal({ 'read-only': 'true' });
    watch.terminal.clipboard('text');
    await watch.write('\x1b[?1003h\x1b[?1006h');
    watch.type('x');
    watch.press(keys.insert, keys.shift);
    watch.mouse(3, 3, 2);
    watch.mouse(3, 3, 8);
    expect(watch.takeSent()).toBe('');
  });
});

describe('what the host tells', () => {
  test('its title: without control characters, bounded, kept and restored', async () => {
    const { stage, write } = openTestTerminal();
    await write('\x1b]0;shell\x07\x1b[22;0t\x1b]2;vim\x01 \x1b\\');
    await stage.until(() => stage.names.length === 1);
    await write('\x1b[23;0t');
    await stage.until(() => stage.names.length === 2);
    await write(`\x1b]2;${'x'.repeat(5_000)}\x07`);
    await stage.until(() => stage.names.length === 3);
    expect(stage.names).toEqual(['vim', 'shell', 'x'.repeat(256)]);
  });

  test('a text for the clipboard, which it can not read', async () => {
    const { stage, write, takeSent } = openTestTerminal();
    await write(`\x1b]52;c;${Buffer.from('größer').toString('base64')}\x07\x1b]52;c;?\x07`);
    await stage.until(() => stage.clipboards.length > 0);
    expect(stage.clipboards).toEqual(['größer']);
    expect(takeSent()).toBe('');
  });

  test('only the latest of them', async () => {
    const { stage, write } = openTestTerminal();
    await write(Array.from({ length: 2_000 }, (_, index) => `\x1b]2;title ${index}\x07`).join(''));
    await stage.until(() => stage.names.at(-1) === 'title 1999');
    expect(stage.names.length).toBeLessThan(50);
  });
});

describe('scrolling back', () => {
  test('by wheel and keys, with a scrollbar; typing returns', async () => {
    const { stage, write, press, mouse, type, takeSent } = openTestTerminal();
    const bar = (y: number) => stage.colorAt(812, y);
    await write(lines(100));
    await stage.nextFrame();
    expect(bar(440)).toBe('#000000');
    press(keys.pageUp, keys.shift);
    await stage.until(() => bar(330) !== '#000000');
    for (let count = 0; count < 20; count++) {
      mouse(1, 1, 8);
      mouse(1, 1, 0);
    }
    await stage.until(() => bar(10) !== '#000000');
    expect(takeSent()).toBe('');
    type('x');
    await stage.until(() => bar(10) === '#000000');
    expect(takeSent()).toBe('x');
  });

  test('what one looks at stays while the host goes on', async () => {
    const { stage, write, press } = openTestTerminal();
    await write(`${lines(60)}\x1b[?25l`);
    press(keys.pageUp, keys.shift);
    await stage.nextFrame();
    // Without the scrollbar.
    const picture = () =>
      Array.from({ length: 300 }, (_, y) => Buffer.from(stage.pixels.slice(y * 3_264, y * 3_264 + 3_200)));
    const before = picture();
    await write(lines(20));
    await stage.nextFrame();
    expect(picture()).toEqual(before);
  });

  test('by the scrollbar', async () => {
    const { stage, write, terminal, press } = openTestTerminal();
    await write(`${lines(200)}\x1b[?25l`);
    press(keys.pageUp, keys.shift);
    await stage.nextFrame();
    terminal.mouse(812, 400, 1);
    terminal.mouse(812, -50, 1);
    await stage.until(() => stage.colorAt(812, 4) !== '#000000');
    terminal.mouse(812, 10_000, 1);
    terminal.mouse(812, 10_000, 0);
    await stage.nextFrame();
    expect([4, 200, 455].map((y) => stage.colorAt(812, y))).toEqual(['#000000', '#000000', '#000000']);
  });

  test('the wheel is arrow keys where there is nothing to scroll', async () => {
    const { write, mouse, takeSent } = openTestTerminal();
    await write('\x1b[?1049h\x1b[?1h');
    mouse(1, 1, 8);
    mouse(1, 1, 0);
    mouse(1, 1, 16);
    expect(takeSent()).toBe('\x1bOA'.repeat(3) + '\x1bOB'.repeat(3));
  });

  test('as many lines as it is told to keep', async () => {
    const { stage, write, press } = openTestTerminal({ scrollback: '0' });
    await write(lines(100));
    press(keys.pageUp, keys.shift);
    await vi.waitFor(() => expect(stage.frames).toBeGreaterThan(1));
    expect(stage.colorAt(812, 4)).toBe('#000000');
  });
});

describe('selecting', () => {
  function drag(
    terminal: ReturnType<typeof openTestTerminal>,
    ...places: readonly (readonly [number, number])[]
  ) {
    for (const [column, row] of places) terminal.mouse(column, row, 1, 0);
    const [column, row] = places.at(-1) ?? [0, 0];
    terminal.mouse(column, row, 0, 0);
  }

  test('by letters, across lines that the terminal has wrapped', async () => {
    const terminal = openTestTerminal();
    await terminal.write(`first line   \r\n${'x'.repeat(80)}yy\r\nwide 漢字 end`);
    drag(terminal, [6, 0], [2, 2]);
    drag(terminal, [6, 3], [6, 3], [8, 3]);
    expect(terminal.stage.clipboards).toEqual([`line\n${'x'.repeat(80)}yy`, '漢字']);
    await terminal.stage.until(() => terminal.backgroundAt(5, 3) === '#003366');
    terminal.type('x');
    await terminal.stage.until(() => terminal.backgroundAt(5, 3) === '#000000');
  });

  test('by words and by lines', async () => {
    const terminal = openTestTerminal();
    await terminal.write('some (words) here\r\nnext line');
    const click = () => {
      terminal.mouse(7, 0, 1);
      terminal.mouse(7, 0, 0);
    };
    click();
    expect(terminal.stage.clipboards).toEqual([]);
    click();
    click();
    expect(terminal.stage.clipboards).toEqual(['words', 'some (words) here']);
  });

  test('words one after the other', async () => {
    const terminal = openTestTerminal();
    await terminal.write('some words and more');
    terminal.mouse(6, 0, 1);
    terminal.mouse(6, 0, 0);
    drag(terminal, [6, 0], [12, 0]);
    expect(terminal.stage.clipboards).toEqual(['words and']);
  });

  test('goes on above the screen, while the mouse stays there', async () => {
    const { terminal, stage, write, mouse } = openTestTerminal();
    await write(lines(100));
    mouse(3, 20, 1, 0);
    terminal.mouse(10, -20, 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    terminal.mouse(10, -20, 0);
    const [copied = ''] = stage.clipboards;
    const [first = ''] = copied.split('\n');
    expect(Number(/\d+$/.exec(first)?.[0])).toBeLessThan(77);
    expect(copied.split('\n').at(-1)).toBe('lin');
  });

  test('stays on its text when older lines go', async () => {
    const terminal = openTestTerminal({ scrollback: '10' });
    await terminal.write(lines(40));
    terminal.mouse(0, 20, 1, 0);
    terminal.mouse(7, 20, 1, 0);
    terminal.mouse(7, 20, 0, 0);
    await terminal.write(lines(5));
    terminal.press(0x43, keys.control, keys.shift);
    expect(terminal.stage.clipboards).toEqual(['line 38', 'line 38']);
  });

  test('the mouse is the application’s where it asks for it, but with Shift', async () => {
    const terminal = openTestTerminal();
    await terminal.write('text\x1b[?1002h\x1b[?1006h');
    drag(terminal, [2, 3], [5, 6]);
    terminal.mouse(1, 1, 8);
    terminal.mouse(1, 1, 0);
    expect(terminal.takeSent()).toBe('\x1b[<0;3;4M\x1b[<32;6;7M\x1b[<0;6;7m\x1b[<64;2;2M');
    terminal.terminal.key(keys.shift, true);
    drag(terminal, [0, 0], [4, 0]);
    terminal.terminal.key(keys.shift, false);
    expect(terminal.takeSent()).toBe('');
    expect(terminal.stage.clipboards).toEqual(['text']);
    await terminal.write('\x1b[?1006l\x1b[?1002l\x1b[?1000h');
    terminal.mouse(2, 3, 4);
    terminal.mouse(5, 3, 4);
    terminal.mouse(5, 3, 0);
    expect(terminal.takeSent()).toBe('\x1b[M"#$\x1b[M#&$');
    await terminal.write('\x1b[?1003h\x1b[?1006h');
    terminal.mouse(6, 3, 0);
    expect(terminal.takeSent()).toBe('\x1b[<35;7;4M');
  });
});

describe('our own words', () => {
  test('stand on lines of their own, whatever the host was about to say', async () => {
    const terminal = openTestTerminal();
    await terminal.write('host\x1b]2;a title without an end');
    terminal.terminal.say('The host\x1b[2J has gone.');
    await terminal.write('next');
    terminal.mouse(0, 0, 1, 0);
    terminal.mouse(4, 2, 1, 0);
    terminal.mouse(4, 2, 0, 0);
    expect(terminal.stage.clipboards).toEqual(['host\nThe host[2J has gone.\nnext']);
  });

  test('a question is answered by a line, which can be edited', async () => {
    const { terminal, type, press, takeSent } = openTestTerminal();
    const answer = terminal.ask('Name: ', { isSecret: false });
    await turn();
    type('wrong');
    press(0x75, keys.control);
    type('adx');
    press(keys.backspace);
    press(keys.up);
    terminal.clipboard('a 漢');
    press(keys.insert, keys.shift);
    press(keys.enter);
    expect(await answer).toBe('ada 漢');
    expect(takeSent()).toBe('');
    type('x');
    expect(takeSent()).toBe('x');
  });

  test('secrets are not shown', async () => {
    const terminal = openTestTerminal();
    const answer = terminal.terminal.ask('Password: ', { isSecret: true });
    await turn();
    terminal.type('secret');
    terminal.press(keys.enter);
    expect(await answer).toBe('secret');
    await terminal.write('-');
    for (const click of [1, 0, 1, 0, 1, 0]) terminal.mouse(1, 0, click);
    expect(terminal.stage.clipboards.at(-1)).toBe('Password:');
  });

  test('questions come one after the other, and can be given up', async () => {
    const { terminal, press, type } = openTestTerminal();
    const answers = ['One: ', 'Two: ', 'Three: ', 'Four: '].map((question) =>
      terminal.ask(question, { isSecret: false }),
    );
    await turn();
    press(0x63, keys.control);
    await turn();
    press(0x64, keys.control);
    await turn();
    type('text');
    press(0x64, keys.control);
    press(keys.enter);
    await turn();
    terminal.close();
    expect(await Promise.all(answers)).toEqual([undefined, undefined, 'text', undefined]);
    expect(await terminal.ask('Late: ', { isSecret: false })).toBeUndefined();
  });
});
