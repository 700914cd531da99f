import { describe, expect, it } from 'vitest';
import { startEtcd } from '../../../e2e/rig/etcd.ts';
import { skipReasonOf } from '../../../e2e/rig/debianProgram.ts';
import { findEtcd } from '../../../e2e/rig/etcdProgram.ts';
import { createEtcdEngine } from './engine.ts';
import { put, unwrap } from './testEngine.ts';

const etcd = await findEtcd();
const rounds = 2;

describe.skipIf(etcd.kind === 'missing')(
  `a leader that was paused and doesn't know${skipReasonOf(etcd)}`,
  () => {
    it('reads nothing old to anybody once it goes on', async () => {
      const cluster = await startEtcd({ size: 3 });
      try {
        for (let round = 0; round < rounds; round += 1) {
          const leader = await cluster.findLeader();
          const others = cluster.nodes.filter((node) => node !== leader);
          const atLeader = createEtcdEngine({ endpoints: [leader.endpoint], identity: {} });
          const elsewhere = createEtcdEngine({
            endpoints: others.map(({ endpoint }) => endpoint),
            identity: {},
            deadlines: { callMs: 10_000 },
          });
          unwrap(await atLeader.transact({ compare: [], then: [put('key', `before ${round}`)] }));
          leader.pause();
          // Who isn't sure that it was written writes again.
          let written = await elsewhere.transact({ compare: [], then: [put('key', `after ${round}`)] });
          while (!written.ok)
            written = await elsewhere.transact({ compare: [], then: [put('key', `after ${round}`)] });
          const reading = atLeader.list('key');
          leader.resume();
          const read = await reading;
          expect(unwrap(read).entries).toMatchObject([{ value: `after ${round}` }]);
          await Promise.all([atLeader.close(), elsewhere.close()]);
        }
      } finally {
        await cluster.stop();
      }
    }, 60_000);
  },
);
