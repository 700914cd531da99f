import { isClientInstruction } from '../../shared/guacamole/clientInstruction.ts';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../shared/guacamole/instruction.ts';

/** guacd drops a user who sends more; a client has no reason to. */
const elementLimit = 8192;
const messageLimitBytes = 64 * 1024;

/** What of a client's message concerns us; everything else of it is for the session manager. */
export interface ClientInput {
  /** The client wants to go. */
  readonly isLeaving: boolean;
  /** The time stamp of the latest `sync` that it has drawn. */
  readonly acknowledged: number | undefined;
}

const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads what one client sends, and remembers what it holds down. */
export class InputReader {
  readonly #keys = new Set<string>();
  #mouse: { readonly x: string; readonly y: string } | undefined;

  /** Reads a message; `undefined` where it isn't whole instructions that a client may send. Then nothing of it counts. */
  read(bytes: Uint8Array): ClientInput | undefined {
    const text = bytes.length <= messageLimitBytes ? decodeText(bytes) : undefined;
    const instructions = text === undefined ? undefined : decodeInstructions(text);
    if (!instructions?.every(isAcceptable)) return undefined;
    let acknowledged: number | undefined;
    let isLeaving = false;
    for (const [opcode, first = '', second = '', third] of instructions) {
      if (opcode === 'sync') acknowledged = Number(first);
      else if (opcode === 'disconnect') isLeaving = true;
      else if (opcode === 'mouse') this.#mouse = third === '0' ? undefined : { x: first, y: second };
      else if (opcode === 'key' && second === '1') this.#keys.add(first);
      else if (opcode === 'key') this.#keys.delete(first);
    }
    return { isLeaving, acknowledged };
  }

  /** What lets go of all keys and buttons that are down; a client that is gone can't any more. */
  release(): string {
    const releases: Instruction[] = [...this.#keys].map((keysym) => ['key', keysym, '0']);
    if (this.#mouse) releases.push(['mouse', this.#mouse.x, this.#mouse.y, '0']);
    this.#keys.clear();
    this.#mouse = undefined;
    return releases.map(encodeInstruction).join('');
  }
}

const isAcceptable = (instruction: Instruction) =>
  isClientInstruction(instruction) && instruction.every((element) => element.length <= elementLimit);

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return textDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}
