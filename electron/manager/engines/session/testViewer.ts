import { createCanvas, loadImage } from '@napi-rs/canvas';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../../../shared/guacamole/instruction.ts';
import type { EngineConnection } from '../../engine.ts';
import { clip } from './rectangle.ts';

/** A client of a test: it draws what it hears, as guacamole-common-js does. */
export interface TestViewer {
  readonly connection: EngineConnection;
  readonly heard: readonly Instruction[];
  readonly heardBytes: number;
  readonly hasEnded: boolean;
  /** Acknowledges frames by itself; while false it keeps what it would have said. */
  setAcknowledging(isAcknowledging: boolean): void;
  send(...instructions: Instruction[]): void;
  /** The first instruction of this opcode, come or to come. */
  until(opcode: string): Promise<Instruction>;
  all(opcode: string): readonly Instruction[];
  /** The text of the stream that an instruction began. */
  streamOf(begin: Instruction): Buffer;
  /** Forgets what it heard, but not what it drew. */
  forget(): Promise<void>;
  /** RGBA, as all that was heard has drawn it; throws where something of it can't be drawn. */
  draw(): Promise<{ readonly width: number; readonly height: number; readonly pixels: Uint8ClampedArray }>;
}

export function watch(connection: EngineConnection): TestViewer {
  let heard: Instruction[] = [];
  let heardBytes = 0;
  let hasEnded = false;
  let isAcknowledging = true;
  const unanswered: Instruction[] = [];
  let canvas = createCanvas(1, 1);
  let drawn = 0;
  const wakeUps = new Set<() => void>();
  const wake = () => {
    for (const wakeUp of wakeUps) wakeUp();
  };

  const viewer: TestViewer = {
    connection,
    get heard() {
      return heard;
    },
    get heardBytes() {
      return heardBytes;
    },
    get hasEnded() {
      return hasEnded;
    },
    setAcknowledging(next) {
      isAcknowledging = next;
      if (isAcknowledging) viewer.send(...unanswered.splice(0));
    },
    send: (...instructions) =>
      void (
        instructions.length > 0 && connection.send(Buffer.from(instructions.map(encodeInstruction).join('')))
      ),
    async until(opcode) {
      for (;;) {
        const found = heard.find(([name]) => name === opcode);
        if (found) return found;
        await new Promise<void>((resolve) => {
          const wakeUp = () => {
            wakeUps.delete(wakeUp);
            resolve();
          };
          wakeUps.add(wakeUp);
        });
      }
    },
    all: (opcode) => heard.filter(([name]) => name === opcode),
    streamOf(begin) {
      const at = heard.indexOf(begin);
      // Of `body` and `put`, the object stands in front of it.
      const index = begin[begin[0] === 'body' ? 2 : 1];
      const pieces: Buffer[] = [];
      for (const [opcode, stream, data = ''] of heard.slice(at + 1)) {
        if (stream !== index) continue;
        if (opcode === 'end') break;
        if (opcode === 'blob') pieces.push(Buffer.from(data, 'base64'));
      }
      return Buffer.concat(pieces);
    },
    async forget() {
      await viewer.draw();
      heard = [];
      drawn = 0;
    },
    async draw() {
      for (; drawn < heard.length; drawn++) {
        const instruction = heard[drawn];
        if (instruction) await drawOne(instruction);
      }
      const { width, height } = canvas;
      return { width, height, pixels: canvas.getContext('2d').getImageData(0, 0, width, height).data };
    },
  };

  async function drawOne(instruction: Instruction) {
    const [opcode, ...args] = instruction;
    const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = args.map(Number);
    const context = canvas.getContext('2d');
    if (opcode === 'size' && args[0] === '0') {
      const resized = createCanvas(second, third);
      resized.getContext('2d').drawImage(canvas, 0, 0);
      canvas = resized;
    } else if (opcode === 'img' && args[2] === '0') {
      context.drawImage(await loadImage(viewer.streamOf(instruction)), fifth, Number(args[5]));
    } else if (opcode === 'rect') {
      const [next, , , red, green, blue] = heard[drawn + 1] ?? [''];
      if (next !== 'cfill' || args[0] !== '0') throw new Error('a rectangle without its colour');
      context.fillStyle = `rgb(${red},${green},${blue})`;
      context.fillRect(second, third, fourth, fifth);
    } else if (opcode === 'copy') {
      const area = { x: second, y: third, width: fourth, height: fifth };
      const target = { ...area, x: Number(args[7]), y: Number(args[8]) };
      const { width, height } = canvas;
      for (const rectangle of [area, target]) {
        if (JSON.stringify(clip(rectangle, width, height)) !== JSON.stringify(rectangle) || first !== 0)
          throw new Error('a move beyond the picture');
      }
      context.putImageData(context.getImageData(area.x, area.y, area.width, area.height), target.x, target.y);
    }
  }

  connection.listen({
    onBytes(bytes) {
      heardBytes += bytes.length;
      const instructions = decodeInstructions(Buffer.from(bytes).toString());
      if (!instructions) throw new Error('not whole instructions');
      heard.push(...instructions);
      unanswered.push(...instructions.filter(([opcode]) => opcode === 'sync'));
      if (isAcknowledging) viewer.send(...unanswered.splice(0));
      wake();
    },
    onEnd() {
      hasEnded = true;
      wake();
    },
  });
  return viewer;
}
