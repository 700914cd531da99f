import type { PoolHealth, RegistryHealth } from '../../shared/model/registryHealth.ts';
import type { Happening } from './timeLine.ts';

/** From this share of its quota on a database is told to be filling; full, it takes no changes. */
const nearlyFull = 0.8;

/** What happened to the session registry between two looks at it. */
export function noteRegistry(before: RegistryHealth, after: RegistryHealth): Happening[] {
  const pools = after.pools.flatMap((pool) => {
    const known = before.pools.find(({ poolId }) => poolId === pool.poolId);
    return known ? notePool(known, pool) : [];
  });
  return [...pools, ...noteSwitch(before, after)];
}

function notePool(before: PoolHealth, after: PoolHealth): Happening[] {
  return [...noteStatus(before, after), ...noteLeader(before, after), ...noteQuota(before, after)];
}

function noteStatus({ status: before }: PoolHealth, { name, status }: PoolHealth): Happening[] {
  if (before.kind === status.kind) return [];
  if (status.kind === 'live') return [{ kind: 'registry-live', text: `${name} answers again` }];
  return [
    {
      kind: 'registry-stale',
      text:
        status.kind === 'stale'
          ? `${name} does not answer; its counts may be old`
          : `${name} does not answer; sessions of this Proxima are not counted there`,
    },
  ];
}

const leaderOf = ({ members }: PoolHealth) => members.find(({ role }) => role === 'leader');

/** Between two leaders there may be a while without one. */
function noteLeader(before: PoolHealth, after: PoolHealth): Happening[] {
  const [was, is] = [leaderOf(before), leaderOf(after)];
  if (!is || was?.endpoint === is.endpoint) return [];
  if (!was && before.members.every(({ role }) => role === undefined)) return [];
  return [{ kind: 'registry-leader', text: `${is.name ?? is.endpoint} leads ${after.name} now` }];
}

function noteQuota(before: PoolHealth, { name, members }: PoolHealth): Happening[] {
  return members.flatMap((member) => {
    const known = before.members.find(({ endpoint }) => endpoint === member.endpoint);
    const told = quotaTrouble(member);
    if (told === undefined || (known && quotaTrouble(known) === told)) return [];
    return [
      { kind: 'registry-quota' as const, text: `${member.name ?? member.endpoint} of ${name} ${told}` },
    ];
  });
}

function quotaTrouble({
  alarms,
  databaseBytes,
  quotaBytes,
}: PoolHealth['members'][number]): string | undefined {
  if (alarms.includes('NOSPACE')) return 'is full, and takes no changes';
  if (databaseBytes !== undefined && quotaBytes !== undefined && databaseBytes > quotaBytes * nearlyFull)
    return 'is nearly full';
  return undefined;
}

function noteSwitch(before: RegistryHealth, after: RegistryHealth): Happening[] {
  const taking = ({ pools }: RegistryHealth) => pools.find(({ takesNewSessions }) => takesNewSessions);
  const [was, is] = [taking(before), taking(after)];
  if (was?.poolId === is?.poolId || before.pools.length < after.pools.length) return [];
  if (!is) return [{ kind: 'pool-switched', text: 'No pool of the session registry takes new sessions' }];
  return [{ kind: 'pool-switched', text: `New sessions go to ${is.name}` }];
}
