import { InstructionParser } from '../../../renderer/display/instructionParser.ts';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../../shared/guacamole/instruction.ts';
import type { FuzzTarget } from '../target.ts';

const words: readonly Instruction[] = [
  ['size', '0', '1024', '768'],
  ['name', 'Grüße 😀, 東京'],
  ['img', '1', '14', '0', 'image/png', '0', '0'],
  ['blob', '1', 'QUJD'.repeat(60)],
  ['end', '1'],
  ['sync', '1'],
];

/** What the display's parser reads, as text for comparing; `undefined` where it isn't the protocol. */
function read(input: Uint8Array, pieceBytes: number): string | undefined {
  const parser = new InstructionParser();
  const found: (readonly string[])[] = [];
  for (let at = 0; at < input.length; at += pieceBytes) {
    // The parser must not depend on what becomes of the piece afterwards.
    const piece = Uint8Array.from(input.subarray(at, at + pieceBytes));
    const isProtocol = parser.parse(piece, (elements) => found.push([elements.opcode(), ...elements.args()]));
    piece.fill(0x30);
    if (!isProtocol) return undefined;
  }
  return JSON.stringify(found);
}

export const displayTarget: FuzzTarget = {
  name: 'display',
  about: "the display's byte parser: the same however it is cut, and as the plain parser reads it",
  watched: /renderer\/display\/|shared\/guacamole\//,
  dictionary: [
    '4.size,',
    '0.;',
    '1.ü;',
    '1.😀;',
    '999999.',
    '6.blob,',
    ',',
    ';',
    '.',
    Buffer.from([0xf0, 0x9f]),
  ],
  seeds: [
    ...words.map((word) => Buffer.from(encodeInstruction(word))),
    Buffer.from(words.map(encodeInstruction).join('')),
  ],
  limitBytes: 16_384,
  async open() {
    return {
      async run(input) {
        const whole = read(input, input.length || 1);
        for (const pieceBytes of [1, 3, 64])
          if (read(input, pieceBytes) !== whole)
            throw new Error(`it reads otherwise in pieces of ${pieceBytes}`);
        let text: string;
        try {
          text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input);
        } catch {
          // Only what is UTF-8 means the same to both.
          return;
        }
        const plain = decodeInstructions(text);
        if (plain && whole !== undefined && whole !== JSON.stringify(plain))
          throw new Error('the plain parser reads otherwise');
      },
      close: async () => undefined,
    };
  },
};
