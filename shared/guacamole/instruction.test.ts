import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeInstructions, encodeInstruction, type Instruction } from './instruction.ts';

const element = fc.string({ unit: 'binary', maxLength: 40 });
const instruction = fc
  .tuple(element, fc.array(element, { maxLength: 6 }))
  .map(([opcode, args]): Instruction => [opcode, ...args]);

describe('encodeInstruction', () => {
  it('counts code points, not UTF-16 units and not bytes', () => {
    expect(encodeInstruction(['name', 'ü😀e\u0301'])).toBe('4.name,4.ü😀e\u0301;');
  });

  it('writes an empty element', () => {
    expect(encodeInstruction(['connect', '', 'a'])).toBe('7.connect,0.,1.a;');
  });
});

describe('decodeInstructions', () => {
  it('reads back whatever was written', () => {
    fc.assert(
      fc.property(fc.array(instruction, { maxLength: 5 }), (instructions) => {
        expect(decodeInstructions(instructions.map(encodeInstruction).join(''))).toEqual(instructions);
      }),
    );
  });

  it('takes separators inside an element as content', () => {
    expect(decodeInstructions('4.name,7.a;b,1.c;')).toEqual([['name', 'a;b,1.c']]);
    expect(decodeInstructions('2.é,,1.x;')).toEqual([['é,', 'x']]);
  });

  it.each([
    ['cut in a length', '4'],
    ['cut in an element', '4.syn'],
    ['cut before the end', '4.sync'],
    ['cut between elements', '4.sync,'],
    ['without a length', '.sync;'],
    ['with a negative length', '-1.a;'],
    ['with a length in another base', '0x4.sync;'],
    ['with a length beyond everything', '99999999.a;'],
    ['with a wrong terminator', '4.sync:'],
    ['with a length that is too short', '3.sync;'],
    ['with a length that counts bytes', '3.ü;'],
    ['with a length that counts UTF-16 units', '2.😀;'],
    ['of a page', 'GET / HTTP/1.1\r\n\r\n'],
  ])('refuses text %s', (_, text) => {
    expect(decodeInstructions(text)).toBeUndefined();
    expect(decodeInstructions(`3.nop;${text}`)).toBeUndefined();
  });
});
