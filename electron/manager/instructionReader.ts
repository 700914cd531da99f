import { isAscii } from 'node:buffer';
import { InstructionScanner, type InstructionLimits } from '../../shared/guacamole/scanner.ts';

/** A watched instruction, as a view that is good for as long as the call lasts. */
export type InstructionVisitor = (opcode: string, instruction: Uint8Array) => void;

/**
 * Finds whole instructions in bytes that arrive in pieces. Holds no more than one unfinished instruction, which the limits bound.
 */
export class InstructionReader {
  readonly #scanner: InstructionScanner;
  #unfinished: Uint8Array = new Uint8Array(0);

  constructor(watched: readonly string[], limits?: InstructionLimits) {
    this.#scanner = new InstructionScanner({ watched, isAscii, ...(limits && { limits }) });
  }

  /**
   * Takes a piece in.
   *
   * @returns the whole instructions that it completes, as a view that is good for as long as the piece is; `undefined` once the
   *   bytes turned out not to be the protocol, or to go beyond the limits. What was whole before that was visited.
   */
  take(piece: Uint8Array, visit: InstructionVisitor): Uint8Array | undefined {
    const bytes = this.#unfinished.length > 0 ? Buffer.concat([this.#unfinished, piece]) : piece;
    const boundary = this.#scanner.scan(bytes, bytes.length, (opcode, from, to) =>
      visit(opcode, bytes.subarray(from, to)),
    );
    if (boundary < 0) return undefined;
    this.#unfinished = new Uint8Array(bytes.subarray(boundary));
    this.#scanner.discard(boundary);
    return bytes.subarray(0, boundary);
  }
}
