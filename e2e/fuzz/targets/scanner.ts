import { decodeInstructions, encodeInstruction } from '../../../shared/guacamole/instruction.ts';
import { InstructionScanner } from '../../../shared/guacamole/scanner.ts';
import type { FuzzTarget } from '../target.ts';

const text = ['size', '0', '1024', '768'] as const;

/** Boundaries of instructions, found in pieces that are cut after each so many bytes. */
function scanInPieces(input: Uint8Array, pieceBytes: number): readonly number[] {
  const scanner = new InstructionScanner();
  const boundaries: number[] = [];
  for (let end = pieceBytes; ; end += pieceBytes) {
    const boundary = scanner.scan(input, Math.min(end, input.length));
    boundaries.push(boundary);
    if (boundary < 0 || end >= input.length) return boundaries;
  }
}

export const scannerTarget: FuzzTarget = {
  name: 'scanner',
  about: 'the byte scanner of the relay, beside the plain parser',
  watched: /shared\/guacamole\//,
  dictionary: [
    '4.size,',
    '0.;',
    '1.ü;',
    '1.😀;',
    '99999.',
    '6.blob,',
    ',',
    ';',
    '.',
    Buffer.from([0xf0, 0x9f]),
  ],
  seeds: [
    Buffer.from(encodeInstruction(text)),
    Buffer.from(
      [['name', 'Grüße 😀'], text, ['sync', '1']].map((one) => encodeInstruction(one as [string])).join(''),
    ),
  ],
  limitBytes: 16_384,
  async open() {
    return {
      async run(input) {
        const whole = scanInPieces(input, input.length || 1).at(-1) ?? -1;
        for (const pieceBytes of [1, 7, 64]) {
          if (pieceBytes === 1 && input.length > 4_096) continue;
          const found = scanInPieces(input, pieceBytes).at(-1) ?? -1;
          if (found !== whole)
            throw new Error(`in pieces of ${pieceBytes} bytes it ends at ${found}, not at ${whole}`);
        }
        const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
        let decoded: string;
        try {
          decoded = decoder.decode(input);
        } catch {
          // Only what is UTF-8 means the same to both.
          return;
        }
        const isWhole = decodeInstructions(decoded) !== undefined;
        if (isWhole && input.length > 0 && whole !== input.length && whole >= 0)
          throw new Error(`whole instructions end at ${input.length}, the scanner says ${whole}`);
        if (!isWhole && whole === input.length && input.length > 0)
          throw new Error('what the scanner takes for whole can not be read');
      },
      close: async () => undefined,
    };
  },
};
