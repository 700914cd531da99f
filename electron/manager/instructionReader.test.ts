import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeInstruction, type Instruction } from '../../shared/guacamole/instruction.ts';
import { InstructionReader } from './instructionReader.ts';

/** What comes out of a reader for these pieces: the whole instructions, and those that were visited. */
function read(pieces: readonly Uint8Array[], watched: readonly string[]) {
  const reader = new InstructionReader(watched, { elementLength: 100, instructionBytes: 1_000 });
  let whole = '';
  const visited: string[] = [];
  for (const piece of pieces) {
    const taken = reader.take(piece, (_, bytes) => visited.push(Buffer.from(bytes).toString('latin1')));
    if (taken === undefined) return { whole, visited, isBroken: true };
    whole += Buffer.from(taken).toString('latin1');
  }
  return { whole, visited, isBroken: false };
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end));
}

const cuts = fc.array(fc.nat(), { maxLength: 20 });

describe('InstructionReader', () => {
  it('finds the same instructions however the bytes are cut', () => {
    const instruction = fc.tuple(
      fc.constantFrom('sync', 'key', 'blob'),
      fc.array(fc.string({ unit: 'binary' })),
    );
    fc.assert(
      fc.property(fc.array(instruction), cuts, (said, places) => {
        const texts = said.map(([opcode, args]): Instruction => [opcode, ...args]).map(encodeInstruction);
        const bytes = Buffer.from(texts.join(''));
        const { whole, visited } = read(cut(bytes, places), ['sync']);
        expect(whole).toBe(bytes.toString('latin1'));
        const syncs = texts.filter((text) => text.startsWith('4.sync'));
        expect(visited).toEqual(syncs.map((text) => Buffer.from(text).toString('latin1')));
      }),
    );
  });

  it('says the same of garbage however it is cut, and holds no more than its limits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), cuts, (bytes, places) => {
        const [inPieces, atOnce] = [read(cut(bytes, places), []), read([bytes], [])];
        expect(inPieces.isBroken).toBe(atOnce.isBroken);
      }),
    );
    expect(read([Buffer.from('101.')], []).isBroken).toBe(true);
    expect(read([Buffer.from('50.'.concat('a'.repeat(50), ',').repeat(30))], []).isBroken).toBe(true);
  });
});
