import { describe, expect, it } from 'vitest';
import { beginHandshake, type HandshakeRequest } from './handshake.ts';
import { decodeInstructions } from './instruction.ts';

const request: HandshakeRequest = {
  select: 'ssh',
  parameters: { hostname: 'db.example', port: '22', password: 'grün;,' },
  display: { width: 1024, height: 768, dpi: 96, timezone: 'Europe/Berlin' },
  userName: 'Proxima',
};

function answerTo(args: readonly string[], changes: Partial<HandshakeRequest> = {}) {
  const step = beginHandshake({ ...request, ...changes }).receive(['args', ...args]);
  if (step.kind !== 'reply') throw new Error(`unexpected ${JSON.stringify(step)}`);
  return decodeInstructions(step.reply) ?? [];
}

describe('beginHandshake', () => {
  it('opens with the protocol, or with the id of the connection to join', () => {
    expect(beginHandshake(request).opening).toBe('6.select,3.ssh;');
    expect(beginHandshake({ ...request, select: '$1234' }).opening).toBe('6.select,5.$1234;');
  });

  it('answers the arguments in one go, values by name and in the order asked for', () => {
    const reply = answerTo(['VERSION_1_3_0', 'port', 'unknown', 'hostname', 'toString', 'password']);
    expect(reply).toEqual([
      ['size', '1024', '768', '96'],
      ['audio', 'audio/L8', 'audio/L16'],
      ['video'],
      ['image', 'image/png', 'image/jpeg', 'image/webp'],
      ['timezone', 'Europe/Berlin'],
      ['connect', 'VERSION_1_3_0', '22', '', 'db.example', '', 'grün;,'],
    ]);
  });

  it('leaves out a time zone that nobody told', () => {
    const reply = answerTo(['VERSION_1_3_0'], { display: { width: 1, height: 1, dpi: 96 } });
    expect(reply.map(([opcode]) => opcode)).not.toContain('timezone');
  });

  it.each([
    ['VERSION_1_3_0', 'VERSION_1_3_0'],
    ['VERSION_1_4_0', 'VERSION_1_3_0'],
    ['VERSION_1_5_0', 'VERSION_1_5_0'],
    ['VERSION_1_10_0', 'VERSION_1_5_0'],
    ['VERSION_2_0_0', 'VERSION_1_5_0'],
  ])('answers %s with %s, and tells its name only to those who know the word', (offered, answered) => {
    const reply = answerTo([offered, 'hostname']);
    expect(reply.at(-1)).toEqual(['connect', answered, 'db.example']);
    expect(reply.some(([opcode]) => opcode === 'name')).toBe(answered === 'VERSION_1_5_0');
  });

  it.each([[['VERSION_1_1_0', 'hostname']], [['hostname', 'port']], [[]]])(
    'refuses what is older: %j',
    (args) => {
      expect(beginHandshake(request).receive(['args', ...args])).toMatchObject({
        kind: 'failed',
        failure: { code: 'manager_protocol_error' },
      });
    },
  );

  it('refuses a value that guacd would drop us for', () => {
    const handshake = beginHandshake({ ...request, parameters: { 'private-key': 'a'.repeat(8193) } });
    expect(handshake.receive(['args', 'VERSION_1_3_0', 'private-key'])).toEqual({
      kind: 'failed',
      failure: { code: 'input_invalid', detail: 'private-key is longer than 8192 characters' },
    });
  });

  it('is done with `ready`, and waits through `nop`', () => {
    const handshake = beginHandshake(request);
    expect(handshake.receive(['nop'])).toEqual({ kind: 'waiting' });
    handshake.receive(['args', 'VERSION_1_3_0']);
    expect(handshake.receive(['nop'])).toEqual({ kind: 'waiting' });
    expect(handshake.receive(['ready', '$1'])).toEqual({ kind: 'ready', connectionId: '$1' });
  });

  it('takes an error for what it says', () => {
    expect(beginHandshake(request).receive(['error', 'No such thing', '519'])).toEqual({
      kind: 'failed',
      failure: { code: 'host_unreachable', detail: 'No such thing' },
    });
    expect(beginHandshake(request).receive(['disconnect'])).toMatchObject({
      failure: { code: 'manager_closed' },
    });
  });

  it.each([['ready', '$1'] as const, ['sync', '1'] as const, ['select', 'ssh'] as const])(
    'refuses %s out of turn',
    (...instruction) => {
      expect(beginHandshake(request).receive(instruction)).toMatchObject({
        kind: 'failed',
        failure: { code: 'manager_protocol_error' },
      });
    },
  );

  it('refuses a second `args`, and a `ready` without an id', () => {
    const handshake = beginHandshake(request);
    handshake.receive(['args', 'VERSION_1_3_0']);
    expect(handshake.receive(['args', 'VERSION_1_3_0']).kind).toBe('failed');
    expect(handshake.receive(['ready']).kind).toBe('failed');
  });
});
