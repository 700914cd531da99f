import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import type { Engine, EngineArguments } from './engine.ts';
import { askGuacd, openGuacd, type GuacdAddress } from './guacdConnection.ts';

/** A guacd that runs: where it is reached, and how it is ended where we started it. */
export interface RunningGuacd extends GuacdAddress {
  stop?(): Promise<void>;
  /** Called whenever it was started anew: it may be another version. */
  onRestart?(listener: () => void): void;
}

/** How long what guacd asks for is taken as known, where nobody tells of its restarts. */
const argumentsAgeMs = 60_000;

/** guacd as an engine: a socket for each user of each session. */
export function createGuacdEngine(guacd: RunningGuacd, now: () => number = Date.now): Engine {
  const known = new Map<string, { readonly asked: Promise<Result<EngineArguments>>; readonly at: number }>();
  let version = '';
  guacd.onRestart?.(() => known.clear());

  async function ask(protocol: string): Promise<Result<EngineArguments>> {
    const asked = await askGuacd(guacd, protocol);
    if (asked.ok) {
      version = asked.value.version.replace('VERSION_', '').replaceAll('_', '.');
      return asked;
    }
    known.delete(protocol);
    // It says nothing for a protocol that isn't installed, and is otherwise quick.
    return asked.failure.code === 'manager_silent'
      ? fail(
          'manager_lacks_protocol',
          `guacd has no ${protocol} here: install its plug-in (libguac-client-${protocol})`,
        )
      : asked;
  }

  return {
    describe: () => (version === '' ? 'guacd' : `guacd ${version}`),
    argumentsOf(protocol) {
      const before = known.get(protocol);
      if (before && now() - before.at < argumentsAgeMs) return before.asked;
      const asked = ask(protocol);
      known.set(protocol, { asked, at: now() });
      return asked;
    },
    async open(handshake, signal) {
      const { protocol, parameters } = handshake;
      const valueOf = (name: string) => (Object.hasOwn(parameters, name) ? (parameters[name] ?? '') : '');
      const opened = await openGuacd(guacd, protocol, handshake, valueOf, signal);
      return opened.ok ? succeed(opened.value) : opened;
    },
    close: async () => guacd.stop?.(),
  };
}
