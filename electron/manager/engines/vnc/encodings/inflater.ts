import { constants, createInflate, type Inflate } from 'node:zlib';
import { ByteReader } from '../byteReader.ts';
import { outOfProtocol } from '../hostFault.ts';
import type { Pace } from '../pace.ts';

/**
 * What an inflating stream of Node works through. It is no public interface, but the only way to inflate a stream that goes on
 * from rectangle to rectangle at once: measured for 16 KB of pixels, 8 µs, where the stream's own `write` takes 80 µs in another
 * thread and back, and `inflateRawSync` with the last 32 KB as dictionary 31 µs (and wants each piece to end with a byte).
 * npm itself inflates packages in the same way.
 */
interface InflateHandle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
  onerror: (message: string) => void;
}

interface InflateInside {
  readonly _handle: InflateHandle;
  /** After a write: how much room of the output, and how much of the input is left. */
  readonly _writeState: Uint32Array;
}

const outputBytes = 65_536;
/** Tight and ZRLE end each rectangle with a few bytes that inflate to nothing. */
const longestSurplusBytes = 65_536;
const nothing = new Uint8Array(0);

/** One of the zlib streams of a connection (RFC 1950): it begins with the connection, and each rectangle continues it. */
export class Inflater {
  /** What comes out. */
  readonly reader = new ByteReader(() => this.#pull());
  readonly #pace: Pace;
  /** Made at the first use: most streams of a connection see none. */
  #output: Uint8Array = nothing;
  #stream: Inflate | undefined;
  #source: ByteReader | undefined;
  #input: Uint8Array = nothing;
  /** Bytes of the rectangle that weren't taken from the source. */
  #left = 0;
  #problem: string | undefined;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** The next `length` bytes of the source go in. */
  begin(source: ByteReader, length: number): void {
    this.#source = source;
    this.#left = length;
    this.#input = nothing;
  }

  /** The rectangle is complete: takes in the rest of its bytes. */
  async finish(): Promise<void> {
    let surplus = this.reader.available;
    this.reader.take(surplus);
    while (this.#left > 0 || this.#input.length > 0) {
      surplus += this.#step().length;
      if (surplus > longestSurplusBytes) throw outOfProtocol('sent more pixels than a rectangle has');
      if (this.#input.length === 0 && this.#left > 0) await this.#feed();
    }
  }

  /** Begins anew, with another zlib header. Frees what lies outside of JavaScript, so it ends a stream as well. */
  reset(): void {
    this.#stream?.destroy();
    this.#stream = undefined;
  }

  async #pull(): Promise<Uint8Array> {
    for (;;) {
      if (this.#input.length === 0 && this.#left > 0) await this.#feed();
      const output = this.#step();
      if (this.#pace.spend(output.length)) await this.#pace.rest();
      if (output.length > 0) return output;
      if (this.#input.length === 0 && this.#left === 0)
        throw outOfProtocol('sent fewer pixels than a rectangle has');
    }
  }

  async #feed(): Promise<void> {
    const source = this.#source;
    if (!source) return;
    if (source.available === 0) await source.fill(1);
    const count = Math.min(source.available, this.#left);
    const at = source.take(count);
    this.#input = source.bytes.subarray(at, at + count);
    this.#left -= count;
  }

  #step(): Uint8Array {
    this.#stream ??= this.#open();
    const { _handle: handle, _writeState: state } = this.#stream as unknown as InflateInside;
    const input = this.#input;
    handle.writeSync(constants.Z_SYNC_FLUSH, input, 0, input.length, this.#output, 0, outputBytes);
    if (this.#problem !== undefined) throw outOfProtocol('sent pixels that cannot be decompressed');
    const [room = outputBytes, rest = 0] = state;
    if (room === outputBytes && rest > 0 && rest === input.length)
      throw outOfProtocol('sent pixels behind the end of its compressed stream');
    this.#input = input.subarray(input.length - rest);
    return this.#output.subarray(0, outputBytes - room);
  }

  #open(): Inflate {
    const stream = createInflate();
    if (this.#output.length === 0) this.#output = Buffer.allocUnsafeSlow(outputBytes);
    this.#problem = undefined;
    (stream as unknown as InflateInside)._handle.onerror = (message) => void (this.#problem = message);
    return stream;
  }
}
