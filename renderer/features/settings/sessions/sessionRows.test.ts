import { expect, test } from 'vitest';
import type { SessionListing } from '../../../../shared/model/sessionRecord.ts';
import { filterRows, rowsOf, tellSignOut } from './sessionRows.ts';

const listing = (id: string, change: Partial<SessionListing> = {}): SessionListing => ({
  id,
  poolId: 'north',
  user: 'ada',
  loggedIn: true,
  roles: [],
  rights: [],
  hostId: 'h',
  hostName: 'web-01',
  address: '10.0.0.5',
  vaultId: 'v',
  protocol: 'ssh',
  managerId: 'm1',
  owner: 'gateway/1f2e',
  route: 'g1',
  state: 'live',
  openedAt: 1,
  liveAt: 2,
  placement: [],
  ...change,
});
const names = { managers: new Map([['m1', 'west-1']]), pools: new Map([['north', 'North']]) };

test('rows carry the names that people know, the newest first', () => {
  const rows = rowsOf(
    [
      listing('a'),
      listing('b', { openedAt: 9, liveAt: undefined, state: 'pending', route: '', managerId: 'gone' }),
    ],
    names,
  );
  expect(rows.map(({ session }) => session.id)).toEqual(['b', 'a']);
  expect(rows[0]).toMatchObject({ managerName: 'gone', stateWord: 'opening', since: 9 });
  expect(rows[1]).toMatchObject({ managerName: 'west-1', poolName: 'North', since: 2 });
  expect(rowsOf([listing('a')], { ...names, pools: new Map() })[0]?.poolName).toBeUndefined();
});

test('every word has to be somewhere in a row', () => {
  const rows = rowsOf([listing('a'), listing('b', { user: 'ben', protocol: 'rdp' })], names);
  const found = (query: string) => filterRows(rows, query).map(({ session }) => session.id);
  expect(found(' ')).toEqual(['a', 'b']);
  expect(found('BEN rdp')).toEqual(['b']);
  expect(found('west-1 north g1 web')).toEqual(['a', 'b']);
  expect(found('ada rdp')).toEqual([]);
});

test('a sign-out says how many sessions it ends, and where', () => {
  const sessions = [listing('a'), listing('b', { poolId: 'south' }), listing('c', { user: 'ben' })];
  expect(tellSignOut(sessions, 'ada')).toMatch(/^This ends 2 sessions in 2 pools\./);
  expect(tellSignOut(sessions, 'ben')).toMatch(/^This ends 1 session\. /);
  expect(tellSignOut(sessions, 'eve')).toMatch(/^No session/);
});
