/** Gives the next bytes, at least one; rejects where none will come any more. They may be reused at the next call. */
export type Pull = () => Promise<Uint8Array>;

/**
 * Reads a stream piece by piece: first `fill` for as many bytes as are needed, then take them synchronously. It keeps no more
 * than what was asked for and the rest of one piece, so whoever asks with a bound has bounded memory.
 *
 * Loops that run for each pixel look at `available` before they await, as a promise costs more than the pixel.
 */
export class ByteReader {
  /** Where the bytes are that `take` tells the place of. Another array after each `fill`. */
  bytes: Uint8Array = new Uint8Array(0);
  #position = 0;
  #end = 0;
  readonly #pull: Pull;

  constructor(pull: Pull) {
    this.#pull = pull;
  }

  /** How many bytes can be taken now. */
  get available(): number {
    return this.#end - this.#position;
  }

  /** Waits until `count` bytes are available. The caller has checked that this is a sane number. */
  async fill(count: number): Promise<void> {
    if (this.available >= count) return;
    if (this.available === 0) this.#show(await this.#pull());
    if (this.available >= count) return;
    // The rest is copied before the next pull, which may write over it.
    let merged = Buffer.allocUnsafe(count + this.available);
    let end = this.#copyRest(merged);
    while (end < count) {
      const piece = await this.#pull();
      if (end + piece.length > merged.length) {
        const larger = Buffer.allocUnsafe(end + piece.length);
        larger.set(merged.subarray(0, end));
        merged = larger;
      }
      merged.set(piece, end);
      end += piece.length;
    }
    this.#show(merged.subarray(0, end));
  }

  #copyRest(target: Uint8Array): number {
    target.set(this.bytes.subarray(this.#position, this.#end));
    return this.#end - this.#position;
  }

  #show(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.#position = 0;
    this.#end = bytes.length;
  }

  /** @returns where in `bytes` they begin. They must be available. */
  take(count: number): number {
    const at = this.#position;
    this.#position += count;
    if (this.#position > this.#end) throw new RangeError('more bytes taken than available');
    return at;
  }

  takeByte(): number {
    return this.bytes[this.take(1)] ?? 0;
  }

  takeUint16(): number {
    const at = this.take(2);
    return ((this.bytes[at] ?? 0) << 8) | (this.bytes[at + 1] ?? 0);
  }

  takeInt32(): number {
    const high = this.takeUint16();
    return (high << 16) | this.takeUint16();
  }

  takeUint32(): number {
    return this.takeInt32() >>> 0;
  }

  /** As `fill` and a copy of what was taken. */
  async read(count: number): Promise<Buffer> {
    if (this.available < count) await this.fill(count);
    const at = this.take(count);
    return Buffer.from(this.bytes.subarray(at, at + count));
  }

  /** Leaves out bytes, however many, in bounded memory. */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      if (this.available === 0) await this.fill(1);
      const step = Math.min(left, this.available);
      this.take(step);
      left -= step;
    }
  }
}
