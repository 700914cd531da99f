import { describe, expect, it } from 'vitest';
import { emptySettings, type Settings } from '../../shared/model/settings.ts';
import { fail } from '../../shared/contract/failure.ts';
import type { AuditLog } from '../broker/ports.ts';
import { eventually, valueOf } from '../collections/collection.conformance.ts';
import { createTestFarm } from '../collections/testFarm.ts';
import { createFarmAuditLog } from './farmAuditLog.ts';
import { openFarmSettings } from './farmSettingsStore.ts';
import { type MachinePolicy, parsePolicy } from './policy.ts';
import { revisionRecordSchema } from './settingsHistory.ts';

const settingsWith = (queueTimeoutMs: number): Settings => ({ ...emptySettings, queueTimeoutMs });
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const noPolicy = parsePolicy([]);

function createFarm() {
  const farm = createTestFarm();
  const join = async (options: { policy?: MachinePolicy; audit?: AuditLog } = {}) => {
    const node = farm.join();
    const audit = options.audit ?? createFarmAuditLog({ chain: node.chain(), log: silent, now: () => 5 });
    const current = await node.open('settings', revisionRecordSchema);
    const history = await node.open('settings-history', revisionRecordSchema);
    const { store, notices } = openFarmSettings({
      current,
      history,
      audit,
      log: silent,
      policy: options.policy ?? noPolicy,
      now: () => 1_000,
    });
    const whats = async () => valueOf(await audit.read()).records.map(({ what }) => what);
    return { ...node, store, notices, history, whats };
  };
  return { ...farm, join };
}

it('begins with nothing saved', async () => {
  const { store } = await createFarm().join();
  expect(store.current()).toEqual({ settings: emptySettings, revision: 0 });
  expect(valueOf(await store.history())).toEqual([]);
});

it('is the same on every node, and keeps what was saved', async () => {
  const { join } = createFarm();
  const [first, second] = [await join(), await join()];
  let changes = 0;
  second.store.onChange(() => void (changes += 1));
  expect(valueOf(await first.store.save(0, settingsWith(1), 'Ada'))).toEqual({ kind: 'saved', revision: 1 });
  expect(first.store.current()).toEqual({ settings: settingsWith(1), revision: 1 });
  await eventually(() => second.store.current().revision === 1);
  expect(valueOf(await second.store.save(1, settingsWith(2), 'Grace'))).toEqual({
    kind: 'saved',
    revision: 2,
  });
  await eventually(() => first.store.current().revision === 2);
  expect(changes).toBe(2);
  const third = await join();
  for (const { store } of [first, second, third]) {
    await eventually(() => store.current().revision === 2);
    expect(valueOf(await store.readRevision(1))).toEqual(settingsWith(1));
    expect(valueOf(await store.history()).map(({ revision, who }) => [revision, who])).toEqual([
      [2, 'Grace'],
      [1, 'Ada'],
    ]);
    expect(await store.readRevision(7)).toMatchObject({ failure: { code: 'input_invalid' } });
  }
  expect(await first.whats()).toEqual(['saved settings, revision 2', 'saved settings, revision 1']);
});

it('gives the conflict to the second of two nodes, and never loses the first', async () => {
  const { join } = createFarm();
  const [first, second] = [await join(), await join()];
  const saves = await Promise.all([
    first.store.save(0, settingsWith(1), 'Ada'),
    second.store.save(0, settingsWith(2), 'Grace'),
  ]);
  const outcomes = saves.map(valueOf);
  expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['conflict', 'saved']);
  const winner = outcomes[0]?.kind === 'saved' ? 1 : 2;
  for (const { store } of [first, second]) {
    await eventually(() => store.current().revision === 1);
    expect(store.current().settings.queueTimeoutMs).toBe(winner);
  }
  const conflict = outcomes.find(({ kind }) => kind === 'conflict');
  expect(conflict).toMatchObject({ who: winner === 1 ? 'Ada' : 'Grace' });
  expect(conflict?.kind === 'conflict' && conflict.theirs.length).toBe(1);
});

it('gives the conflict also where the other save was not heard of', async () => {
  const { join } = createFarm();
  const [first, second] = [await join(), await join()];
  second.faults.pauseWatches();
  await first.store.save(0, settingsWith(1), 'Ada');
  expect(valueOf(await second.store.save(0, settingsWith(2), 'Grace'))).toMatchObject({
    kind: 'conflict',
    who: 'Ada',
  });
  expect(second.store.current().settings).toEqual(settingsWith(1));
});

describe('that is not saved', () => {
  it('without the audit log', async () => {
    const audit: AuditLog = {
      append: async () => fail('audit_unwritable'),
      read: async () => fail('audit_unwritable'),
    };
    const { store } = await createFarm().join({ audit });
    expect(await store.save(0, settingsWith(1), 'Ada')).toMatchObject({
      failure: { code: 'audit_unwritable' },
    });
    expect(store.current().revision).toBe(0);
  });

  it('while etcd is away, and is as before when it is back', async () => {
    const { store, faults } = await createFarm().join();
    await store.save(0, settingsWith(1), 'Ada');
    faults.setAvailable(false);
    expect(await store.save(1, settingsWith(2), 'Ada')).toMatchObject({
      failure: { code: 'registry_unavailable' },
    });
    expect(store.current()).toEqual({ settings: settingsWith(1), revision: 1 });
    faults.setAvailable(true);
    expect(valueOf(await store.save(1, settingsWith(2), 'Ada'))).toEqual({ kind: 'saved', revision: 2 });
  });

  it('where it is against the policy of this node’s machine', async () => {
    const policy = { ...noPolicy, managedBy: 'IT', values: { queueTimeoutMs: 9_000 } };
    const { join } = createFarm();
    const [governed, free] = [await join({ policy }), await join()];
    expect(governed.store.current().settings.queueTimeoutMs).toBe(9_000);
    expect(governed.store.locked()).toEqual([{ path: 'queueTimeoutMs', managedBy: 'IT' }]);
    expect(await governed.store.save(0, settingsWith(1), 'Ada')).toMatchObject({
      failure: { code: 'settings_locked' },
    });
    expect(await free.store.save(0, { ...settingsWith(1), groups: [] }, 'Ada')).toMatchObject({
      failure: { code: 'input_invalid' },
    });
    expect(valueOf(await free.store.save(0, settingsWith(1), 'Ada')).kind).toBe('saved');
    await eventually(() => governed.store.current().revision === 1);
    expect(governed.store.current().settings.queueTimeoutMs).toBe(9_000);
  });
});

it('has in its history what a node died on before it was put there', async () => {
  const { join } = createFarm();
  const { store, history } = await join();
  await store.save(0, settingsWith(1), 'Ada');
  await history.removeAll(['000001']);
  expect(valueOf(await store.history())).toHaveLength(1);
  await store.save(1, settingsWith(2), 'Ada');
  expect(valueOf(await store.history()).map(({ revision }) => revision)).toEqual([2, 1]);
  expect(valueOf(await store.readRevision(1))).toEqual(settingsWith(1));
});

it('keeps the last hundred revisions', async () => {
  const { store } = await createFarm().join();
  for (let base = 0; base < 103; base += 1) await store.save(base, settingsWith(base), 'Ada');
  const history = valueOf(await store.history());
  expect([history.length, history[0]?.revision, history.at(-1)?.revision]).toEqual([100, 103, 4]);
});
