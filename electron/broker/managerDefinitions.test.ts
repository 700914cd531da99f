import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { emptySettings, type Settings } from '../../shared/model/settings.ts';
import { shareManagers } from './managerDefinitions.ts';
import type { ManagerDefinition, SettingsStore } from './ports.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const manager = (id: string, change: Partial<SessionManager> = {}): SessionManager => ({
  id,
  name: id,
  address: '127.0.0.1',
  port: 4822,
  weight: 1,
  sessionLimit: null,
  intent: 'enabled',
  ...change,
});

const definition = (id: string, change: Partial<ManagerDefinition> = {}): ManagerDefinition => ({
  id,
  weight: 1,
  sessionLimit: null,
  intent: 'enabled',
  ...change,
});

/** What the processes of a pool share, with its listeners. */
function createPool() {
  const defined = new Map<string, ManagerDefinition>();
  const listeners = new Set<() => void>();
  const told: string[] = [];
  let answer: Result<void> = succeed(undefined);
  return {
    defined,
    told,
    setAnswer: (next: Result<void>) => void (answer = next),
    registry: {
      managers: () => defined,
      async defineManagers(managers: readonly ManagerDefinition[]) {
        if (!answer.ok) return answer;
        for (const each of managers) {
          told.push(`${each.id} ${each.intent}`);
          defined.set(each.id, each);
        }
        for (const listener of listeners) listener();
        return answer;
      },
      onManagers(listener: () => void) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      onStatus: () => () => undefined,
    },
  };
}

function createProcess(pool: ReturnType<typeof createPool>, ...managers: SessionManager[]) {
  let current = { settings: { ...emptySettings, managers } as Settings, revision: 1 };
  const listeners = new Set<() => void>();
  const saves: string[] = [];
  const settings: SettingsStore = {
    current: () => current,
    locked: () => [],
    async save(base, next, who) {
      if (base !== current.revision) return succeed({ kind: 'conflict', who: 'somebody', theirs: [] });
      current = { settings: next, revision: base + 1 };
      saves.push(who);
      for (const listener of listeners) listener();
      return succeed({ kind: 'saved', revision: current.revision });
    },
    history: async () => succeed([]),
    readRevision: async () => succeed(current.settings),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const stop = shareManagers({ settings, registry: pool.registry, log: { warn: () => undefined } });
  const set = (...next: SessionManager[]) =>
    settings.save(current.revision, { ...current.settings, managers: next }, 'anna');
  const intents = () => current.settings.managers.map(({ id, intent }) => `${id} ${intent}`);
  return { stop, set, intents, saves };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

test('who drains a manager drains it for all, and is told of it only once', async () => {
  const pool = createPool();
  const [one, two] = [createProcess(pool, manager('a'), manager('b')), createProcess(pool, manager('b'))];
  await settle();
  expect([...pool.defined.keys()]).toEqual(['a', 'b']);
  await one.set(manager('a'), manager('b', { intent: 'draining' }));
  await settle();
  expect(two.intents()).toEqual(['b draining']);
  expect(two.saves).toEqual(['another Proxima, by the session registry']);
  expect(one.saves).toEqual(['anna']);
  expect(pool.told.filter((each) => each === 'b draining')).toHaveLength(1);
  one.stop();
  two.stop();
});

test('who starts takes what the others have decided meanwhile', async () => {
  const pool = createPool();
  pool.defined.set('a', definition('a', { intent: 'disabled', weight: 3 }));
  const late = createProcess(pool, manager('a'), manager('new'));
  await settle();
  expect(late.intents()).toEqual(['a disabled', 'new enabled']);
  expect(pool.told).toEqual(['new enabled']);
  late.stop();
});

test('what could not be told is told later, and until then not taken back', async () => {
  const pool = createPool();
  const one = createProcess(pool, manager('a'));
  await settle();
  pool.setAnswer(fail('registry_unavailable'));
  await one.set(manager('a', { intent: 'draining' }));
  await settle();
  expect(pool.defined.get('a')?.intent).toBe('enabled');
  expect(one.intents()).toEqual(['a draining']);
  pool.setAnswer(succeed(undefined));
  await vi.advanceTimersByTimeAsync(6_000);
  expect(pool.defined.get('a')?.intent).toBe('draining');
  expect(one.intents()).toEqual(['a draining']);
  expect(vi.getTimerCount()).toBe(0);
  one.stop();
});
