import { createRouterClient, implement } from '@orpc/server';
import { expect, onTestFinished, test } from 'vitest';
import { administration } from '../../shared/contract/administration.ts';
import type { SettingsView } from '../../shared/contract/administration.ts';
import { emptySettings } from '../../shared/model/settings.ts';
import type { Settings } from '../../shared/model/settings.ts';
import type { ContractClient, HostConnection } from '../transport/hostConnection.ts';
import { createSettingsStore } from './settings.ts';
import { addGroup, changeGroup } from './settingsEdits.ts';

const start: SettingsView = { settings: emptySettings, revision: 3, locked: [] };

/** A host process that keeps settings, behind real calls. */
function createHost() {
  let current = start;
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  let notify = () => {};
  const os = implement(administration);
  const client = createRouterClient({
    settings: {
      watch: os.settings.watch.handler(async function* () {
        while (!ended.signal.aborted) {
          yield current;
          await new Promise<void>((resolve) => {
            notify = resolve;
            ended.signal.addEventListener('abort', () => resolve());
          });
        }
      }),
      save: os.settings.save.handler(({ input }) => {
        if (input.base !== current.revision)
          return { kind: 'conflict' as const, current, who: 'anna', theirs: ['the queue waits longer'] };
        current = { ...current, settings: input.settings, revision: current.revision + 1 };
        notify();
        return { kind: 'saved' as const, revision: current.revision };
      }),
    },
  });
  const connection: HostConnection = {
    client: client as unknown as ContractClient,
    getState: () => 'connected',
    tryNow: () => undefined,
    subscribe: () => () => undefined,
    openTunnel: () => {
      throw new Error('no tunnels here');
    },
  };
  return {
    connection,
    current: () => current,
    saveElsewhere(settings: Settings) {
      current = { ...current, settings, revision: current.revision + 1 };
      notify();
    },
  };
}

async function openStore() {
  const host = createHost();
  const store = createSettingsStore(host.connection);
  await expect.poll(() => store.getState()?.saved.revision).toBe(3);
  const state = () => {
    const now = store.getState();
    if (now === undefined) throw new Error('the settings have not come');
    return now;
  };
  return { host, store, state };
}

const rename = changeGroup('default', { name: 'Everything else' });

test('an edit changes the draft alone, and taking it back is no change', async () => {
  const { store, state } = await openStore();
  store.edit(rename);
  expect(state()).toMatchObject({ isChanged: true, saved: start });
  store.edit(changeGroup('default', { name: 'Default' }));
  expect(state().isChanged).toBe(false);
});

test('a save tells what it changed, and the draft begins anew', async () => {
  const { host, store, state } = await openStore();
  store.edit(rename);
  const change = await store.save();
  expect(change?.before).toEqual(emptySettings);
  expect(change?.after.groups[0]?.name).toBe('Everything else');
  expect(host.current().settings).toEqual(change?.after);
  expect(state()).toMatchObject({ isChanged: false, isSaving: false, base: { revision: 4 } });
});

test('a draft with something wrong is not saved', async () => {
  const { host, store } = await openStore();
  store.edit(changeGroup('default', { name: '' }));
  expect(await store.save()).toBeUndefined();
  expect(host.current()).toBe(start);
});

test('what others save is shown at once where nothing is edited', async () => {
  const { host, state } = await openStore();
  host.saveElsewhere({ ...emptySettings, queueTimeoutMs: 5000 });
  await expect.poll(() => state().draft.queueTimeoutSeconds).toBe(5);
  expect(state().isChanged).toBe(false);
});

test('a conflict overwrites nothing; one’s own goes on top of theirs as a draft', async () => {
  const { host, store, state } = await openStore();
  store.edit(rename);
  host.saveElsewhere({ ...emptySettings, queueTimeoutMs: 5000 });
  await expect.poll(() => state().saved.revision).toBe(4);
  expect(state().draft.queueTimeoutSeconds).toBe(30);

  expect(await store.save()).toBeUndefined();
  expect(state().conflict).toMatchObject({ who: 'anna', theirs: ['the queue waits longer'] });
  expect(host.current().settings.groups[0]?.name).toBe('Default');

  store.settleConflict('mine');
  expect(state()).toMatchObject({ conflict: undefined, isChanged: true, base: { revision: 4 } });
  expect(state().draft.queueTimeoutSeconds).toBe(5);
  expect(await store.save()).toBeDefined();
  expect(host.current().settings).toMatchObject({ queueTimeoutMs: 5000 });
  expect(host.current().settings.groups[0]?.name).toBe('Everything else');
});

test('theirs can be loaded, and the draft is gone', async () => {
  const { host, store, state } = await openStore();
  store.edit(rename);
  host.saveElsewhere({ ...emptySettings, queueTimeoutMs: 5000 });
  await store.save();
  store.settleConflict('theirs');
  expect(state()).toMatchObject({ isChanged: false, conflict: undefined });
  expect(state().draft.groups[0]?.name).toBe('Default');
});

test('what is typed while a save is on its way stays as the next draft', async () => {
  const { host, store, state } = await openStore();
  store.edit(rename);
  const saving = store.save();
  store.edit(addGroup('late', 'Late'));
  await saving;
  expect(host.current().settings.groups).toHaveLength(1);
  expect(state().draft.groups.map(({ id }) => id)).toEqual(['late', 'default']);
  expect(state().isChanged).toBe(true);
});

test('discarding gives up the draft', async () => {
  const { store, state } = await openStore();
  store.edit(rename);
  store.discard();
  expect(state()).toMatchObject({ isChanged: false, saved: start });
});
