import { createTestStage } from '../../../electron/manager/engines/session/testStage.ts';
import { createTerminal } from '../../../electron/manager/engines/terminal/terminal.ts';
import type { FuzzTarget } from '../target.ts';

const size = { width: 330, height: 200 };
const display = { ...size, dpi: 96 };
/** With a frame after each: enough to see most of what an input does. */
const mostPieces = 12;
/** In so many turns of the event loop without a frame, none comes any more. */
const quietTurns = 6;
const longestFrameWaitMs = 50;

/** Frames follow one another without the pause that eyes need: waiting for them would be all that this target does. */
function hurryFrames(): () => void {
  const patient = globalThis.setTimeout;
  const hurried = (callback: () => void, delayMs = 0) =>
    patient(callback, delayMs <= longestFrameWaitMs ? 0 : delayMs);
  globalThis.setTimeout = Object.assign(hurried, patient) as typeof setTimeout;
  return () => void (globalThis.setTimeout = patient);
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

async function draw(input: Uint8Array, piece: number): Promise<Uint8ClampedArray> {
  const stage = createTestStage(size.width, size.height);
  const terminal = createTerminal(stage, { scrollback: '50' }, display);
  for (let at = 0; at < input.length; at += piece) {
    await terminal.write(input.subarray(at, at + piece));
    await turn();
  }
  // A frame that is held back until it is complete (mode 2026) is complete now; CAN ends whatever sequence was begun.
  await terminal.write(Buffer.from('\u0018\u001b[?2026l'));
  for (let frames = -1; frames !== stage.frames;) {
    frames = stage.frames;
    for (let count = 0; count < quietTurns; count += 1) await turn();
  }
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
    Buffer.from(Array.from({ length: 24 }, (_, line) => `line ${line} of a page\r\n`).join('')),
    Buffer.from(`\u001b[3;7r${'one\r\ntwo\r\nthree of them\r\n'.repeat(6)}\u001b[2L\u001b[1M\u001bM`),
    Buffer.from(
      ['', '31', '7', '44', '1;4:3', '9'].map((style) => `\u001b[H\u001b[0;${style}msame`).join(''),
    ),
    Buffer.from('┌──┐\r\n│漢│\r\n└──┘\r\n'),
  ],
  limitBytes: 8 * 1024,
  async open() {
    const restore = hurryFrames();
    return {
      async run(input) {
        const [whole, pieces] = await Promise.all([
          draw(input, input.length || 1),
          draw(input, Math.ceil(input.length / mostPieces) || 1),
        ]);
        const difference = whole.findIndex((value, index) => value !== pieces[index]);
        if (difference < 0) return;
        const pixel = Math.floor(difference / 4);
        throw new Error(`the pictures differ at ${pixel % size.width}, ${Math.floor(pixel / size.width)}`);
      },
      close: async () => restore(),
    };
  },
};
