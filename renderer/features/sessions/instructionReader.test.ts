import { expect, test } from 'vitest';
import fc from 'fast-check';
import { encodeInstruction } from '../../../shared/guacamole/instruction.ts';
import type { Instruction } from '../../../shared/guacamole/instruction.ts';
import { createInstructionReader } from './instructionReader.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function readInPieces(bytes: Uint8Array, cuts: readonly number[]): Instruction[] {
  const read = createInstructionReader();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const found: Instruction[] = [];
  let start = 0;
  for (const end of ends) {
    // The memory of a message is only lent, as a reused buffer's is.
    const message = bytes.slice(start, end);
    found.push(...(read(message) ?? []));
    message.fill(0);
    start = end;
  }
  return found;
}

test('reads the same instructions wherever the messages are cut', () => {
  const element = fc.string({ unit: 'binary', maxLength: 40 });
  const instruction = fc
    .tuple(fc.string({ minLength: 1, maxLength: 8 }), fc.array(element, { maxLength: 5 }))
    .map(([opcode, args]): Instruction => [opcode, ...args]);
  fc.assert(
    fc.property(fc.array(instruction), fc.array(fc.nat(2000)), (instructions, cuts) => {
      const bytes = bytesOf(instructions.map(encodeInstruction).join(''));
      expect(readInPieces(bytes, cuts)).toEqual(instructions);
    }),
  );
});

test('reads an umlaut and an emoji that are cut between their bytes', () => {
  const bytes = bytesOf('4.name,4.ü😀;,;4.sync,1.7;');
  const cuts = Array.from(bytes, (_byte, index) => index);
  expect(readInPieces(bytes, cuts)).toEqual([
    ['name', 'ü😀;,'],
    ['sync', '7'],
  ]);
});

test('says so when the bytes are not the protocol, and stays with it', () => {
  const read = createInstructionReader();
  expect(read(bytesOf('3.nop;HTTP/1.1 400'))).toBeUndefined();
  expect(read(bytesOf('3.nop;'))).toBeUndefined();
});
