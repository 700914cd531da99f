import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createBuiltInEngine } from './engines/builtInEngine.ts';
import { createSshProtocol } from './engines/ssh/sshProtocol.ts';
import { openKnownHosts } from './engines/ssh/knownHostsFile.ts';
import { createTelnetProtocol } from './engines/telnet/telnetProtocol.ts';
import { createTerminal } from './engines/terminal/terminal.ts';
import { openPins } from './engines/vnc/pinsFile.ts';
import { createVncProtocol } from './engines/vnc/vncProtocol.ts';
import type { Engine } from './engine.ts';
import type { EngineName } from './engineNames.ts';
import { createEngineChoice } from './engineChoice.ts';
import { createGuacdEngine, type RunningGuacd } from './guacdEngine.ts';
import { findGuacd, startLocalGuacd } from './localGuacd.ts';

export interface EngineOrder {
  readonly engine: EngineName;
  /** The guacd to run; left out, the one that is found. */
  readonly executable?: string | undefined;
  /** One that runs already, instead. */
  readonly address?: RunningGuacd | undefined;
  /** For guacd's log and home, and for the known hosts of the built-in engine. */
  readonly folder: string;
  /** Of Proxima. */
  readonly version: string;
  /** The SSH agent of the person whose machine this is; never on a server, where many come. */
  readonly agentSocket?: string | undefined;
}

/** Where the engines tell what happens to them. */
export interface EngineLog {
  info(text: string): void;
  warn(text: string): void;
}

/**
 * Opens what a manager opens sessions with.
 *
 * @throws where the engine that was asked for can't be had.
 */
export async function openEngine(order: EngineOrder, log: EngineLog): Promise<Engine> {
  await mkdir(order.folder, { recursive: true, mode: 0o700 });
  if (order.engine === 'built-in') return openBuiltInEngine(order, log);
  const guacd = await openGuacdEngine(order, log);
  if (order.engine === 'auto')
    return createEngineChoice([...(guacd ? [guacd] : []), await openBuiltInEngine(order, log)]);
  if (!guacd) throw new Error('guacd is not installed here; --guacd says where it is');
  return guacd;
}

async function openBuiltInEngine(
  { folder, version, agentSocket }: EngineOrder,
  log: EngineLog,
): Promise<Engine> {
  const knownHosts = openKnownHosts(join(folder, 'known_hosts'));
  return createBuiltInEngine({
    version,
    protocols: [
      createSshProtocol({ createTerminal, knownHosts, agentSocket }),
      createTelnetProtocol({ createTerminal }),
      createVncProtocol({ pins: await openPins(join(folder, 'vnc_pins.json'), log.warn) }),
    ],
  });
}

async function openGuacdEngine(order: EngineOrder, log: EngineLog): Promise<Engine | undefined> {
  if (order.address) return createGuacdEngine(order.address);
  const executable = order.executable ?? findGuacd();
  if (executable === undefined) return undefined;
  const folder = join(order.folder, 'guacd');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const listeners = new Set<() => void>();
  const guacd = await startLocalGuacd(executable, {
    folder,
    log: log.warn,
    onRestart() {
      log.info('guacd listens again');
      for (const listener of listeners) listener();
    },
  });
  return createGuacdEngine({
    host: '127.0.0.1',
    port: guacd.port,
    stop: () => guacd.stop(),
    onRestart: (listener) => void listeners.add(listener),
  });
}
