import { codePointBytes } from '../../shared/guacamole/scanner.ts';
import { Elements } from './elements.ts';

const zero = 0x30;
const dot = 0x2e;
const comma = 0x2c;
const semicolon = 0x3b;

/** As many digits as lengths have at most. */
const lengthDigits = 6;
/** libguac takes instructions of 128 elements and 32 KB; beyond these bytes aren't the protocol. */
const largestCount = 4_096;
const largestInstructionBytes = 2 * 1024 * 1024;
/** A buffer that had to grow for a large instruction is given back after it. */
const keptBufferBytes = 256 * 1024;

const noBytes = new Uint8Array(0);

/** From this many bytes on, four at a time are quicker than one. */
const longSpan = 128;
const highBits = 0x80808080;

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let all = 0;
  let at = start;
  if (end - start >= longSpan) {
    while ((bytes.byteOffset + at) % 4 !== 0) all |= bytes[at++] as number;
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + at, (end - at) >> 2);
    for (let word = 0; word < words.length; word++) all |= words[word] as number;
    at += words.byteLength;
  }
  for (; at < end; at++) all |= bytes[at] as number;
  return (all & highBits) === 0;
}

/**
 * Reads instructions from bytes that may be cut anywhere, even inside of a character. Each byte is looked at once, whatever the
 * pieces are, and nothing is decoded: the visitor takes from the elements what it needs, before it returns.
 *
 * Lengths count code points (https://guacamole.apache.org/doc/gug/guacamole-protocol.html), told from their first bytes as guacd
 * tells them, so a `,` or `;` inside of an element is content.
 */
export class InstructionParser {
  readonly #elements = new Elements();
  /** What is kept of an unfinished instruction, and how much of the buffer it fills. */
  #buffer = noBytes;
  #filled = 0;

  #at = 0;
  #isInContent = false;
  #digits = 0;
  /** The length while it is read, then the code points still to come. */
  #remaining = 0;
  /** Bytes still to come of the current code point. */
  #partial = 0;
  #start = 0;
  #instructionStart = 0;
  #isBroken = false;
  #isReading = false;

  /** @returns whether the bytes are the protocol so far; once they aren't, nothing more is read. */
  parse(chunk: Uint8Array, visit: (elements: Elements) => void): boolean {
    // An instruction can't bring the bytes that its own parser waits for.
    if (this.#isBroken || this.#isReading) return false;
    const isFirst = this.#filled === 0;
    if (!isFirst) this.#append(chunk);
    const bytes = isFirst ? chunk : this.#buffer;
    const end = isFirst ? chunk.length : this.#filled;
    this.#elements.bytes = bytes;
    this.#isReading = true;
    this.#isBroken = !this.#read(bytes, end, visit);
    this.#isReading = false;
    if (this.#isBroken) this.#buffer = noBytes;
    else this.#keep(bytes, end);
    this.#elements.bytes = noBytes;
    return !this.#isBroken;
  }

  #read(bytes: Uint8Array, end: number, visit: (elements: Elements) => void): boolean {
    let at = this.#at;
    while (at < end) {
      if (!this.#isInContent) {
        let digit = (bytes[at] as number) - zero;
        while (digit >= 0 && digit <= 9) {
          if (++this.#digits > lengthDigits) return false;
          this.#remaining = this.#remaining * 10 + digit;
          if (++at === end) break;
          digit = (bytes[at] as number) - zero;
        }
        if (at === end) break;
        if (bytes[at] !== dot || this.#digits === 0) return false;
        at++;
        this.#digits = 0;
        this.#start = at;
        this.#isInContent = true;
      }
      at = this.#skipContent(bytes, at, end);
      if (at >= end) break;
      this.#isInContent = false;
      this.#partial = 0;
      if (this.#elements.count === largestCount) return false;
      this.#elements.add(this.#start, at);
      const terminator = bytes[at];
      at++;
      if (terminator === semicolon) {
        if (at - this.#instructionStart > largestInstructionBytes) return false;
        this.#instructionStart = at;
        visit(this.#elements);
        this.#elements.count = 0;
      } else if (terminator !== comma) return false;
    }
    this.#at = at;
    return at - this.#instructionStart <= largestInstructionBytes;
  }

  /** The offset behind the element, or `end` where it goes on. */
  #skipContent(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    const likelyEnd = Math.min(end, at + this.#remaining);
    if (this.#partial === 0 && isAscii(bytes, at, likelyEnd)) {
      this.#remaining -= likelyEnd - at;
      return likelyEnd;
    }
    while (at < end && (this.#remaining > 0 || this.#partial > 0)) {
      const byte = bytes[at] as number;
      if (this.#partial === 0) {
        this.#remaining--;
        this.#partial = codePointBytes(byte);
      } else if (this.#remaining === 0 && (byte === comma || byte === semicolon)) {
        break; // The text ended amidst a code point.
      }
      this.#partial--;
      at++;
    }
    return at;
  }

  #append(chunk: Uint8Array): void {
    const length = this.#filled + chunk.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#filled);
    this.#filled = length;
  }

  /** Moves the unfinished instruction to the front of the buffer. */
  #keep(bytes: Uint8Array, end: number): void {
    const dropped = this.#instructionStart;
    const left = end - dropped;
    if (bytes === this.#buffer) {
      if (left === 0 && this.#buffer.length > keptBufferBytes) this.#buffer = noBytes;
      else this.#buffer.copyWithin(0, dropped, end);
      this.#filled = left;
    } else if (left > 0) this.#append(bytes.subarray(dropped, end));
    if (dropped === 0) return;
    this.#at -= dropped;
    this.#start -= dropped;
    this.#instructionStart = 0;
    this.#elements.shift(dropped);
  }
}
