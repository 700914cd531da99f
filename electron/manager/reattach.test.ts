import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runReattachChaos, summariseReattach } from '../../e2e/chaos/manager.ts';
import { startRig, type Rig } from '../../e2e/rig/rig.ts';
import { createGuacdEngine } from './guacdEngine.ts';
import { findGuacd, startLocalGuacd } from './localGuacd.ts';
import { isWithoutServers, whyWithoutServers } from './testGate.ts';

let rig: Rig;
let folder: string;
beforeAll(async () => {
  rig = await startRig({ parts: ['ssh'] });
  folder = await mkdtemp(join(tmpdir(), 'proxima-reattach-'));
}, 60_000);
afterAll(async () => {
  await rig.stop();
  await rm(folder, { recursive: true, force: true });
});

it.skipIf(isWithoutServers)(
  `a broker whose socket breaks in the middle of a running top finds the same shell, by itself${whyWithoutServers}`,
  async () => {
    const guacd = await startLocalGuacd(findGuacd() ?? 'guacd', { folder, log: () => {} });
    const engine = createGuacdEngine({ host: '127.0.0.1', port: guacd.port, stop: () => guacd.stop() });
    const rounds = await runReattachChaos({
      name: 'guacd',
      engine,
      ssh: rig.ssh,
      rounds: 2,
      closedMs: 500,
      onRound: () => {},
    });
    expect(rounds.map(({ after }) => after)).toEqual(rounds.map(({ before }) => before));
    expect(summariseReattach(rounds)).toMatchObject({ sessions: 2, lost: 0 });
  },
  60_000,
);
