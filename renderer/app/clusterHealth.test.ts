import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ClusterHealth } from '../../shared/model/clusterHealth.ts';
import type { ContractClient, HostConnection } from '../transport/hostConnection.ts';
import { createClusterHealthStore, isDown } from './clusterHealth.ts';

const healthAt = (at: number): ClusterHealth => ({
  at,
  managers: [],
  groups: [],
  events: [],
  traffic: [],
  registry: {
    kind: 'etcd',
    pools: [
      {
        poolId: 'north',
        name: 'North',
        status: { kind: 'live' },
        takesNewSessions: true,
        members: [],
        mirrors: [],
        active: 0,
        pending: 0,
        claimsPerSecond: at,
        strange: [],
      },
    ],
  },
});

/** A connection whose streams tell 1, 2, 3… each time that `tick` is called, the first at once. */
function setUp() {
  let at = 0;
  const open = new Set<() => void>();
  async function* stream(signal: AbortSignal) {
    let wake = () => {};
    const tick = () => wake();
    signal.addEventListener('abort', tick);
    open.add(tick);
    try {
      while (!signal.aborted) {
        yield healthAt(++at);
        if (signal.aborted) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      open.delete(tick);
    }
  }
  const watch = vi.fn(async (_input: object, options: { signal: AbortSignal }) => stream(options.signal));
  const connection: HostConnection = {
    client: { health: { watch } } as unknown as ContractClient,
    getState: () => 'connected',
    tryNow: () => undefined,
    subscribe: () => () => undefined,
    openTunnel: () => {
      throw new Error('no tunnels here');
    },
  };
  const store = createClusterHealthStore(connection);
  const tick = () => [...open].forEach((wake) => wake());
  return { store, watch, tick, openStreams: () => open.size };
}

test('the cluster is followed only while somebody looks, over one stream', async () => {
  const { store, watch, tick, openStreams } = setUp();
  expect(watch).not.toHaveBeenCalled();
  const leave = [store.follow(() => undefined), store.follow(() => undefined)];
  await vi.waitFor(() => expect(store.getState().health?.at).toBe(1));
  tick();
  await vi.waitFor(() => expect(store.getState().health?.at).toBe(2));
  expect(store.getState().before?.at).toBe(1);
  expect(watch).toHaveBeenCalledTimes(1);
  leave[0]?.();
  expect(openStreams()).toBe(1);
  leave[1]?.();
  await vi.waitFor(() => expect(openStreams()).toBe(0));
  expect(store.getState().health?.at).toBe(2);
});

test('claims per second are gathered for as long as somebody looks', async () => {
  const { store, tick } = setUp();
  const claims = () => store.getState().claims?.get('north');
  const leave = store.follow(() => undefined);
  await vi.waitFor(() => expect(claims()).toEqual([1]));
  tick();
  await vi.waitFor(() => expect(claims()).toEqual([1, 2]));
  leave();
  const again = store.follow(() => undefined);
  await vi.waitFor(() => expect(claims()).toEqual([3]));
  again();
});

test('after a pause no rate is reckoned from a state that is long gone', async () => {
  const { store } = setUp();
  store.follow(() => undefined)();
  await vi.waitFor(() => expect(store.getState()).toEqual({}));
  const stop = store.follow(() => undefined);
  await vi.waitFor(() => expect(store.getState().health).toBeDefined());
  expect(store.getState()).not.toHaveProperty('before');
  stop();
});

describe('glancing', () => {
  const page = Object.assign(new EventTarget(), { hidden: false });
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('document', page);
    page.hidden = false;
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

  test('takes one state each time, whoever else glances, and lets go of it', async () => {
    const { store, watch, openStreams } = setUp();
    const heard = [vi.fn(), vi.fn()];
    const leave = heard.map((listener) => store.glance(listener));
    await pass(1_000);
    expect(heard.map((listener) => listener.mock.calls.length)).toEqual([1, 1]);
    expect(openStreams()).toBe(0);
    await pass(10_000);
    expect(store.getState()).toEqual({ health: healthAt(2) });
    expect(openStreams()).toBe(0);
    leave.forEach((stop) => stop());
    await pass(60_000);
    expect(watch).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('needs nothing of its own while somebody follows, and hears of that', async () => {
    const { store, watch } = setUp();
    const stop = store.follow(() => undefined);
    const heard = vi.fn();
    const leave = store.glance(heard);
    await pass(30_000);
    expect(watch).toHaveBeenCalledTimes(1);
    expect(heard).toHaveBeenCalledTimes(1);
    stop();
    await pass(10_000);
    expect(watch).toHaveBeenCalledTimes(2);
    leave();
  });

  test('rests while nobody sees the window, and looks when it comes back', async () => {
    const { store, watch } = setUp();
    page.hidden = true;
    const leave = store.glance(() => undefined);
    await pass(60_000);
    expect(watch).not.toHaveBeenCalled();
    page.hidden = false;
    page.dispatchEvent(new Event('visibilitychange'));
    await pass(1_000);
    expect(store.getState().health?.at).toBe(1);
    leave();
  });
});

test('a manager that is switched off is not down', () => {
  expect(isDown({ intent: 'enabled', health: { state: 'down' } })).toBe(true);
  expect(isDown({ intent: 'draining', health: { state: 'down' } })).toBe(true);
  expect(isDown({ intent: 'disabled', health: { state: 'down' } })).toBe(false);
  expect(isDown({ intent: 'enabled', health: { state: 'unknown' } })).toBe(false);
});
