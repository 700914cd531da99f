import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import type { Pool } from '../../../../shared/model/pool.ts';
import type { RegistryMember } from '../../../../shared/model/registryHealth.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { isAnswering } from '../../../app/registryWords.ts';
import type { Client } from '../records/useAnswer.ts';

/** One live check of a pool, while it runs and after it. */
export interface PoolCheck {
  readonly isRunning: boolean;
  readonly pool: Pool;
  /** Those that have answered, or failed to. */
  readonly members: readonly RegistryMember[];
  /** The check itself could not be made. */
  readonly failure?: Failure;
}

export interface PoolChecks {
  getState(): ReadonlyMap<string, PoolCheck>;
  subscribe(listener: () => void): () => void;
  /** Checks now; a check of the same pool that still runs is given up. */
  check(pool: Pool): void;
  stop(): void;
}

export function createPoolChecks(client: Client): PoolChecks {
  let checks: ReadonlyMap<string, PoolCheck> = new Map();
  const listeners = new Set<() => void>();
  const running = new Map<string, AbortController>();

  const set = (check: PoolCheck) => {
    checks = new Map(checks).set(check.pool.id, check);
    for (const listener of listeners) listener();
  };

  const run = async (pool: Pool, { signal }: AbortController) => {
    const members = new Map<string, RegistryMember>();
    set({ isRunning: true, pool, members: [] });
    const follow = async () => {
      for await (const member of await client.registry.check({ pool }, { signal })) {
        if (signal.aborted) return;
        members.set(member.endpoint, member);
        set({ isRunning: true, pool, members: [...members.values()] });
      }
    };
    const followed = await settle(follow());
    if (signal.aborted) return;
    set({
      isRunning: false,
      pool,
      members: [...members.values()],
      ...(!followed.ok && { failure: followed.failure }),
    });
  };

  return {
    getState: () => checks,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    check(pool) {
      running.get(pool.id)?.abort();
      const stop = new AbortController();
      running.set(pool.id, stop);
      void run(pool, stop);
    },
    stop() {
      for (const stop of running.values()) stop.abort();
      running.clear();
      checks = new Map();
    },
  };
}

/** What a check depends on; a name is none of it. */
const essenceOf = ({ endpoints, authoritiesPem, clientCertificate }: Pool) =>
  JSON.stringify([endpoints, authoritiesPem, clientCertificate]);

/** The last check of the pool, if it still is of the pool as it is now. */
export function usePoolCheck(checks: PoolChecks, pool: Pool | undefined): PoolCheck | undefined {
  const all = useSyncExternalStore(checks.subscribe, checks.getState);
  const check = pool && all.get(pool.id);
  return check && pool && essenceOf(check.pool) === essenceOf(pool) ? check : undefined;
}

/** Checks that live as long as the page; those that run are given up with it. */
export function usePoolChecks(): PoolChecks {
  const client = useClient();
  const [checks] = useState(() => createPoolChecks(client));
  useEffect(() => () => checks.stop(), [checks]);
  return checks;
}

/** What a check found, in a word or two. */
export function summariseCheck(check: PoolCheck): {
  readonly tone: 'good' | 'warning' | 'bad';
  readonly word: string;
} {
  const asked = check.pool.endpoints.length;
  const answering = check.members.filter(isAnswering);
  if (answering.length === 0) return { tone: 'bad', word: asked === 1 ? 'does not answer' : 'none answers' };
  if (check.members.some(({ alarms }) => alarms.length > 0)) return { tone: 'bad', word: 'raises an alarm' };
  const isWarned = check.members.some(({ warnings }) => warnings.length > 0);
  if (answering.length === asked)
    return { tone: isWarned ? 'warning' : 'good', word: asked === 1 ? 'answers' : `all ${asked} answer` };
  return {
    tone: answering.length * 2 > asked ? 'warning' : 'bad',
    word: `${answering.length} of ${asked} ${answering.length === 1 ? 'answers' : 'answer'}`,
  };
}
