import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { decodeInstructions, encodeInstruction } from '../../shared/guacamole/instruction.ts';
import type { LineEnd, TunnelWire } from '../broker/ports.ts';
import { InstructionBuffer } from './instructionBuffer.ts';
import { startRelay } from './relay.ts';
import type { SocketListener } from './socket.ts';

/**
 * What guacd 1.3.0 sent of an SSH session whose command printed umlauts, Chinese and an emoji, and made each the title of its
 * terminal. Titles are all that guacd sends as text: among them is `2.é,;`, whose separators are content.
 */
const recorded = readFileSync(new URL('corpus/sshUnicode.guac', import.meta.url));
const recording = recorded.subarray(recorded.indexOf(';') + 1);

const watched = ['size', 'sync', 'required', 'error', 'disconnect'];
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Far more than the largest instruction and all that a socket brings at once. */
const mostHeldBytes = 256 * 1024;

/** A relay between a socket that brings what it is told to and a wire that takes everything at once. */
function createRelay() {
  let listener: SocketListener | undefined;
  const buffer = new InstructionBuffer(watched);
  const messages: Uint8Array[] = [];
  const ends: LineEnd[] = [];
  const answers: string[] = [];
  const wire: TunnelWire = {
    send(bytes, done) {
      messages.push(new Uint8Array(bytes));
      done();
    },
    onMessage: () => undefined,
    onClose: () => undefined,
    close: () => undefined,
  };
  const socket = {
    security: 'connected-not-encrypted' as const,
    listen: (next: SocketListener) => void (listener = next),
    onTicket: () => undefined,
    write: (data: string | Uint8Array) => void answers.push(data.toString()),
    unsentBytes: 0,
    pause: () => undefined,
    resume: () => undefined,
    close: () => undefined,
    closed: Promise.resolve(),
  };
  const traffic = { fromHostBytes: 0, toHostBytes: 0 };
  startRelay({ socket, connectionId: '$1', buffer }, wire, traffic, (end) => ends.push(end));
  return {
    buffer,
    messages,
    ends,
    bring: (...pieces: readonly Uint8Array[]) => {
      for (const piece of pieces) listener?.onBytes(piece);
    },
    carried: () => Buffer.concat(messages),
  };
}

const isWhole = (message: Uint8Array) => decodeInstructions(strictDecoder.decode(message)) !== undefined;

const bytesOf = (text: string) => Buffer.from(text);

describe('a recorded session', () => {
  it('comes through whole and unchanged, cut at any byte', async () => {
    expect(recording.includes('Grüße 世界 😀')).toBe(true);
    for (let cut = 0; cut <= recording.length; cut += 1) {
      const relay = createRelay();
      relay.bring(recording.subarray(0, cut));
      await nextTurn();
      relay.bring(recording.subarray(cut));
      await nextTurn();
      expect(relay.carried().equals(recording)).toBe(true);
      expect(relay.messages.every(isWhole)).toBe(true);
      // Its command came to its end.
      expect(relay.ends).toEqual([{}]);
    }
  });

  it('comes through byte by byte', async () => {
    const relay = createRelay();
    for (const byte of recording) {
      relay.bring(Uint8Array.of(byte));
      await nextTurn();
    }
    expect(relay.carried().equals(recording)).toBe(true);
    expect(relay.messages.every(isWhole)).toBe(true);
  });
});

describe('what is not the protocol', () => {
  it.each([
    ['a length too short', '4.size,1.0,3.1024,3.768;'],
    ['a length too long', '4.size,1.0,9.1024,3.768;4.sync,1.1;'],
    ['no length', '.size;'],
    ['a length that is no number', 'x.size;'],
    ['a length below zero', '-1.a;'],
    ['an element beyond all limits', `4.blob,1.1,40000.${'A'.repeat(40_000)};`],
    ['a length of many digits', '4.blob,0000000001.1;'],
    ['an instruction without an end', `4.blob${',8000.'.concat('A'.repeat(8_000)).repeat(20)}`],
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ])('%s ends the line with one failure, and what was whole before it has gone through', async (_, text) => {
    const relay = createRelay();
    const before = encodeInstruction(['sync', '7']);
    relay.bring(bytesOf(before));
    await nextTurn();
    for (let at = 0; at < text.length; at += 1_000) {
      relay.bring(bytesOf(text.slice(at, at + 1_000)));
      await nextTurn();
    }
    expect(relay.ends).toMatchObject([{ failure: { code: 'manager_protocol_error' } }]);
    expect(relay.carried().toString().startsWith(before)).toBe(true);
    expect(relay.messages.every(isWhole)).toBe(true);
    expect(relay.buffer.size).toBeLessThan(mostHeldBytes);
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['half a pair of surrogates, and text behind it', [0xed, 0xb0, 0x80, 0x61]],
    ['a byte of Latin-1', [0xe9]],
  ])('%s inside an element goes through as the sign for it', async (_, content) => {
    const codePoints = content.length === 4 ? 2 : 1;
    const relay = createRelay();
    relay.bring(
      Buffer.concat([bytesOf(`4.name,${codePoints}.`), Buffer.from(content), bytesOf(';4.sync,1.9;')]),
    );
    await nextTurn();
    expect(relay.ends).toEqual([]);
    const [name, sync] = decodeInstructions(strictDecoder.decode(relay.carried())) ?? [];
    expect(name?.[0]).toBe('name');
    expect(name?.[1]).toContain('\ufffd');
    expect(sync).toEqual(['sync', '9']);
  });

  it('opcodes that nobody knows, and streams that never end, are the client’s to judge', async () => {
    const stream = ['img', '9', '15', '0', 'image/png', '0', '0'] as const;
    const text = [['no-such-opcode', 'x'], stream, ['blob', '9', 'QUJD'], ['blob', '77', 'QUJD']] as const;
    const relay = createRelay();
    for (let round = 0; round < 200; round += 1) {
      relay.bring(bytesOf(text.map((instruction) => encodeInstruction(instruction)).join('')));
      await nextTurn();
    }
    expect(relay.ends).toEqual([]);
    expect(decodeInstructions(relay.carried().toString())).toHaveLength(800);
    expect(relay.buffer.size).toBe(0);
  });

  it('ends the line once at most, whatever the damage and the cuts, and passes on nothing but whole instructions', async () => {
    const damage = fc.record({
      at: fc.nat({ max: recording.length }),
      dropped: fc.nat({ max: 3 }),
      bytes: fc.uint8Array({ maxLength: 4 }),
      cuts: fc.array(fc.nat({ max: recording.length }), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, dropped, bytes, cuts }) => {
        const damaged = Buffer.concat([recording.subarray(0, at), bytes, recording.subarray(at + dropped)]);
        const relay = createRelay();
        let start = 0;
        for (const cut of [...cuts.toSorted((one, other) => one - other), damaged.length]) {
          relay.bring(damaged.subarray(start, cut));
          start = Math.max(start, cut);
          await nextTurn();
        }
        expect(relay.ends.length).toBeLessThanOrEqual(1);
        expect(relay.messages.every(isWhole)).toBe(true);
        expect(relay.buffer.size).toBeLessThan(mostHeldBytes);
      }),
      { numRuns: 500 },
    );
  });
});
