import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeInstructions, encodeInstruction } from './instruction.ts';
import { repairInstructions } from './repair.ts';
import { codePointBytes, InstructionScanner } from './scanner.ts';

const decode = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** As libguac's `guac_utf8_strlen` counts: whatever follows a lead byte is skipped, up to the end of the string. */
function encodeAsGuacd(opcode: string, text: Uint8Array): Buffer {
  let length = 0;
  for (let at = 0; at < text.length; at += codePointBytes(text[at] ?? 0)) length++;
  return Buffer.concat([Buffer.from(`${opcode.length}.${opcode},${length}.`), text, Buffer.from(';')]);
}

const expectRepaired = (bytes: Buffer) => {
  const scanner = new InstructionScanner();
  expect(scanner.scan(bytes, bytes.length)).toBe(bytes.length);
  return decodeInstructions(repairInstructions(bytes, decode));
};

describe('repairInstructions', () => {
  it.each([
    ['a Latin-1 title', Buffer.from('\xe9t\xe9', 'latin1')],
    ['one that ends amidst a code point', Buffer.from('caf\xe9', 'latin1')],
    ['a code point cut in two', Buffer.from('😀').subarray(0, 2)],
    ['continuations of nothing', Buffer.from([0x80, 0x80])],
  ])('puts %s right', (_, title) => {
    const bytes = Buffer.concat([encodeAsGuacd('name', title), Buffer.from('4.sync,1.7;')]);
    expect(expectRepaired(bytes)).toEqual([
      ['name', decode(title)],
      ['sync', '7'],
    ]);
  });

  it('leaves good text as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = Buffer.from(encodeInstruction(['name', text]));
        expect(repairInstructions(bytes, decode)).toBe(encodeInstruction(['name', text]));
      }),
    );
  });

  it('keeps in step with guacd whatever a title holds but separators', () => {
    const noise = fc
      .uint8Array({ maxLength: 30 })
      .map((bytes) => bytes.filter((byte) => byte !== 0 && byte !== 0x2c && byte !== 0x3b));
    fc.assert(
      fc.property(noise, (title) => {
        const bytes = Buffer.concat([encodeAsGuacd('name', title), Buffer.from('4.sync,1.7;')]);
        expect(expectRepaired(bytes)?.at(-1)).toEqual(['sync', '7']);
      }),
    );
  });
});
