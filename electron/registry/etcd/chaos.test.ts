import { describe, expect, it } from 'vitest';
import { killAll, killLeader } from '../../../e2e/chaos/faults.ts';
import { runRegistryChaos, type ChaosRound } from '../../../e2e/chaos/registry.ts';
import { skipReasonOf } from '../../../e2e/rig/debianProgram.ts';
import { findEtcd } from '../../../e2e/rig/etcdProgram.ts';

const etcd = await findEtcd();

/** A short one; `npm run chaos -- registry` has twenty rounds. */
describe.skipIf(etcd.kind === 'missing')(`chaos under ten clients${skipReasonOf(etcd)}`, () => {
  it('loses nothing that was acknowledged, and leaves nothing over', async () => {
    const rounds: ChaosRound[] = [];
    await runRegistryChaos({
      faults: [killLeader, killAll],
      clients: 10,
      leaseSeconds: 6,
      onRound: (round) => rounds.push(round),
    });
    expect(rounds).toMatchObject(
      ['kill -9 leader', 'kill -9 all'].map((name) => ({
        name,
        lost: 0,
        ghosts: 0,
        wrongManager: 0,
        areMirrorsEqual: true,
      })),
    );
    for (const { acknowledged } of rounds) expect(acknowledged).toBeGreaterThan(20);
  }, 60_000);
});
