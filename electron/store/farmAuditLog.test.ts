import { expect, it } from 'vitest';
import { valueOf } from '../collections/collection.conformance.ts';
import { createTestFarm } from '../collections/testFarm.ts';
import { createFarmAuditLog, readFarmAudit } from './farmAuditLog.ts';

const log = { info: () => undefined, error: () => undefined };
const done = { ok: true, value: undefined };

function createFarm() {
  const farm = createTestFarm();
  const join = () => {
    const node = farm.join();
    const audit = createFarmAuditLog({ chain: node.chain(), log, now: () => 1_700_000_000_000 });
    const append = (what: string) => audit.append({ who: 'Ada', what, details: ['a', 'b'] });
    const read = async () => {
      const { records, intact, brokenAt } = valueOf(await audit.read());
      return { whats: records.map(({ what }) => what), intact, brokenAt };
    };
    return { ...node, audit, append, read };
  };
  return { ...farm, join, idOf: (number: number) => `audit/${String(number).padStart(12, '0')}` };
}

it('is empty and intact at first', async () => {
  expect(await createFarm().join().read()).toEqual({ whats: [], intact: true, brokenAt: undefined });
});

it('is one chain of all nodes, whoever writes at once', async () => {
  const { join } = createFarm();
  const nodes = [join(), join(), join()];
  const whats = Array.from({ length: 30 }, (_, index) => `change ${index}`);
  const results = await Promise.all(whats.map((what, index) => nodes[index % 3]!.append(what)));
  expect(results).toEqual(results.map(() => done));
  for (const node of nodes) {
    const read = await node.read();
    expect(read.intact).toBe(true);
    expect(read.whats.toSorted()).toEqual(whats.toSorted());
  }
  const { records, tip } = valueOf(await readFarmAudit(nodes[0]!.chain()));
  expect(records.map(({ number }) => number)).toEqual(whats.map((_, index) => index + 1));
  expect(tip.number).toBe(30);
});

it('has a record once where the answer to its append was lost', async () => {
  const { join } = createFarm();
  const [first, second] = [join(), join()];
  for (const fault of ['commit', 'late'] as const) {
    let left = 1;
    first.faults.onTransact = ({ then }) =>
      then.some(({ kind }) => kind === 'put') && left-- > 0 ? fault : 'none';
    expect(await first.append(fault)).toEqual(done);
    await first.faults.landLate();
  }
  // Another node appends on top before anybody looks.
  let isLost = false;
  first.faults.onTransact = ({ then }) => {
    if (isLost || !then.some(({ kind }) => kind === 'put')) return 'none';
    isLost = true;
    void second.append('on top');
    return 'commit';
  };
  expect(await first.append('below')).toEqual(done);
  const { whats, intact } = await second.read();
  expect(intact).toBe(true);
  expect(whats.toSorted()).toEqual(['below', 'commit', 'late', 'on top']);
});

it('refuses while etcd is away, and goes on when it is back', async () => {
  const node = createFarm().join();
  await node.append('before');
  node.faults.setAvailable(false);
  expect(await node.append('lost')).toMatchObject({ failure: { code: 'audit_unwritable' } });
  expect(await node.audit.read()).toMatchObject({ failure: { code: 'audit_unwritable' } });
  node.faults.setAvailable(true);
  expect(await node.append('after')).toEqual(done);
  expect(await node.read()).toEqual({ whats: ['after', 'before'], intact: true, brokenAt: undefined });
});

const tip = 'audit-head';
interface Spoiling {
  readonly what: string;
  readonly spoil: (farm: ReturnType<typeof createFarm>) => Promise<void>;
  readonly brokenAt: number;
  /** Found by nobody but the node that wrote it. */
  readonly byItsWriter?: boolean;
}

it.each<Spoiling>([
  {
    what: 'a record that was changed',
    async spoil(farm) {
      const [record] = await farm.list(farm.idOf(2));
      await farm.meddle(farm.idOf(2), record!.value.replace('two', 'six'));
    },
    brokenAt: 2,
  },
  { what: 'a record that was taken out', spoil: (farm) => farm.meddle(farm.idOf(2), undefined), brokenAt: 2 },
  { what: 'a record that nobody wrote', spoil: (farm) => farm.meddle(farm.idOf(4), 'x'), brokenAt: 4 },
  { what: 'an end that was cut off', spoil: (farm) => farm.meddle(farm.idOf(3), undefined), brokenAt: 3 },
  { what: 'a note that was taken away', spoil: (farm) => farm.meddle(tip, undefined), brokenAt: 4 },
  { what: 'a note that is spoilt', spoil: (farm) => farm.meddle(tip, '{}'), brokenAt: 4 },
  {
    what: 'an end that was cut off with its note put back',
    async spoil(farm) {
      const [second] = await farm.list(farm.idOf(2));
      const { number, hash } = JSON.parse(second!.value) as { number: number; hash: string };
      await farm.meddle(farm.idOf(3), undefined);
      await farm.meddle(tip, JSON.stringify({ number, hash }));
    },
    brokenAt: 3,
    byItsWriter: true,
  },
])('finds $what, also after it has gone on', async ({ spoil, brokenAt, byItsWriter }) => {
  const farm = createFarm();
  const writer = farm.join();
  for (const what of ['one', 'two', 'three']) await writer.append(what);
  await spoil(farm);
  const node = byItsWriter === true ? writer : farm.join();
  expect(await node.read()).toMatchObject({ intact: false, brokenAt });
  expect(await node.append('four')).toEqual(done);
  expect(await node.append('five')).toEqual(done);
  expect(await node.read()).toMatchObject({ intact: false, brokenAt });
  expect((await node.read()).whats.slice(0, 2)).toEqual(['five', 'four']);
});
