import { isAscii } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeInstructions, encodeInstruction, type Instruction } from './instruction.ts';
import { InstructionScanner, type InstructionLimits, type ScannerOptions } from './scanner.ts';

/** Boundaries as a plain reader of code points finds them, up to the first thing that is wrong. */
function findBoundariesPlainly(bytes: Uint8Array): { boundaries: number[]; isBroken: boolean } {
  const points = Array.from(new TextDecoder().decode(bytes));
  const boundaries: number[] = [];
  let at = 0;
  const bytesUpTo = (end: number) => Buffer.byteLength(points.slice(0, end).join(''));
  while (at < points.length) {
    let digits = '';
    while (/^\d$/.test(points[at] ?? '')) digits += points[at++];
    if (at >= points.length) break;
    if (digits === '' || points[at] !== '.') return { boundaries, isBroken: true };
    at += 1 + Number(digits);
    const terminator = points[at];
    if (terminator === undefined) break;
    if (terminator !== ',' && terminator !== ';') return { boundaries, isBroken: true };
    at++;
    if (terminator === ';') boundaries.push(bytesUpTo(at));
  }
  return { boundaries, isBroken: false };
}

interface Found {
  readonly boundary: number;
  readonly watched: readonly (readonly [opcode: string, start: number, end: number])[];
}

/** Feeds the bytes in pieces that end at `cuts`, keeping only what the scanner still needs, as the relay does. */
function scanInPieces(bytes: Uint8Array, cuts: readonly number[], options: ScannerOptions = {}): Found {
  const scanner = new InstructionScanner(options);
  const watched: [string, number, number][] = [];
  let held = new Uint8Array(0);
  let dropped = 0;
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    held = Buffer.concat([held, bytes.subarray(from, cut)]);
    from = cut;
    const boundary = scanner.scan(held, held.length, (opcode, start, end) =>
      watched.push([opcode, dropped + start, dropped + end]),
    );
    if (boundary < 0) return { boundary: -1, watched };
    scanner.discard(boundary);
    held = held.slice(boundary);
    dropped += boundary;
  }
  return { boundary: dropped, watched };
}

const variants: readonly (readonly [string, ScannerOptions])[] = [
  ['portable', {}],
  ['vectorised', { isAscii }],
];

const encode = (...instructions: Instruction[]) =>
  new TextEncoder().encode(instructions.map(encodeInstruction).join(''));

const recording = encode(
  ['size', '0', '1024', '768'],
  ['name', 'Grüße, Jürgen; 東京 😀 e\u0301 👩‍👩‍👧'],
  ['img', '1', '14', '0', 'image/png', '0', '0'],
  ['blob', '1', 'QUJD'.repeat(40)],
  ['argv', '0', 'text/plain', '1.;,2.é'],
  ['end', '1'],
  ['sync', '7187930'],
  ['é', ''],
  ['error', 'Ä'.repeat(50), '519'],
  ['nop'],
);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('', 'sync', 'A'.repeat(200), ';', ',', '1.a;', '\u0301', '😀'.repeat(30)),
);
const instruction = fc
  .tuple(text, fc.array(text, { maxLength: 5 }))
  .map(([opcode, args]): Instruction => [opcode.replace(/[\ud800-\udfff]/gu, ''), ...args]);
const stream = fc.array(instruction, { maxLength: 8 }).map((instructions) => encode(...instructions));
const cutsOf = (length: number) =>
  fc.array(fc.nat({ max: length }), { maxLength: 12 }).map((cuts) => cuts.toSorted((a, b) => a - b));

describe.each(variants)('InstructionScanner, %s', (_, options) => {
  const watching = { ...options, watched: ['sync', 'size', 'error', 'nop', 'end'] };

  it('finds the same, cut at every byte', () => {
    const whole = scanInPieces(recording, [], watching);
    expect(whole.boundary).toBe(recording.length);
    expect(whole.watched.map(([opcode]) => opcode)).toEqual(['size', 'end', 'sync', 'error', 'nop']);
    for (let cut = 0; cut <= recording.length; cut++) {
      expect(scanInPieces(recording, [cut], watching)).toEqual(whole);
    }
    const everyByte = Array.from(recording, (_byte, at) => at);
    expect(scanInPieces(recording, everyByte, watching)).toEqual(whole);
  });

  it('gives the boundary of the last whole instruction at every cut', () => {
    const { boundaries } = findBoundariesPlainly(recording);
    for (let cut = 0; cut <= recording.length; cut++) {
      const expected = boundaries.findLast((boundary) => boundary <= cut) ?? 0;
      expect(new InstructionScanner(options).scan(recording, cut)).toBe(expected);
    }
  });

  it('agrees with a plain reader of code points, whatever the text and the cuts', () => {
    const cases = stream.chain((bytes) => fc.tuple(fc.constant(bytes), cutsOf(bytes.length)));
    fc.assert(
      fc.property(cases, ([bytes, cuts]) => {
        const plain = findBoundariesPlainly(bytes);
        expect(plain.isBroken).toBe(false);
        expect(scanInPieces(bytes, cuts, options).boundary).toBe(plain.boundaries.at(-1) ?? 0);
      }),
      { numRuns: 500 },
    );
  });

  it('takes for the protocol what the reference parser does, and nothing else', () => {
    const almost = fc
      .tuple(
        stream,
        fc.nat(),
        fc.nat({ max: 3 }),
        fc.string({ unit: fc.constantFrom(...Array.from('0123.,;aé😀')), maxLength: 6 }),
      )
      .map(([bytes, at, dropped, put]) => {
        const points = Array.from(bytes.toString());
        points.splice(at % (points.length + 1), dropped, put);
        return points.join('');
      });
    fc.assert(
      fc.property(almost, (damaged) => {
        const bytes = Buffer.from(damaged);
        const isProtocol = decodeInstructions(bytes.toString()) !== undefined;
        expect(new InstructionScanner(options).scan(bytes, bytes.length) === bytes.length).toBe(isProtocol);
      }),
      { numRuns: 1_000 },
    );
  });

  it('tells where each watched instruction lies', () => {
    fc.assert(
      fc.property(fc.array(instruction, { maxLength: 6 }), ([...others]) => {
        const bytes = encode(...others, ['sync', '1'], ...others);
        const [found] = scanInPieces(bytes, [], { ...options, watched: ['sync'] }).watched.filter(
          ([, start]) => start === encode(...others).length,
        );
        expect(found).toEqual(['sync', encode(...others).length, encode(...others, ['sync', '1']).length]);
      }),
    );
  });

  it('answers the same for any bytes, however they are cut', () => {
    const damaged = fc
      .tuple(stream, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 4 }))
      .map(([bytes, at, noise]) => {
        const copy = Buffer.concat([bytes, noise]);
        copy.set(noise.subarray(0, copy.length - (at % copy.length)), at % copy.length);
        return copy;
      });
    const cases = fc
      .oneof(damaged, fc.uint8Array({ maxLength: 80 }))
      .chain((bytes) => fc.tuple(fc.constant(bytes), cutsOf(bytes.length)));
    fc.assert(
      fc.property(cases, ([bytes, cuts]) => {
        expect(scanInPieces(bytes, cuts, options).boundary).toBe(scanInPieces(bytes, [], options).boundary);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['a page', 'HTTP/1.1 400 Bad Request\r\n'],
    ['a TLS alert', '\x15\x03\x03\x00\x02'],
    ['a banner', 'SSH-2.0-OpenSSH_9.2p1\r\n'],
    ['an element without a length', '.sync;'],
    ['a wrong terminator', '4.sync:'],
    ['a length that is too short', '3.sync;'],
    ['a length that counts bytes', '3.é;4.sync;'],
  ])('refuses %s', (_name, garbage) => {
    expect(new InstructionScanner(options).scan(Buffer.from(garbage), Buffer.byteLength(garbage))).toBe(-1);
    const late = Buffer.from(`3.nop;${garbage}`);
    const scanner = new InstructionScanner(options);
    expect(scanner.scan(late, late.length)).toBe(-1);
    expect(scanner.scan(late, late.length)).toBe(-1);
  });

  it('never trusts a separator by its offset', () => {
    const bytes = encode(['é,', 'é;']);
    expect(scanInPieces(bytes, [], options).boundary).toBe(bytes.length);
    expect(new InstructionScanner(options).scan(Buffer.from('2.é,1.a;'), 9)).toBe(-1);
  });

  it('refuses what is larger than allowed, in one piece or in many', () => {
    const limits: InstructionLimits = { elementLength: 10, instructionBytes: 40 };
    const scan = (bytes: Uint8Array, cuts: number[] = []) =>
      scanInPieces(bytes, cuts, { ...options, limits }).boundary;
    expect(scan(encode(['a', 'é'.repeat(10)]))).toBeGreaterThan(0);
    expect(scan(encode(['a', 'é'.repeat(11)]))).toBe(-1);
    expect(scan(Buffer.from('00000001.a;'))).toBe(-1);
    const long = encode(['a', ...Array.from({ length: 5 }, () => '123456')]);
    expect(scan(long)).toBe(-1);
    expect(scan(long, [10, 20, 30, 39, 41])).toBe(-1);
    expect(scan(long.subarray(0, 40))).toBe(0);
  });
});
