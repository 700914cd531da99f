import { describeFailure } from '../../../shared/contract/failure.ts';
import type { PoolHealth, RegistryHealth, RegistryMirror } from '../../../shared/model/registryHealth.ts';
import { countOf } from '../../app/figures.ts';
import { isAnswering } from '../../app/registryWords.ts';
import { matchesWords } from './textFilter.ts';

export type PoolState = PoolHealth['status']['kind'];

/** What the state of a pool means for people: what goes on, and what doesn't. */
export function tellPool(pool: PoolHealth, { pools }: RegistryHealth): string {
  const { status, takesNewSessions } = pool;
  const other = pools.find((candidate) => candidate.takesNewSessions && candidate.poolId !== pool.poolId);
  if (status.kind === 'suspended')
    return 'The sessions of this Proxima go on, but are not counted here; they are counted again as soon as it answers.';
  if (status.kind === 'stale') {
    const next =
      other === undefined
        ? 'New sessions wait, then fail, until it answers.'
        : `New sessions go to ${other.name}.`;
    return `Sessions that run go on. ${next} What is told below may be old.`;
  }
  if (takesNewSessions) return 'New sessions are counted here, unless their group names another pool.';
  return other === undefined
    ? 'It is current, but takes no new sessions.'
    : `It is ready. New sessions go to ${other.name}, unless their group names this pool.`;
}

/** Why a pool isn't live, and what to do; `undefined` where nothing is told. */
export function tellPoolFailure({ status }: PoolHealth) {
  if (status.kind === 'live' || status.failure === undefined) return undefined;
  if (status.failure.code === 'registry_unavailable')
    return 'Most of its members can not be reached. It is tried again by itself.';
  const { what, next } = describeFailure(status.failure);
  return `${what} ${next}`;
}

/** Who takes new sessions, in one line. */
export function tellTaker({ pools }: RegistryHealth): string {
  const takers = pools.filter(({ takesNewSessions }) => takesNewSessions);
  const [taker] = takers;
  if (taker === undefined) return 'No pool takes new sessions now.';
  return pools.length === 1 ? 'New sessions are counted.' : `New sessions go to ${taker.name}.`;
}

/** The embedded registry, in one calm line. */
export function tellEmbedded({ pools }: RegistryHealth): string {
  const sum = (of: (pool: PoolHealth) => number) => pools.reduce((total, pool) => total + of(pool), 0);
  const [active, pending] = [sum((pool) => pool.active), sum((pool) => pool.pending)];
  const opening = pending === 0 ? '' : `, and ${pending} being opened`;
  return `This machine counts its own sessions: ${countOf(active, 'session')} now${opening}.`;
}

/** The own process first, then those that are furthest behind; unmeasured ones last. */
export const mirrorsInOrder = (mirrors: readonly RegistryMirror[]): readonly RegistryMirror[] =>
  mirrors.toSorted(
    (left, right) =>
      Number(right.isOwn) - Number(left.isOwn) ||
      (right.lagMs ?? -1) - (left.lagMs ?? -1) ||
      left.owner.localeCompare(right.owner),
  );

/** The pools whose name or state fits, whole; of the others those of their members and mirrors that do. */
export function filterPools(pools: readonly PoolHealth[], query: string): readonly PoolHealth[] {
  if (query.trim() === '') return pools;
  return pools
    .map((pool) => {
      const texts = [pool.name, pool.poolId, pool.status.kind];
      if (matchesWords(query, texts)) return pool;
      return {
        ...pool,
        members: pool.members.filter(({ endpoint, name, role, version }) =>
          matchesWords(query, [...texts, endpoint, name, role, version]),
        ),
        mirrors: pool.mirrors.filter(({ owner, user, route }) =>
          matchesWords(query, [...texts, owner, user, route]),
        ),
      };
    })
    .filter((pool, index) => pool === pools[index] || pool.members.length + pool.mirrors.length > 0);
}

/** What of the session registry takes the calm away, a sentence each. */
export function registryNotes(registry: RegistryHealth): readonly string[] {
  const { pools } = registry;
  if (registry.kind === 'embedded' || pools.length === 0) return [];
  const troubled = pools.filter(({ status }) => status.kind !== 'live');
  // Of a pool that isn't live enough is said already.
  const incomplete = pools.filter(
    ({ status, members }) => status.kind === 'live' && !members.every(isAnswering),
  );
  const alarmed = pools.filter(({ members }) => members.some(({ alarms }) => alarms.length > 0));
  return [
    ...troubled.map(({ name, status }) =>
      status.kind === 'stale'
        ? `The pool ${name} of the session registry is not current.`
        : `Own sessions are not counted in the pool ${name} now.`,
    ),
    ...(pools.some(({ takesNewSessions }) => takesNewSessions) ? [] : ['No pool takes new sessions.']),
    ...incomplete.map(({ name }) => `Not every member of the pool ${name} answers.`),
    ...alarmed.map(({ name }) => `A member of the pool ${name} raises an alarm.`),
  ];
}
