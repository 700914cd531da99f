import { expect, it } from 'vitest';
import { fail, type Result } from '../../shared/contract/failure.ts';
import type { Engine, EngineArguments, EngineHandshake } from './engine.ts';
import { createEngineChoice } from './engineChoice.ts';
import { createFakeEngine, type FakeEngine } from './fakeEngine.ts';

const handshake: EngineHandshake = {
  version: 'VERSION_1_5_0',
  display: { width: 800, height: 600, dpi: 96 },
  audio: [],
  video: [],
  image: ['image/png'],
  name: '',
  protocol: 'ssh',
  parameters: {},
};
const never = new AbortController().signal;

function lacking(engine: FakeEngine, answer: Result<EngineArguments>): Engine {
  return { ...engine, argumentsOf: async () => answer };
}

it('opens each protocol with the first engine that has it', async () => {
  const [first, second] = [createFakeEngine(['a']), createFakeEngine(['b'])];
  const both = createEngineChoice([first, second]);
  expect(await both.argumentsOf('ssh')).toMatchObject({ value: { names: ['a'] } });
  await both.open(handshake, never);
  expect([first.users.length, second.users.length]).toEqual([1, 0]);
  expect(both.describe()).toBe('fake 1.0.0, fake 1.0.0');
});

it('goes on to the next where one has no such protocol, or is down', async () => {
  for (const refusal of [fail('manager_lacks_protocol', 'no plug-in'), fail('manager_closed')]) {
    const [first, second] = [createFakeEngine(), createFakeEngine(['b'])];
    const both = createEngineChoice([lacking(first, refusal), second]);
    expect(await both.argumentsOf('ssh')).toMatchObject({ value: { names: ['b'] } });
    expect((await both.open(handshake, never)).ok).toBe(true);
    expect([first.users.length, second.users.length]).toEqual([0, 1]);
  }
});

it('says of a protocol that none can open what is most worth knowing', async () => {
  const none = fail('manager_lacks_protocol', 'install guacd');
  const down = fail('manager_silent');
  const engines = [createFakeEngine(), createFakeEngine()] as const;
  const choice = (first: typeof none, second: typeof none) =>
    createEngineChoice([lacking(engines[0], first), lacking(engines[1], second)]).open(handshake, never);
  expect(await choice(down, none)).toEqual(down);
  expect(await choice(fail('manager_lacks_protocol', 'no plug-in'), none)).toEqual(none);
  expect(await choice(none, down)).toEqual(down);
});
