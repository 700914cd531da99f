/** One instruction of the Guacamole protocol: opcode first (https://guacamole.apache.org/doc/gug/guacamole-protocol.html). */
export type Instruction = readonly [opcode: string, ...args: string[]];

/** The opcode of what tunnels tell each other; it never reaches a session manager. */
export const tunnelOpcode = '';

/** Counts Unicode code points, which is what the protocol calls the length of an element. A lone surrogate counts as one. */
function countCodePoints(text: string): number {
  let count = text.length;
  for (let at = 1; at < text.length; at++) {
    if (isLowSurrogate(text, at) && isHighSurrogate(text, at - 1)) count--;
  }
  return count;
}

/** The index behind `count` code points from `start`, or -1 where the text ends before. */
function skipCodePoints(text: string, start: number, count: number): number {
  let at = start;
  for (let left = count; left > 0; left--) {
    if (at >= text.length) return -1;
    at += isHighSurrogate(text, at) && isLowSurrogate(text, at + 1) ? 2 : 1;
  }
  return at;
}

const isHighSurrogate = (text: string, at: number) => (text.charCodeAt(at) & 0xfc00) === 0xd800;
const isLowSurrogate = (text: string, at: number) => (text.charCodeAt(at) & 0xfc00) === 0xdc00;

/** The instruction as it goes over the wire: `LENGTH.VALUE`, joined by `,` and ended by `;`. */
export function encodeInstruction(instruction: Instruction): string {
  return `${instruction.map((element) => `${countCodePoints(element)}.${element}`).join(',')};`;
}

/**
 * Reads text that consists of whole instructions and nothing else; `undefined` where it doesn't. Lengths are taken by their
 * word: a `,` or `;` inside an element is content.
 */
export function decodeInstructions(text: string): readonly Instruction[] | undefined {
  const instructions: Instruction[] = [];
  let elements: string[] = [];
  let at = 0;
  while (at < text.length) {
    const dot = text.indexOf('.', at);
    const digits = text.slice(at, dot);
    if (dot < 0 || !/^\d{1,6}$/.test(digits)) return undefined;
    const end = skipCodePoints(text, dot + 1, Number(digits));
    if (end < 0) return undefined;
    elements.push(text.slice(dot + 1, end));
    const terminator = text[end];
    if (terminator === ';') {
      const [opcode = '', ...args] = elements;
      instructions.push([opcode, ...args]);
      elements = [];
    } else if (terminator !== ',') return undefined;
    at = end + 1;
  }
  return elements.length === 0 ? instructions : undefined;
}
