import { describe, expect, it } from 'vitest';
import type { RegistryHealth } from '../shared/model/registryHealth.ts';
import type { Session, SessionState } from '../shared/model/session.ts';
import type { OpeningOutcome } from './gateway/nodeView.ts';
import { createNodeView } from './nodeView.ts';

function createTestView() {
  const sessions = new Map<string, Session>();
  const listeners = new Set<() => void>();
  const health: RegistryHealth = {
    kind: 'etcd',
    pools: [
      {
        poolId: 'main',
        name: 'Main',
        status: { kind: 'stale', since: 1 },
        takesNewSessions: true,
        members: [],
        mirrors: [
          { owner: 'a', user: 'a', route: 'hosta', lagMs: 900, sessions: 0, isOwn: false },
          { owner: 'b', user: 'b', route: 'hostb', lagMs: 7, sessions: 0, isOwn: true },
        ],
        active: 0,
        pending: 0,
        claimsPerSecond: 0,
        strange: [],
      },
    ],
  };
  const manager = (id: string) => ({
    id,
    name: id,
    address: '127.0.0.1',
    port: 4822,
    weight: 1,
    sessionLimit: null,
    intent: 'enabled' as const,
  });
  const view = createNodeView({
    sessions: {
      current: () => [...sessions.values()],
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    registry: { health: () => health },
    health: { healthOf: (managerId) => ({ state: managerId === 'one' ? 'up' : 'down' }) },
    topology: {
      current: () => ({ groups: [], managers: [manager('one'), manager('two')], queueTimeoutMs: 1 }),
    },
    now: () => 1_700,
  });
  return {
    view,
    put(id: string, state: SessionState) {
      const session = { id, protocol: 'ssh', openedAt: 1_000, state } as Session;
      sessions.set(id, session);
      for (const listener of listeners) listener();
    },
  };
}

describe('what balancers and monitoring see of the broker', () => {
  it('is its registry, its managers, and the sessions that are not over', () => {
    const { view, put } = createTestView();
    put('a', { kind: 'live', managerId: 'one' });
    put('b', { kind: 'connecting', managerId: 'one' });
    put('c', { kind: 'closed', reason: 'user' });
    expect(view.registry()).toEqual([{ poolId: 'main', status: 'stale', lagMs: 7 }]);
    expect(view.countManagersUp()).toBe(1);
    expect(view.sessions()).toEqual([
      { protocol: 'ssh', state: 'live' },
      { protocol: 'ssh', state: 'connecting' },
    ]);
  });

  it('tells each opening once, as it came out', () => {
    const { view, put } = createTestView();
    put('before', { kind: 'live', managerId: 'one' });
    const outcomes: OpeningOutcome[] = [];
    const stop = view.onOpening((outcome) => outcomes.push(outcome));
    put('a', { kind: 'connecting', managerId: 'one' });
    put('a', { kind: 'live', managerId: 'one' });
    put('a', { kind: 'closed', reason: 'failed', failure: { code: 'manager_lost' } });
    put('b', { kind: 'closed', reason: 'failed', failure: { code: 'host_unreachable' } });
    put('c', { kind: 'closed', reason: 'user' });
    put('before', { kind: 'closed', reason: 'ended' });
    stop();
    put('d', { kind: 'live', managerId: 'one' });
    expect(outcomes).toEqual([
      { protocol: 'ssh', durationMs: 700 },
      { protocol: 'ssh', durationMs: 700, failureCode: 'host_unreachable' },
    ]);
  });
});
