import { createTestStage } from '../../../electron/manager/engines/session/testStage.ts';
import { createTerminal } from '../../../electron/manager/engines/terminal/terminal.ts';
import type { FuzzTarget } from '../target.ts';

const size = { width: 330, height: 200 };
const display = { ...size, dpi: 96 };
/** Frames come at most so far apart. */
const settleMs = 40;
const pieceBytes = 61;

async function draw(input: Uint8Array, piece: number): Promise<Uint8ClampedArray> {
  const stage = createTestStage(size.width, size.height);
  const terminal = createTerminal(stage, { scrollback: '50' }, display);
  let frames = -1;
  const settle = async () => {
    while (frames !== stage.frames) {
      frames = stage.frames;
      await new Promise((resolve) => setTimeout(resolve, settleMs));
    }
  };
  for (let at = 0; at < input.length; at += piece) {
    await terminal.write(input.subarray(at, at + piece));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await settle();
  if (stage.ended) throw new Error(`the terminal gave up: ${stage.ended.reason?.text ?? ''}`);
  terminal.close();
  return stage.pixels;
}

export const terminalTarget: FuzzTarget = {
  name: 'terminal',
  about: 'what programs print, drawn piece by piece and at once: the pixels are to be the same',
  watched: /electron\/manager\/engines\/terminal\/|@xterm\/headless/,
  dictionary: [
    ...[
      '\u001b[2J',
      '\u001b[H',
      '\u001b[5;10r',
      '\u001b[?1049h',
      '\u001b[?1049l',
      '\u001bM',
      '\u001bD',
      '\u001b[3L',
      '\u001b[2M',
    ],
    ...[
      '\u001b[4P',
      '\u001b[3@',
      '\u001b[?25l',
      '\u001b[7m',
      '\u001b[38;2;1;2;3m',
      '\u001b[4:3m',
      '\u001b(0',
      '\u001b#8',
      '\u001b[?5h',
    ],
    ...[
      '\u001b]0;x\u0007',
      '\u001b[?2026h',
      '\u001b[?2026l',
      '漢字',
      'e\u0301',
      '😀',
      '╔═╗',
      '\t',
      '\b',
      '\r\n',
      '\u001b[99999;99999H',
    ],
    Buffer.from([0xc3]),
    Buffer.from([0xff]),
  ],
  seeds: [
    Buffer.from('hello\r\n\u001b[31mred\u001b[0m \u001b[1mbold\u001b[0m\r\n'),
    Buffer.from('\u001b[2J\u001b[3;8r\u001b[8;1Hline\r\nline\r\nline\r\n\u001bM\u001bM'),
    Buffer.from('┌──┐\r\n│漢│\r\n└──┘\r\n'),
  ],
  limitBytes: 8 * 1024,
  async open() {
    return {
      async run(input) {
        const whole = await draw(input, input.length || 1);
        const pieces = await draw(input, pieceBytes);
        const difference = whole.findIndex((value, index) => value !== pieces[index]);
        if (difference < 0) return;
        const pixel = Math.floor(difference / 4);
        throw new Error(`the pictures differ at ${pixel % size.width}, ${Math.floor(pixel / size.width)}`);
      },
      close: async () => undefined,
    };
  },
};
