import { fail } from '../../shared/contract/failure.ts';
import type { Engine } from './engine.ts';

/** Several engines as one: each protocol is opened by the first that has it, and that can be asked now. */
export function createEngineChoice(engines: readonly Engine[]): Engine {
  async function find(protocol: string) {
    let refusal = fail('manager_lacks_protocol', `there is no engine for ${protocol}`);
    for (const engine of engines) {
      const asked = await engine.argumentsOf(protocol);
      if (asked.ok) return { engine, asked };
      // That an engine is down says more than that another one has no such protocol.
      if (refusal.failure.code === 'manager_lacks_protocol') refusal = asked;
    }
    return { asked: refusal };
  }

  return {
    describe: () => engines.map((engine) => engine.describe()).join(', '),
    argumentsOf: async (protocol) => (await find(protocol)).asked,
    async open(handshake, signal) {
      const { engine, asked } = await find(handshake.protocol);
      if (!engine) return asked;
      // Another engine than the one whose arguments were given may know others; it ignores what it doesn't.
      return engine.open(handshake, signal);
    },
    async close() {
      await Promise.all(engines.map((engine) => engine.close()));
    },
  };
}
