import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../electron/manager/engine.ts';
import { openEngine } from '../../electron/manager/openEngine.ts';
import { startRig } from '../rig/rig.ts';
import { type ReattachRound, runReattachChaos, summariseReattach } from './manager.ts';

/** How long the way stays closed, one after the other: gone and back at once, and away for a while. */
const closedMs = [0, 2_000] as const;

/** Cuts brokers off from a manager in front of each engine, and tells what came of it. @returns whether nothing was lost. */
export async function breakManagers(rounds: number, asJson: boolean): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-chaos-'));
  const rig = await startRig({ parts: ['ssh'] });
  const summaries: ReturnType<typeof summariseReattach>[] = [];
  try {
    for (const { name, start } of engines(folder)) {
      for (const time of closedMs) {
        const done = await runReattachChaos({
          name: `${name}, cut for ${time} ms`,
          engine: await start(),
          ssh: rig.ssh,
          rounds: Math.ceil(rounds / closedMs.length),
          closedMs: time,
          onRound: report,
        });
        const summary = summariseReattach(done);
        summaries.push(summary);
        if (asJson) process.stdout.write(`${JSON.stringify(summary)}\n`);
      }
    }
  } finally {
    await rig.stop();
    await rm(folder, { recursive: true, force: true });
  }
  if (!asJson) for (const summary of summaries) process.stdout.write(`${describe(summary)}\n`);
  return summaries.every(({ lost }) => lost === 0);
}

function engines(folder: string): readonly { readonly name: string; start(): Promise<Engine> }[] {
  const log = { info: () => undefined, warn: () => undefined };
  return (['guacd', 'built-in'] as const).map((engine) => ({
    name: engine,
    start: () => openEngine({ engine, folder, version: '0' }, log),
  }));
}

function report({ name, round, before, after, backMs }: ReattachRound): void {
  const verdict = before === after ? 'the same shell' : 'NOT THE SAME SHELL';
  process.stderr.write(
    `${name}, round ${round}: shell ${before} before, ${after ?? 'none'} after, back in ${Math.round(backMs)} ms: ${verdict}\n`,
  );
}

const describe = ({ name, sessions, lost, p50Ms, maxMs }: ReturnType<typeof summariseReattach>) =>
  `${name}: ${sessions} sessions, ${lost} lost, back in ${p50Ms} ms (median), ${maxMs} ms (most)`;
