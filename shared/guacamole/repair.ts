import { encodeInstruction, type Instruction } from './instruction.ts';
import { codePointBytes } from './scanner.ts';

const dot = 0x2e;
const comma = 0x2c;
const semicolon = 0x3b;

/**
 * Whole instructions, as a scanner has found them, with everything that isn't UTF-8 replaced by U+FFFD and the lengths put
 * right. Hosts can get any bytes into guacd's text, for one by the title of a terminal; clients would lose their place behind it.
 *
 * @param decode the platform's UTF-8 decoder, replacing and not failing.
 */
export function repairInstructions(bytes: Uint8Array, decode: (bytes: Uint8Array) => string): string {
  let repaired = '';
  let elements: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = bytes.indexOf(dot, at) + 1;
    const end = skipElement(bytes, start, Number(decode(bytes.subarray(at, start - 1))));
    elements.push(decode(bytes.subarray(start, end)));
    if (bytes[end] === semicolon) {
      const [opcode = '', ...args] = elements;
      repaired += encodeInstruction([opcode, ...args] satisfies Instruction);
      elements = [];
    }
    at = end + 1;
  }
  return repaired;
}

/** Where an element of so many code points ends, counted as guacd does: the last one may be cut short. */
function skipElement(bytes: Uint8Array, start: number, codePoints: number): number {
  let at = start;
  for (let remaining = codePoints; remaining > 0; remaining--) {
    const end = at + codePointBytes(bytes[at] ?? 0);
    if (remaining > 1) at = end;
    else for (at++; at < end && bytes[at] !== comma && bytes[at] !== semicolon;) at++;
  }
  return at;
}
