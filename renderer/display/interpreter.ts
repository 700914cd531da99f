import { createDrawingInstructions } from './drawingInstructions.ts';
import type { Elements } from './elements.ts';
import { createFrameQueue } from './frames.ts';
import { decodeImage } from './imageDecoding.ts';
import { createImageQueue } from './imageQueue.ts';
import { ImageStreams } from './imageStreams.ts';
import { InstructionParser } from './instructionParser.ts';
import type { Layers } from './layers.ts';
import type { PassedInstruction } from './messages.ts';
import type { Screen } from './screen.ts';

export interface InterpreterListener {
  /** All up to this `sync` is drawn. */
  onSync(timestamp: number): void;
  /** What isn't drawing, of one piece of bytes, in order. */
  onPassed(instructions: readonly PassedInstruction[]): void;
}

/** Takes what a tunnel brings, in pieces cut anywhere. @returns whether it was the protocol; nothing may follow when it wasn't. */
export type Interpreter = (bytes: Uint8Array) => boolean;

/** Of each opcode that begins a stream of somebody else's: which argument is the stream's index. */
const streamIndices: ReadonlyMap<string, number> = new Map([
  ['argv', 0],
  ['audio', 0],
  ['body', 1],
  ['clipboard', 0],
  ['file', 0],
  ['pipe', 0],
]);

/** libguac nests by stream index, of which guacd has 64. */
const largestNestCount = 64;

/** Does what the instructions of a session manager say: draws, and passes on what isn't drawing. */
export function createInterpreter(
  layers: Layers,
  screen: Screen,
  listener: InterpreterListener,
): Interpreter {
  const streams = new ImageStreams();
  const images = createImageQueue(decodeImage);
  const drawReady = () => frames.draw();
  const frames = createFrameQueue((timestamp) => {
    screen.update();
    if (timestamp !== undefined) listener.onSync(timestamp);
  }, drawReady);
  const drawing = createDrawingInstructions(layers, frames, streams, images, screen);
  const parser = new InstructionParser();
  const nested = new Map<number, InstructionParser>();
  let passed: PassedInstruction[] = [];
  let isProtocol = true;

  const pass = (elements: Elements) => {
    passed.push({ opcode: elements.opcode(), args: elements.args() });
  };

  const unnest = (elements: Elements) => {
    const index = elements.integer(0);
    const inner = nested.get(index) ?? new InstructionParser();
    nested.set(index, inner);
    // Its own piece may not nest in itself, nor may there be any number of unfinished ones.
    const isFine = nested.size <= largestNestCount && inner.parse(elements.slice(1), interpret);
    if (!isFine) isProtocol = false;
  };

  const interpret = (elements: Elements) => {
    if (!isProtocol) return;
    const opcode = elements.opcode();
    // Of a layer's properties, only one is about drawing.
    const draw = drawing.get(opcode === 'set' ? `set ${elements.text(1)}` : opcode);
    if (draw) {
      draw(elements);
      return;
    }
    switch (opcode) {
      case 'sync': {
        const timestamp = elements.integer(0);
        frames.end(Number.isFinite(timestamp) ? timestamp : undefined);
        break;
      }
      case 'blob':
        if (!streams.append(elements.integer(0), elements.slice(1))) pass(elements);
        break;
      case 'end':
        if (!streams.end(elements.integer(0))) pass(elements);
        break;
      case 'nest':
        unnest(elements);
        break;
      case 'video':
        // Nobody plays it. Whoever hears of it may say so; the frames themselves are of no use.
        streams.open(elements.integer(0), undefined);
        pass(elements);
        break;
      default: {
        const index = streamIndices.get(opcode);
        if (index !== undefined) streams.forget(elements.integer(index));
        pass(elements);
      }
    }
  };

  return (bytes) => {
    const isWhole = parser.parse(bytes, interpret);
    isProtocol &&= isWhole;
    if (passed.length > 0) listener.onPassed(passed);
    passed = [];
    frames.draw();
    images.relieve();
    return isProtocol;
  };
}
