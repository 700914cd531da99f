import { expect, test } from 'vitest';
import type { PoolHealth, RegistryHealth, RegistryMember } from '../../shared/model/registryHealth.ts';
import { noteRegistry } from './registryHappenings.ts';

const member = (name: string, change: Partial<RegistryMember> = {}): RegistryMember => ({
  endpoint: `https://${name}.test:2379`,
  name,
  role: 'follower',
  alarms: [],
  warnings: [],
  ...change,
});

const pool = (poolId: string, change: Partial<PoolHealth> = {}): PoolHealth => ({
  poolId,
  name: poolId.toUpperCase(),
  status: { kind: 'live' },
  takesNewSessions: true,
  members: [member('one', { role: 'leader' }), member('two')],
  mirrors: [],
  active: 0,
  pending: 0,
  claimsPerSecond: 0,
  strange: [],
  ...change,
});

const health = (...pools: PoolHealth[]): RegistryHealth => ({ kind: 'etcd', pools });
const stale = { kind: 'stale', since: 5 } as const;
const note = (before: RegistryHealth, after: RegistryHealth) =>
  noteRegistry(before, after).map(({ kind, text }) => `${kind}: ${text}`);

test('where nothing changed nothing is told', () => {
  expect(note(health(pool('a')), health(pool('a', { claimsPerSecond: 3 })))).toEqual([]);
});

test('a pool that goes, and the next one that takes over; and back', () => {
  const before = health(pool('a'), pool('b', { takesNewSessions: false }));
  const after = health(pool('a', { status: stale, takesNewSessions: false }), pool('b'));
  expect(note(before, after)).toEqual([
    'registry-stale: A does not answer; its counts may be old',
    'pool-switched: New sessions go to B',
  ]);
  expect(note(after, before)).toEqual([
    'registry-live: A answers again',
    'pool-switched: New sessions go to A',
  ]);
  const none = health(pool('a', { status: { kind: 'suspended', since: 5 }, takesNewSessions: false }));
  expect(note(health(pool('a')), none)).toEqual([
    'registry-stale: A does not answer; sessions of this Proxima are not counted there',
    'pool-switched: No pool of the session registry takes new sessions',
  ]);
});

test('another leader, also after a while without one; not the first that is seen', () => {
  const leads = (name: string) =>
    health(
      pool('a', {
        members: ['one', 'two'].map((each) => member(each, each === name ? { role: 'leader' } : {})),
      }),
    );
  expect(note(leads('one'), leads('two'))).toEqual(['registry-leader: two leads A now']);
  expect(note(leads('none'), leads('two'))).toEqual(['registry-leader: two leads A now']);
  expect(note(leads('one'), leads('none'))).toEqual([]);
  expect(note(health(pool('a', { members: [] })), leads('one'))).toEqual([]);
});

test('a database that fills, and one that is full, each told once', () => {
  const filled = (databaseBytes: number, alarms: string[] = []) =>
    health(
      pool('a', { members: [member('one', { role: 'leader', databaseBytes, quotaBytes: 100, alarms })] }),
    );
  expect(note(filled(10), filled(81))).toEqual(['registry-quota: one of A is nearly full']);
  expect(note(filled(81), filled(85))).toEqual([]);
  expect(note(filled(85), filled(99, ['NOSPACE']))).toEqual([
    'registry-quota: one of A is full, and takes no changes',
  ]);
});
