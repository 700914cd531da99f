import { randomUUID } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { fail, succeed } from '../../shared/contract/failure.ts';
import type { Right } from '../../shared/model/access.ts';
import { emptySettings } from '../../shared/model/settings.ts';
import type { Host } from '../../shared/model/host.ts';
import type { Caller } from '../broker/caller.ts';
import type { SessionLine } from '../broker/ports.ts';
import { SessionBook } from '../broker/sessionBook.ts';
import type { Sessions } from '../broker/sessions.ts';
import { createMemoryCollection } from '../collections/memoryCollection.ts';
import type { HeldSession } from './heldSession.ts';
import { holdSessions, type SessionHolder } from './sessionHolder.ts';
import { createTakeover } from './takeover.ts';

const display = { width: 800, height: 600, dpi: 96 };
const host: Host = {
  ...{ id: randomUUID(), name: 'Build server', address: '10.0.0.1', port: 22, protocol: 'ssh' },
  ...{
    vaultId: randomUUID(),
    tags: [],
    favourite: false,
    username: '',
    domain: '',
    settings: {},
    updatedAt: 0,
  },
};
const group = { ...emptySettings.groups[0]!, managerIds: ['m'] };
const manager = {
  ...{ id: 'm', name: 'Manager', address: '127.0.0.1', port: 4822 },
  ...{ weight: 1, sessionLimit: null, intent: 'enabled' as const },
};

const callerOf = (id: string): Caller => ({
  person: () => ({ id, name: id, displayName: id, groups: [], roles: ['user'], providerId: 'local' }),
});
const [ada, grace] = [callerOf('ada'), callerOf('Grace')];

const holders: SessionHolder[] = [];
afterEach(async () => {
  for (const holder of holders.splice(0)) await holder.close();
  vi.useRealTimers();
});

function createFarm() {
  const held = createMemoryCollection<HeldSession>();
  const alive = new Set<string>();
  /** Connection ids that the manager holds. */
  const connections = new Set<string>();

  function createNode(route: string, rights: readonly Right[] = ['see', 'open']) {
    const instance = randomUUID();
    const own = `${route} ${instance}`;
    alive.add(own);
    const book = new SessionBook();
    const directory = {
      ownRoute: route,
      ownInstance: instance,
      isThere: (otherRoute: string, otherInstance: string) => alive.has(`${otherRoute} ${otherInstance}`),
    };
    const ended: string[] = [];
    function begin(user: string, connectionId: string, hadTypedCredential = false) {
      const line = { connectionId, close: () => undefined } as unknown as SessionLine;
      const opener = { user, roles: [], rights: [] };
      const session = {
        ...{ id: randomUUID(), user, hostId: host.id, hostName: host.name, address: host.address },
        ...{ protocol: host.protocol, state: { kind: 'requested' as const }, openedAt: 0, attempts: [] },
      };
      const entry = book.add(session, { opener, host, display, hadTypedCredential });
      const goLive = () => {
        entry.line = line;
        book.update(entry, { kind: 'placing' });
        book.update(entry, { kind: 'connecting', managerId: 'm' }, { groupName: group.name });
        book.update(entry, { kind: 'live', managerId: 'm' });
      };
      return { entry, goLive };
    }
    const opened: string[] = [];
    const sessions: Pick<Sessions, 'open' | 'adopt'> = {
      open({ opener }) {
        const { entry, goLive } = begin(opener.user, randomUUID());
        opened.push(entry.session.id);
        setImmediate(goLive);
        return entry.session;
      },
      adopt({ opener }, { line }) {
        const { entry, goLive } = begin(opener.user, line.connectionId);
        setImmediate(goLive);
        return entry.session;
      },
    };
    holders.push(
      holdSessions({
        held,
        book,
        directory,
        sealConnectionId: (id, connectionId) => `${id} ${connectionId}`,
        endTaken(id) {
          ended.push(id);
          const entry = book.find(id);
          if (entry) book.update(entry, { kind: 'closed', reason: 'user' });
        },
        now: Date.now,
      }),
    );
    const takeover = createTakeover({
      held,
      directory,
      book,
      sessions,
      hosts: { hosts: () => new Map([[host.id, host]]) },
      topology: { current: () => ({ groups: [group], managers: [manager], queueTimeoutMs: 0 }) },
      rights: { has: (_caller, _vaultId, right) => rights.includes(right), of: () => rights },
      joinLine: async ({ connectionId }) =>
        connections.has(connectionId) ? succeed({ connectionId } as SessionLine) : fail('host_error'),
      openConnectionId: (id, sealed) =>
        sealed.startsWith(`${id} `) ? sealed.slice(id.length + 1) : undefined,
      now: Date.now,
    });
    return {
      takeover,
      book,
      ended,
      opened,
      kill: () => alive.delete(own),
      async open(user: string, { isTyped = false, connectionId = '$gone' } = {}): Promise<string> {
        const { entry, goLive } = begin(user, connectionId, isTyped);
        goLive();
        await vi.waitFor(() => expect(held.all().has(entry.session.id)).toBe(true));
        return entry.session.id;
      },
    };
  }
  return { held, connections, createNode };
}

test('a session of a node that is gone is opened anew, by its own person only, and once', async () => {
  const farm = createFarm();
  const [hosta, hostb] = [farm.createNode('hosta'), farm.createNode('hostb')];
  const sessionId = await hosta.open('ada');
  hosta.kill();
  const unknown = { ok: false, failure: { code: 'session_unknown' } };
  expect(await hostb.takeover.resume(sessionId, display, grace)).toEqual(unknown);
  expect(await hostb.takeover.resume(randomUUID(), display, ada)).toEqual(unknown);
  const [one, other] = await Promise.all([
    hostb.takeover.resume(sessionId, display, ada),
    hostb.takeover.resume(sessionId, display, ada),
  ]);
  expect(one).toMatchObject({ ok: true, value: { how: 'opened-anew' } });
  expect(other).toEqual(one);
  expect(hostb.opened).toHaveLength(1);
  await vi.waitFor(() => expect(farm.held.all().has(sessionId)).toBe(false));
});

test('names are compared as sign-in compares them', async () => {
  const farm = createFarm();
  const [hosta, hostb] = [farm.createNode('hosta'), farm.createNode('hostb')];
  const sessionId = await hosta.open('grace');
  hosta.kill();
  expect(await hostb.takeover.resume(sessionId, display, grace)).toMatchObject({ ok: true });
});

test('where the manager still holds it, it goes on, and ends at the node that hands it over only then', async () => {
  const farm = createFarm();
  farm.connections.add('$held');
  const [hosta, hostb] = [farm.createNode('hosta'), farm.createNode('hostb')];
  const sessionId = await hosta.open('ada', { connectionId: '$held' });
  const resumed = await hostb.takeover.resume(sessionId, display, ada);
  expect(resumed).toMatchObject({ ok: true, value: { how: 're-attached' } });
  expect(hosta.ended).toEqual([]);
  await vi.waitFor(() => expect(hosta.ended).toEqual([sessionId]));
  await vi.waitFor(() => expect([...farm.held.all().values()].map(({ route }) => route)).toEqual(['hostb']));
});

test('one that is here is told to be here, to its own person only', async () => {
  const farm = createFarm();
  const hosta = farm.createNode('hosta');
  const sessionId = await hosta.open('ada');
  expect(await hosta.takeover.resume(sessionId, display, ada)).toEqual(
    succeed({ sessionId, how: 'still-here' }),
  );
  expect(await hosta.takeover.resume(sessionId, display, grace)).toMatchObject({ ok: false });
});

test('a typed credential is not kept: the session is joined or stays where it is', async () => {
  const farm = createFarm();
  const [hosta, hostb] = [farm.createNode('hosta'), farm.createNode('hostb')];
  const gone = await hosta.open('ada', { isTyped: true });
  expect(await hostb.takeover.resume(gone, display, ada)).toEqual(fail('credential_not_kept'));
  expect(farm.held.all().get(gone)?.taken).toBeUndefined();
  farm.connections.add('$held');
  const there = await hosta.open('ada', { isTyped: true, connectionId: '$held' });
  expect(await hostb.takeover.resume(there, display, ada)).toMatchObject({ value: { how: 're-attached' } });
});

test('of two nodes that are asked at once one takes it', async () => {
  const farm = createFarm();
  const [hosta, hostb, hostc] = ['hosta', 'hostb', 'hostc'].map((route) => farm.createNode(route));
  const sessionId = await hosta!.open('ada');
  hosta!.kill();
  const outcomes = await Promise.all(
    [hostb!, hostc!].map(({ takeover }) => takeover.resume(sessionId, display, ada)),
  );
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
  expect(hostb!.opened.length + hostc!.opened.length).toBe(1);
});

test('who may not open the host any more gets no session by it', async () => {
  const farm = createFarm();
  const hosta = farm.createNode('hosta');
  const sessionId = await hosta.open('ada');
  hosta.kill();
  const seeing = farm.createNode('hostb', ['see']);
  expect(await seeing.takeover.resume(sessionId, display, ada)).toEqual(fail('not_permitted'));
  const blind = farm.createNode('hostc', []);
  expect(await blind.takeover.resume(sessionId, display, ada)).toEqual(fail('session_unknown'));
});

test('sessions that ended leave nothing, and those of a dead node go after a while', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'Date'] });
  const farm = createFarm();
  const [hosta, hostb] = [farm.createNode('hosta'), farm.createNode('hostb')];
  const [ended, left] = [await hosta.open('ada'), await hosta.open('ada')];
  const entry = hosta.book.find(ended);
  if (entry) hosta.book.update(entry, { kind: 'closed', reason: 'user' });
  await vi.waitFor(() => expect([...farm.held.all().keys()]).toEqual([left]));
  hosta.kill();
  await holders.shift()?.close();
  vi.advanceTimersByTime(9 * 60_000);
  expect(farm.held.all().has(left)).toBe(true);
  vi.advanceTimersByTime(3 * 60_000);
  await vi.waitFor(() => expect(farm.held.all().size).toBe(0));
  expect(await hostb.takeover.resume(left, display, ada)).toEqual(fail('session_unknown'));
});
