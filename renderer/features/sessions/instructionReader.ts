import { decodeInstructions } from '../../../shared/guacamole/instruction.ts';
import type { Instruction } from '../../../shared/guacamole/instruction.ts';
import { InstructionScanner } from '../../../shared/guacamole/scanner.ts';

const noBytes = new Uint8Array(0);

function concatenate(front: Uint8Array, back: Uint8Array): Uint8Array {
  const joined = new Uint8Array(front.length + back.length);
  joined.set(front);
  joined.set(back, front.length);
  return joined;
}

/**
 * Reads instructions from bytes that may be cut anywhere, even inside of a character.
 *
 * @returns what to call with each message: the instructions that became whole, or `undefined` once the bytes turned out not to be
 * the Guacamole protocol.
 */
export function createInstructionReader(): (message: Uint8Array) => readonly Instruction[] | undefined {
  const scanner = new InstructionScanner();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let unfinished = noBytes;
  return (message) => {
    const bytes = unfinished.length === 0 ? message : concatenate(unfinished, message);
    const boundary = scanner.scan(bytes, bytes.length);
    if (boundary < 0) return undefined;
    scanner.discard(boundary);
    // A copy, because the caller may use the message's memory again.
    unfinished = bytes.slice(boundary);
    return decodeInstructions(decoder.decode(bytes.subarray(0, boundary)));
  };
}
