import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type Result, succeed } from '../../shared/contract/failure.ts';
import type { Registry } from '../broker/ports.ts';
import { replaceFile } from '../disk/replaceFile.ts';
import { describeWriteError } from '../disk/writeError.ts';
import { systemClock } from './clock.ts';
import { createMemoryEngine } from './memoryEngine.ts';
import { createRegistry, type RegistryPorts } from './registry.ts';

export const embeddedPoolId = 'embedded';

/** Changes that one run of Proxima can make before the next run's revisions would meet its own. */
const revisionsPerEpoch = 2 ** 30;
const hourMs = 3_600_000;
const epochSchema = z.object({ epoch: z.int().positive() });

/**
 * Where revisions begin in this run: above all that earlier runs gave out, so that fences never go back. Counts the starts in the
 * file at `path`; a file that is gone or damaged is made up for by the clock, a clock that was put back by the file. Fails with
 * `store_failed`.
 */
export async function beginEpoch(path: string, wallNow: () => number = Date.now): Promise<Result<number>> {
  const epoch = Math.max((await readEpoch(path)) + 1, Math.floor(wallNow() / hourMs));
  try {
    await replaceFile(path, `${JSON.stringify({ epoch })}\n`);
  } catch (error) {
    return { ok: false, failure: describeWriteError(error) };
  }
  return succeed(epoch * revisionsPerEpoch);
}

async function readEpoch(path: string): Promise<number> {
  try {
    return epochSchema.parse(JSON.parse(await readFile(path, 'utf8'))).epoch;
  } catch {
    return 0;
  }
}

export interface EmbeddedOptions extends Partial<
  Pick<RegistryPorts, 'route' | 'seal' | 'log' | 'clock' | 'wallNow'>
> {
  /** Of {@link beginEpoch}; left out, by the clock alone. */
  readonly firstRevision?: number;
}

/** The engine lives as long as the process that its lease stands for: a beat is a matter of form. */
const leaseSeconds = 86_400;

/** The registry of one machine: the very same over an engine in this process. */
export function createEmbeddedRegistry(options: EmbeddedOptions = {}): Registry {
  const { clock = systemClock, wallNow = Date.now } = options;
  const firstRevision = options.firstRevision ?? Math.floor(wallNow() / hourMs) * revisionsPerEpoch;
  const engine = createMemoryEngine({ clock, firstRevision });
  const registry = createRegistry({
    kind: 'embedded',
    engine,
    pool: { id: embeddedPoolId, name: 'This machine', slack: 1, leaseSeconds },
    user: 'local',
    route: options.route ?? '',
    seal: options.seal ?? (async () => undefined),
    members: async () => [],
    clock,
    wallNow,
    random: Math.random,
    log: options.log ?? { warn: () => undefined },
  });
  return {
    ...registry,
    async close() {
      await registry.close();
      await engine.close();
    },
  };
}
