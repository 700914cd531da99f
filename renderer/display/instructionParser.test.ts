import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../shared/guacamole/instruction.ts';
import { InstructionScanner } from '../../shared/guacamole/scanner.ts';
import { InstructionParser } from './instructionParser.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const encode = (...instructions: Instruction[]) => bytesOf(instructions.map(encodeInstruction).join(''));

interface Read {
  readonly instructions: readonly (readonly string[])[];
  readonly isProtocol: boolean;
}

/** Reads the bytes in pieces that end at `cuts`, each of which is overwritten once it was read. */
function readInPieces(bytes: Uint8Array, cuts: readonly number[] = []): Read {
  const parser = new InstructionParser();
  const instructions: string[][] = [];
  let isProtocol = true;
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    const piece = bytes.slice(from, cut);
    isProtocol = parser.parse(piece, (elements) =>
      instructions.push([elements.opcode(), ...elements.args()]),
    );
    piece.fill(0x30);
    from = cut;
  }
  return { instructions, isProtocol };
}

const recording: readonly Instruction[] = [
  ['size', '0', '1024', '768'],
  ['name', 'Grüße, Jürgen; 東京 😀 e\u0301 👩‍👩‍👧'],
  ['img', '1', '14', '0', 'image/png', '0', '0'],
  ['blob', '1', 'QUJD'.repeat(40)],
  ['argv', '0', 'text/plain', '1.;,2.é'],
  ['end', '1'],
  ['é', ''],
  ['', ''],
  ['error', 'Ä'.repeat(50), '519'],
  ['nop'],
];

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('', 'sync', 'A'.repeat(200), ';', ',', '1.a;', '\ufeff', '\u0301', '😀'.repeat(30)),
);
const instruction = fc
  .tuple(text, fc.array(text, { maxLength: 5 }))
  .map(([opcode, args]): Instruction => [opcode, ...args]);
const instructionList = fc.array(instruction, { maxLength: 8 });
const cutsOf = (length: number) =>
  fc.array(fc.nat({ max: length }), { maxLength: 12 }).map((cuts) => cuts.toSorted((a, b) => a - b));

describe('InstructionParser', () => {
  it('reads the same, cut at every byte', () => {
    const bytes = encode(...recording);
    const expected: Read = { instructions: recording, isProtocol: true };
    for (let cut = 0; cut <= bytes.length; cut++) expect(readInPieces(bytes, [cut])).toEqual(expected);
    const everyByte = Array.from(bytes, (_byte, at) => at);
    expect(readInPieces(bytes, everyByte)).toEqual(expected);
  });

  it('reads what the decoder reads, whatever the text and the cuts', () => {
    const cases = instructionList.chain((instructions) => {
      const bytes = encode(...instructions);
      return fc.tuple(fc.constant(bytes), cutsOf(bytes.length));
    });
    fc.assert(
      fc.property(cases, ([bytes, cuts]) => {
        const decoded = decodeInstructions(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
        expect(readInPieces(bytes, cuts)).toEqual({ instructions: decoded, isProtocol: true });
      }),
      { numRuns: 500 },
    );
  });

  it('finds the boundaries that the relay finds in any bytes, however they are cut', () => {
    const damaged = fc
      .tuple(instructionList, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 4 }))
      .map(([instructions, at, noise]) => {
        const copy = new Uint8Array([...encode(...instructions), ...noise]);
        copy.set(noise.subarray(0, copy.length - (at % copy.length)), at % copy.length);
        return copy;
      });
    const cases = fc
      .oneof(damaged, fc.uint8Array({ maxLength: 80 }))
      .chain((bytes) => fc.tuple(fc.constant(bytes), cutsOf(bytes.length)));
    fc.assert(
      fc.property(cases, ([bytes, cuts]) => {
        const whole = readInPieces(bytes);
        expect(readInPieces(bytes, cuts)).toEqual(whole);
        // The relay takes shorter elements; nothing here is as long as that.
        expect(new InstructionScanner().scan(bytes, bytes.length) >= 0).toBe(whole.isProtocol);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['a page', 'HTTP/1.1 400 Bad Request\r\n'],
    ['an element without a length', '.sync;'],
    ['a length that is no number', '-1.a;'],
    ['a wrong terminator', '4.sync:'],
    ['a length that is too short', '3.sync;'],
    ['a length that counts bytes', '3.é;4.sync;'],
    ['a length of seven digits', '1000000.a'],
  ])('refuses %s, and all that follows', (_name, garbage) => {
    const parser = new InstructionParser();
    const read: string[] = [];
    const parse = (piece: string) => parser.parse(bytesOf(piece), (elements) => read.push(elements.opcode()));
    expect(parse('3.nop;')).toBe(true);
    expect(parse(garbage)).toBe(false);
    expect(parse('3.nop;')).toBe(false);
    expect(read).toEqual(['nop']);
  });

  it('reads elements as large as six digits tell, in any number of pieces', () => {
    const large = 'é'.repeat(999_999);
    const bytes = bytesOf(`4.blob,999999.${large};3.nop;`);
    const cuts = Array.from({ length: Math.floor(bytes.length / 65_536) }, (_, at) => (at + 1) * 65_536);
    const { instructions, isProtocol } = readInPieces(bytes, cuts);
    expect(isProtocol).toBe(true);
    expect(instructions.map(([opcode]) => opcode)).toEqual(['blob', 'nop']);
    expect(instructions[0]?.[1] === large).toBe(true);
  });

  it('refuses an instruction that never ends before it takes all memory', () => {
    const parser = new InstructionParser();
    const piece = bytesOf(`60000.${'A'.repeat(60_000)},`);
    let count = 0;
    while (count < 100 && parser.parse(piece, () => undefined)) count++;
    expect(count).toBeGreaterThan(30);
    expect(count).toBeLessThan(40);
    const tiny = bytesOf('0.,'.repeat(5_000));
    expect(new InstructionParser().parse(tiny, () => undefined)).toBe(false);
  });

  it('refuses an instruction that brings its own parser bytes', () => {
    const parser = new InstructionParser();
    const answers: boolean[] = [];
    parser.parse(bytesOf('3.nop;'), () => answers.push(parser.parse(bytesOf('3.nop;'), () => undefined)));
    expect(answers).toEqual([false]);
  });
});

describe('Elements', () => {
  const numbers = (argument: string) => {
    let read: readonly number[] = [];
    new InstructionParser().parse(encode(['x', argument]), (elements) => {
      read = [elements.integer(0), elements.decimal(0), elements.integer(1)];
    });
    return read;
  };

  it('reads numbers as JavaScript does', () => {
    const odd = fc.constantFrom(
      '',
      '-',
      '--1',
      ' 7',
      '+3',
      '1e3',
      '0x10',
      '1.5',
      '-0',
      '12abc',
      'é',
      '9'.repeat(30),
    );
    fc.assert(
      fc.property(fc.oneof(fc.integer().map(String), fc.double().map(String), odd), (argument) => {
        expect(numbers(argument)).toEqual([
          Number.parseInt(argument),
          Number.parseFloat(argument),
          Number.NaN,
        ]);
      }),
    );
  });
});
