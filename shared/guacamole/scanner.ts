/** What is accepted of the other side; beyond it the bytes count as garbage. */
export interface InstructionLimits {
  /** Of one element, in code points. */
  readonly elementLength: number;
  /** Of one whole instruction. */
  readonly instructionBytes: number;
}

/**
 * Generous beside what libguac sends and accepts (elements of 8,192 code points, instructions of 32 KB), and small enough to
 * be held while the rest arrives.
 */
const defaultLimits: InstructionLimits = { elementLength: 32_768, instructionBytes: 65_536 };

/** Called with a watched opcode and where its whole instruction lies: from `start` up to, not including, `end`. */
export type WatchedVisitor = (opcode: string, start: number, end: number) => void;

export interface ScannerOptions {
  readonly limits?: InstructionLimits;
  /** Opcodes that the caller wants to hear of. */
  readonly watched?: readonly string[];
  /** Whether all bytes are below 0x80; hand in the platform's vectorised one where there is one. */
  readonly isAscii?: (bytes: Uint8Array) => boolean;
}

const zero = 0x30;
const dot = 0x2e;
const comma = 0x2c;
const semicolon = 0x3b;
/** More than the length of an element and its dot have. */
const longestLengthBytes = 8;
/** Below this many bytes a loop is quicker than a call for the vectorised check. */
const shortElementBytes = 32;

const isTerminator = (byte: number) => byte === comma || byte === semicolon;

/**
 * How many bytes guacd takes a code point for that begins with this one (libguac, `guac_utf8_charsize`). Counting as guacd does
 * keeps in step with it where a host sends text that isn't UTF-8, such as a Latin-1 title; in UTF-8 there is no difference.
 */
export function codePointBytes(lead: number): number {
  if (lead < 0xc0 || lead >= 0xf8) return 1;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function isAsciiByLoop(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x80) return false;
  return true;
}

/**
 * Finds the boundaries of Guacamole instructions in bytes that arrive in pieces, without decoding them. Elements are skipped by
 * their length, which counts code points: a `,` or `;` at a byte offset is never trusted. Every byte is looked at once, whatever
 * the pieces are, and the answer doesn't depend on them.
 *
 * The caller keeps the bytes of an unfinished instruction in front of those that follow, and calls `discard` when it moves them
 * to the front of its buffer.
 */
export class InstructionScanner {
  readonly #limits: InstructionLimits;
  readonly #isAscii: (bytes: Uint8Array) => boolean;
  readonly #watched: readonly { readonly opcode: string; readonly bytes: readonly number[] }[];
  /** By first byte, a bit for each length that watched opcodes beginning so have: all others cost one look. */
  readonly #watchedLengths = new Uint32Array(256);

  #instructionStart = 0;
  #at = 0;
  #phase: 'length' | 'content' | 'terminator' = 'length';
  #digits = 0;
  /** The length while it is read, then the code points still to come. */
  #remaining = 0;
  /** Bytes still to come of the current code point. */
  #partial = 0;
  #isOpcode = true;
  #contentStart = 0;
  #opcode: string | undefined;
  #isBroken = false;

  constructor({ limits = defaultLimits, watched = [], isAscii = isAsciiByLoop }: ScannerOptions = {}) {
    this.#limits = limits;
    this.#isAscii = isAscii;
    this.#watched = watched.map((opcode) => ({
      opcode,
      bytes: Array.from(opcode, (character) => character.charCodeAt(0)),
    }));
    for (const { bytes } of this.#watched) {
      const first = bytes[0] ?? 0;
      this.#watchedLengths[first] = (this.#watchedLengths[first] ?? 0) | (1 << bytes.length);
    }
  }

  /**
   * Scans on from where the last scan stopped, up to `end`.
   *
   * @returns the offset behind the last whole instruction, or -1 once the bytes turned out not to be the protocol.
   */
  scan(bytes: Uint8Array, end: number, visit?: WatchedVisitor): number {
    if (this.#isBroken) return -1;
    const { elementLength, instructionBytes } = this.#limits;
    const isAllAscii = this.#at < end && this.#isAscii(bytes.subarray(this.#at, end));
    let at = this.#at;
    let phase = this.#phase;
    let digits = this.#digits;
    let remaining = this.#remaining;
    let partial = this.#partial;
    scanning: while (at < end) {
      if (phase === 'length') {
        if (isAllAscii && digits === 0) {
          at = this.#skipWhole(bytes, at, end, visit);
          if (at === end) break;
        }
        let digit = (bytes[at] as number) - zero;
        while (digit >= 0 && digit <= 9) {
          remaining = remaining * 10 + digit;
          digits++;
          if (remaining > elementLength || digits > 6) return this.#break();
          if (++at === end) break scanning;
          digit = (bytes[at] as number) - zero;
        }
        if (bytes[at] !== dot || digits === 0) return this.#break();
        at++;
        digits = 0;
        phase = 'content';
        this.#contentStart = at;
      }
      if (phase === 'content') {
        if (isAllAscii && partial === 0) {
          const available = end - at;
          if (remaining > available) {
            remaining -= available;
            at = end;
            break;
          }
          at += remaining;
          remaining = 0;
        } else {
          if (partial === 0 && remaining > shortElementBytes && remaining <= end - at) {
            if (this.#isAscii(bytes.subarray(at, at + remaining))) {
              at += remaining;
              remaining = 0;
            }
          }
          while (at < end && (remaining > 0 || partial > 0)) {
            const byte = bytes[at] as number;
            if (partial === 0) {
              remaining--;
              partial = codePointBytes(byte);
            } else if (remaining === 0 && isTerminator(byte)) break; // The text ended amidst a code point.
            partial--;
            at++;
          }
        }
        if (at >= end) break;
        partial = 0;
        phase = 'terminator';
      }
      // The phase is `terminator`: at least one byte is there, and it belongs to no code point of the element.
      const terminator = bytes[at] as number;
      if (this.#isOpcode) {
        this.#opcode = this.#watchedAt(bytes, this.#contentStart, at);
        this.#isOpcode = false;
      }
      at++;
      phase = 'length';
      if (terminator === semicolon) {
        if (at - this.#instructionStart > instructionBytes) return this.#break();
        if (this.#opcode !== undefined) visit?.(this.#opcode, this.#instructionStart, at);
        this.#instructionStart = at;
        this.#isOpcode = true;
      } else if (terminator !== comma) return this.#break();
    }
    if (at - this.#instructionStart > instructionBytes) return this.#break();
    this.#at = at;
    this.#phase = phase;
    this.#digits = digits;
    this.#remaining = remaining;
    this.#partial = partial;
    return this.#instructionStart;
  }

  /**
   * Skips the elements that are whole, where all is ASCII: a stream of tiny instructions costs a third of what it does byte by byte.
   * Whatever is unusual is left to `scan`.
   *
   * @returns where the first element begins that it left.
   */
  #skipWhole(bytes: Uint8Array, from: number, end: number, visit: WatchedVisitor | undefined): number {
    const { elementLength, instructionBytes } = this.#limits;
    const watchedLengths = this.#watchedLengths;
    const lastStart = end - longestLengthBytes;
    let instructionStart = this.#instructionStart;
    let isOpcode = this.#isOpcode;
    let opcode = this.#opcode;
    let elementStart = from;
    while (elementStart < lastStart) {
      let length = (bytes[elementStart] as number) - zero;
      if (length < 0 || length > 9) break;
      let contentStart = elementStart + 2;
      // Most elements are shorter than ten.
      if (bytes[contentStart - 1] !== dot) {
        for (let digit = (bytes[contentStart - 1] as number) - zero; digit >= 0 && digit <= 9;) {
          length = length * 10 + digit;
          if (++contentStart > elementStart + 7) break;
          digit = (bytes[contentStart - 1] as number) - zero;
        }
        if (bytes[contentStart - 1] !== dot || length > elementLength) break;
      }
      const at = contentStart + length;
      if (at >= end) break;
      const terminator = bytes[at] as number;
      if (terminator === comma) {
        if (isOpcode) {
          isOpcode = false;
          const lengths = watchedLengths[bytes[contentStart] as number] as number;
          opcode = ((lengths >>> length) & 1) === 1 ? this.#watchedAt(bytes, contentStart, at) : undefined;
        }
      } else if (terminator === semicolon && at + 1 - instructionStart <= instructionBytes) {
        if (isOpcode) opcode = this.#watchedAt(bytes, contentStart, at);
        if (opcode !== undefined) visit?.(opcode, instructionStart, at + 1);
        instructionStart = at + 1;
        isOpcode = true;
      } else break;
      elementStart = at + 1;
    }
    this.#opcode = opcode;
    this.#instructionStart = instructionStart;
    this.#isOpcode = isOpcode;
    return elementStart;
  }

  /** Tells that the caller dropped `count` bytes from the front; at most up to the last boundary. */
  discard(count: number): void {
    this.#at -= count;
    this.#instructionStart -= count;
    this.#contentStart -= count;
  }

  #break(): -1 {
    this.#isBroken = true;
    return -1;
  }

  #watchedAt(bytes: Uint8Array, start: number, end: number): string | undefined {
    const length = end - start;
    if (length > 31 || ((this.#watchedLengths[bytes[start] as number] as number) & (1 << length)) === 0)
      return undefined;
    for (const watched of this.#watched) {
      if (watched.bytes.length !== length) continue;
      let at = 0;
      while (at < length && bytes[start + at] === watched.bytes[at]) at++;
      if (at === length) return watched.opcode;
    }
    return undefined;
  }
}
