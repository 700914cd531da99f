import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginHandshake } from './handshake.ts';
import { decodeInstructions, encodeInstruction, type Instruction } from './instruction.ts';
import { expectHandshake, handshakeOpcodes, type ServerStep } from './serverHandshake.ts';

function receiveAll(instructions: readonly Instruction[], names: readonly string[] = ['hostname', 'port']) {
  const handshake = expectHandshake();
  let step: ServerStep = { kind: 'waiting' };
  for (const instruction of instructions) {
    step = handshake.receive(instruction);
    if (step.kind === 'selected') handshake.offer('VERSION_1_5_0', names);
    if (step.kind === 'refused' || step.kind === 'greeted' || step.kind === 'left') return step;
  }
  return step;
}

const size: Instruction = ['size', '1024', '768', '96'];

describe("the server's half of the handshake", () => {
  it("understands the client's half", () => {
    const client = beginHandshake({
      select: 'ssh',
      parameters: { hostname: 'ümlaut.example', password: 'a;b,c' },
      display: { width: 800, height: 600, dpi: 120, timezone: 'Europe/Berlin' },
      userName: 'Somebody',
    });
    const server = expectHandshake();
    const [select] = decodeInstructions(client.opening) ?? [];
    expect(server.receive(select ?? [''])).toEqual({ kind: 'selected', select: 'ssh' });
    const [args] = decodeInstructions(server.offer('VERSION_1_5_0', ['hostname', 'port', 'password'])) ?? [];
    const answer = client.receive(args ?? ['']);
    const steps = decodeInstructions(answer.kind === 'reply' ? answer.reply : '')?.map(server.receive);
    expect(steps?.at(-1)).toEqual({
      kind: 'greeted',
      greeting: {
        version: 'VERSION_1_5_0',
        display: { width: 800, height: 600, dpi: 120, timezone: 'Europe/Berlin' },
        audio: ['audio/L8', 'audio/L16'],
        video: [],
        image: ['image/png', 'image/jpeg', 'image/webp'],
        name: 'Somebody',
        parameters: { hostname: 'ümlaut.example', port: '', password: 'a;b,c' },
      },
    });
  });

  it.each(['', 'VERSION_1_0_0', 'VERSION_1_1_0', 'VERSION_1_3_0', 'VERSION_1_5_0'])(
    'takes a client that answers %j, with what it can draw in any order',
    (version) => {
      const step = receiveAll([
        ['select', 'vnc'],
        ['image', 'image/png'],
        ['video'],
        ['audio', ''],
        size,
        ['never-heard-of', 'x'],
        ['connect', version, 'h', '1'],
      ]);
      expect(step).toMatchObject({
        kind: 'greeted',
        greeting: { version, audio: [], image: ['image/png'], parameters: { hostname: 'h', port: '1' } },
      });
    },
  );

  it.each<[string, readonly Instruction[]]>([
    ['a first word that is no select', [size]],
    ['a path as protocol', [['select', '../../x']]],
    [
      'a second select',
      [
        ['select', 'ssh'],
        ['select', 'ssh'],
      ],
    ],
    [
      'an empty screen',
      [
        ['select', 'ssh'],
        ['size', '0', '768', '96'],
      ],
    ],
    [
      'a screen of words',
      [
        ['select', 'ssh'],
        ['size', 'a', 'b'],
      ],
    ],
    [
      'a screen beyond all sizes',
      [
        ['select', 'ssh'],
        ['size', '999999', '768', '96'],
      ],
    ],
    [
      'no screen',
      [
        ['select', 'ssh'],
        ['connect', '', 'h', '1'],
      ],
    ],
    ['too few values', [['select', 'ssh'], size, ['connect', '', 'h']]],
    ['too many values', [['select', 'ssh'], size, ['connect', '', 'h', '1', '2']]],
  ])('refuses %s', (_, instructions) => {
    expect(receiveAll(instructions)).toMatchObject({ kind: 'refused', refusal: { status: 768 } });
  });

  it('refuses connect before the arguments were asked for', () => {
    const handshake = expectHandshake();
    handshake.receive(['select', 'ssh']);
    handshake.receive(size);
    expect(handshake.receive(['connect', 'VERSION_1_5_0'])).toMatchObject({ kind: 'refused' });
  });

  it('comes to an end with whatever a client says, and greets nobody who has no screen', () => {
    const opcode = fc.oneof(fc.constantFrom(...handshakeOpcodes), fc.string());
    const element = fc.oneof(fc.string(), fc.constantFrom('ssh', '$x', '800', '0', '-1', 'VERSION_1_5_0'));
    const instruction = fc.tuple(opcode, fc.array(element, { maxLength: 5 }));
    fc.assert(
      fc.property(fc.array(instruction, { maxLength: 12 }), (said) => {
        const instructions = said.map(([name, args]): Instruction => [name, ...args]);
        const step = receiveAll(instructions);
        if (step.kind !== 'greeted') return true;
        const { width, height, dpi } = step.greeting.display;
        return [width, height, dpi].every((side) => Number.isInteger(side) && side > 0);
      }),
    );
  });

  it('lets a client go that only wanted to know the arguments', () => {
    expect(receiveAll([['select', 'ssh'], ['connect']])).toEqual({ kind: 'left' });
  });

  it('keeps arguments apart from what objects inherit', () => {
    const step = receiveAll(
      [['select', 'ssh'], size, ['connect', '', 'a', 'b']],
      ['__proto__', 'constructor'],
    );
    const parameters = step.kind === 'greeted' ? step.greeting.parameters : {};
    expect(Object.entries(parameters)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(encodeInstruction(['args', ...Object.keys(parameters)])).toBe(
      '4.args,9.__proto__,11.constructor;',
    );
  });
});
