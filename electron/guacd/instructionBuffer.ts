import { isAscii } from 'node:buffer';
import { InstructionScanner } from '../../shared/guacamole/scanner.ts';

/** What one session holds while nothing is held back: what a relay lends out and what a socket may bring meanwhile. */
const capacityBytes = 144 * 1024;
/** Instructions leave in pieces of at most this, however many have gathered. */
const pieceBytes = 128 * 1024;

/** A watched instruction, as a view of the buffer: to be read at once. `end` counts from the front of the held bytes. */
export type WatchedInstruction = (opcode: string, instruction: Uint8Array, end: number) => void;

/**
 * The bytes of one channel on their way from the socket to whoever takes them at instruction boundaries. The same memory is
 * used over and over; it grows only where the taker lets bytes gather.
 */
export class InstructionBuffer {
  readonly #watched: readonly string[];
  #scanner: InstructionScanner;
  /** Where the last stretch ends that isn't all ASCII, as far as scanned. */
  #otherEnd = 0;
  #scannedEnd = 0;
  #bytes = Buffer.allocUnsafeSlow(capacityBytes);
  /** Held are the bytes from `#start` to `#end`; up to `#boundary` they are known to be whole instructions. */
  #start = 0;
  #boundary = 0;
  #end = 0;

  /** @param watched opcodes that `scan` tells of. */
  constructor(watched: readonly string[]) {
    this.#watched = watched;
    this.#scanner = this.#createScanner();
  }

  /** Bytes held, whole instructions or not. */
  get size(): number {
    return this.#end - this.#start;
  }

  /** Takes in what the socket brought; copies it. */
  append(bytes: Uint8Array): void {
    let capacity = this.#bytes.length;
    while (capacity - this.#end < bytes.length) capacity *= 2;
    // What is held may be lent out: it is copied to a larger place, never moved within this one.
    if (capacity > this.#bytes.length) this.#moveTo(capacity);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /**
   * Looks at what came in since the last call, one piece at most.
   *
   * @returns the whole instructions at the front as a view, or `undefined` where the bytes aren't the protocol. The view
   *   stays untouched until they are consumed.
   */
  scan(visit?: WatchedInstruction): Uint8Array | undefined {
    const bytes = this.#bytes;
    const end = Math.min(this.#end, this.#boundary + pieceBytes);
    this.#scannedEnd = end;
    const boundary = this.#scanner.scan(bytes, end, (opcode, from, to) =>
      visit?.(opcode, bytes.subarray(from, to), to - this.#start),
    );
    if (boundary < 0) return undefined;
    this.#boundary = boundary;
    return bytes.subarray(this.#start, boundary);
  }

  /** Whether what `scan` last returned is all ASCII for sure: it need not be looked through once more. */
  get isAscii(): boolean {
    return this.#otherEnd <= this.#start;
  }

  /** A view of the first `count` bytes. */
  front(count: number): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#start + count);
  }

  /** Drops `count` bytes from the front, which have to be whole instructions. */
  consume(count: number): void {
    this.#start += count;
    // Moving no more than was dropped keeps the cost of many small steps linear.
    if (this.size > this.#start) return;
    if (this.#bytes.length > capacityBytes && this.size <= capacityBytes / 2) this.#moveTo(capacityBytes);
    else this.#settle(this.#bytes);
  }

  /** Makes `scan` begin again at the front, for the next taker. */
  rewind(): void {
    this.#settle(this.#bytes);
    this.#scanner = this.#createScanner();
    this.#boundary = 0;
  }

  /** Its scanners look at every byte with `isAscii` first, so what they hear is remembered. */
  #createScanner(): InstructionScanner {
    return new InstructionScanner({
      watched: this.#watched,
      isAscii: (bytes) => {
        const isAllAscii = isAscii(bytes);
        if (!isAllAscii) this.#otherEnd = this.#scannedEnd;
        return isAllAscii;
      },
    });
  }

  #moveTo(capacity: number): void {
    this.#settle(Buffer.allocUnsafeSlow(capacity));
  }

  /** Brings what is held to the front of `target`. */
  #settle(target: Buffer<ArrayBuffer>): void {
    const dropped = this.#start;
    if (target !== this.#bytes || this.size > 0) this.#bytes.copy(target, 0, dropped, this.#end);
    this.#bytes = target;
    this.#scanner.discard(dropped);
    this.#start = 0;
    this.#boundary -= dropped;
    this.#end -= dropped;
    this.#otherEnd = Math.max(0, this.#otherEnd - dropped);
  }
}
