const zero = 0x30;
const minus = 0x2d;
/** Below this many bytes a loop is quicker than a call of the platform's decoder. */
const shortTextBytes = 24;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * One instruction as it lies in the bytes that brought it: valid until the parser goes on. Arguments that are missing read like
 * those that are no number, as they do in guacamole-common-js: `NaN`.
 */
export class Elements {
  bytes: Uint8Array = new Uint8Array(0);
  /** How many elements there are, the opcode included. */
  count = 0;
  /** Where each begins, and where it ends. */
  readonly #bounds: number[] = [];

  add(start: number, end: number): void {
    this.#bounds[this.count * 2] = start;
    this.#bounds[this.count * 2 + 1] = end;
    this.count++;
  }

  /** Tells that the bytes begin this much later now. */
  shift(dropped: number): void {
    for (let at = 0; at < this.count * 2; at++) this.#bounds[at] = (this.#bounds[at] as number) - dropped;
  }

  opcode(): string {
    return this.#textOf(0);
  }

  args(): string[] {
    return Array.from({ length: Math.max(0, this.count - 1) }, (_none, index) => this.text(index));
  }

  /** As text; empty where it is missing. */
  text(index: number): string {
    return this.#textOf(index + 1);
  }

  /** The UTF-8 of an argument. */
  slice(index: number): Uint8Array {
    const [start, end] = this.#boundsOf(index + 1);
    return this.bytes.subarray(start, end);
  }

  /** What `parseInt` makes of it. */
  integer(index: number): number {
    const [start, end] = this.#boundsOf(index + 1);
    const isNegative = this.bytes[start] === minus;
    let at = isNegative ? start + 1 : start;
    if (at >= end) return Number.NaN;
    let value = 0;
    for (; at < end; at++) {
      const digit = (this.bytes[at] as number) - zero;
      // Rare enough to be left to the platform: spaces, fractions, hexadecimal digits, no number at all.
      if (digit < 0 || digit > 9) return Number.parseInt(this.text(index));
      value = value * 10 + digit;
    }
    return isNegative ? -value : value;
  }

  /** What `parseFloat` makes of it. */
  decimal(index: number): number {
    return Number.parseFloat(this.text(index));
  }

  #boundsOf(element: number): readonly [start: number, end: number] {
    if (element >= this.count) return [0, 0];
    return [this.#bounds[element * 2] as number, this.#bounds[element * 2 + 1] as number];
  }

  #textOf(element: number): string {
    const [start, end] = this.#boundsOf(element);
    if (end - start > shortTextBytes) return decoder.decode(this.bytes.subarray(start, end));
    let text = '';
    for (let at = start; at < end; at++) {
      const byte = this.bytes[at] as number;
      if (byte >= 0x80) return decoder.decode(this.bytes.subarray(start, end));
      text += String.fromCharCode(byte);
    }
    return text;
  }
}
