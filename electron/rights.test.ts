import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HostEvent, SessionEvent } from '../shared/contract/contract.ts';
import type { Grant, Person, Right } from '../shared/model/access.ts';
import type { HostSummary } from '../shared/model/host.ts';
import { defaultPreferences } from '../shared/model/preferences.ts';
import type { Session } from '../shared/model/session.ts';
import { createPerson, display, draftOf, follow, type People, startPeople, TestWire } from './testPeople.ts';

let inside: People;
beforeEach(async () => {
  inside = await startPeople();
});
afterEach(() => inside.close());

const grantTo = (name: string, vaultId: string, ...rights: Right[]): Grant => ({
  subject: { kind: 'person', name },
  vaultId,
  rights,
});

const saveHost = async (vaultId: string, name: string) =>
  (await inside.owner.hosts.save({ draft: draftOf(vaultId, name), secret: {} })).hostId;

/** The list as a window has it after these events. */
function listOf(events: readonly HostEvent[]) {
  const hosts = new Map<string, HostSummary>();
  let vaults: string[] = [];
  for (const event of events) {
    if (event.kind === 'page' || event.kind === 'put')
      for (const host of event.hosts) hosts.set(host.id, host);
    if (event.kind === 'page' || event.kind === 'vaults') vaults = event.vaults.map(({ name }) => name);
    if (event.kind === 'removed') for (const hostId of event.hostIds) hosts.delete(hostId);
  }
  return { vaults, names: [...hosts.values()].map(({ name }) => name), hosts: [...hosts.values()] };
}

function sessionsOf(events: readonly SessionEvent[]): Session[] {
  const sessions = new Map<string, Session>();
  for (const event of events) {
    if (event.kind === 'all') for (const session of event.sessions) sessions.set(session.id, session);
    else if (event.kind === 'put') sessions.set(event.session.id, event.session);
    else sessions.delete(event.sessionId);
  }
  return [...sessions.values()];
}

async function followHosts(person: Person | (() => Person)) {
  const followed = follow((signal) => inside.clientOf(person).hosts.watch({}, { signal }));
  await expect.poll(() => followed.events.length).toBeGreaterThan(0);
  return { ...followed, list: () => listOf(followed.events) };
}

async function followSessions(person: Person) {
  const followed = follow((signal) => inside.clientOf(person).sessions.watch({}, { signal }));
  await expect.poll(() => followed.events.length).toBeGreaterThan(0);
  return { ...followed, sessions: () => sessionsOf(followed.events) };
}

describe('the list of hosts', () => {
  test('has what one may see, and follows every change of that', async () => {
    const { ownVault, foreignVault, grant } = inside;
    await saveHost(ownVault, 'Mine');
    const foreignId = await saveHost(foreignVault, 'Theirs');
    await grant(grantTo('ada', ownVault, 'see'));
    const ada = await followHosts(createPerson('ada'));
    expect(ada.list()).toMatchObject({ vaults: ['Own'], names: ['Mine'] });

    await grant(grantTo('ada', ownVault, 'see'), grantTo('ada', foreignVault, 'open'));
    await expect.poll(ada.list).toMatchObject({ vaults: ['Own', 'Foreign'], names: ['Mine', 'Theirs'] });
    await grant(grantTo('ADA', foreignVault, 'open'));
    await expect.poll(ada.list).toMatchObject({ vaults: ['Foreign'], names: ['Theirs'] });

    await inside.owner.hosts.save({ hostId: foreignId, draft: draftOf(ownVault, 'Moved'), secret: {} });
    await expect.poll(ada.list).toMatchObject({ names: [] });
    await inside.owner.hosts.save({ hostId: foreignId, draft: draftOf(foreignVault, 'Back'), secret: {} });
    await expect.poll(ada.list).toMatchObject({ names: ['Back'] });
    await ada.stop();
  });

  test('tells nothing of what is changed and removed where one sees nothing', async () => {
    const ada = await followHosts(createPerson('ada'));
    const hostId = await saveHost(inside.foreignVault, 'Secret');
    await inside.owner.vaults.save({ vaultId: inside.foreignVault, name: 'Renamed' });
    await inside.owner.hosts.remove({ hostIds: [hostId] });
    await inside.grant(grantTo('ada', inside.ownVault, 'see'));
    await expect.poll(ada.list).toMatchObject({ vaults: ['Own'] });
    expect(JSON.stringify(ada.events)).not.toMatch(/Secret|Renamed/);
    expect(JSON.stringify(ada.events)).not.toContain(hostId);
    await ada.stop();
  });

  test('follows the groups and roles of its person', async () => {
    const { ownVault, grant } = inside;
    await saveHost(ownVault, 'Mine');
    const ops: Grant = { subject: { kind: 'group', name: 'ops' }, rights: ['see'] };
    await grant(ops);
    let person = createPerson('ada');
    const ada = await followHosts(() => person);
    expect(ada.list().names).toEqual([]);
    person = createPerson('ada', ['user'], ['Ops']);
    await grant(ops, grantTo('bob', ownVault, 'see'));
    await expect.poll(() => ada.list().names).toEqual(['Mine']);
    person = createPerson('ada');
    await grant(ops);
    await expect.poll(() => ada.list().names).toEqual([]);
    await ada.stop();
  });

  test('has favourites and openings of one’s own', async () => {
    const { ownVault, grant, clientOf } = inside;
    const hostId = await saveHost(ownVault, 'Mine');
    await grant(grantTo('ada', ownVault, 'open'), grantTo('bob', ownVault, 'edit'));
    const [ada, bob] = [createPerson('ada'), createPerson('bob')];
    const lists = [await followHosts(ada), await followHosts(bob)] as const;
    const before = Date.now();
    await clientOf(ada).hosts.setFavourite({ hostId, favourite: true });
    await clientOf(ada).sessions.open({ hostId, display });
    const adas = () => lists[0].list().hosts[0];
    await expect.poll(adas).toMatchObject({ favourite: true, lastOpenedAt: expect.any(Number) });
    expect(adas()?.lastOpenedAt).toBeGreaterThanOrEqual(before);
    // Whoever edits the host changes nobody else's star.
    const draft = { ...draftOf(ownVault, 'Renamed'), favourite: false };
    await clientOf(bob).hosts.save({ hostId, draft, secret: {} });
    await expect.poll(() => lists[1].list().names).toEqual(['Renamed']);
    expect(lists[1].list().hosts[0]).toMatchObject({ favourite: false });
    expect(lists[1].list().hosts[0]?.lastOpenedAt).toBeUndefined();
    await expect.poll(adas).toMatchObject({ name: 'Renamed', favourite: true });
    await clientOf(bob).hosts.save({ hostId, draft: { ...draft, favourite: true }, secret: {} });
    await expect.poll(() => lists[1].list().hosts[0]).toMatchObject({ favourite: true });
    expect((await clientOf(bob).hosts.read({ hostId })).host.favourite).toBe(true);
    await Promise.all(lists.map((list) => list.stop()));
  });
});

describe('moving a host', () => {
  test('needs the right to edit on both vaults, and tells nothing of one that isn’t seen', async () => {
    const { ownVault, foreignVault, grant, clientOf } = inside;
    const hostId = await saveHost(ownVault, 'Mine');
    const ada = clientOf(createPerson('ada'));
    const move = () => ada.hosts.save({ hostId, draft: draftOf(foreignVault), secret: {} });
    await grant(grantTo('ada', ownVault, 'edit'));
    await expect(move()).rejects.toMatchObject({ data: { code: 'vault_unknown' } });
    await grant(grantTo('ada', ownVault, 'edit'), grantTo('ada', foreignVault, 'open'));
    await expect(move()).rejects.toMatchObject({ data: { code: 'not_permitted' } });
    await grant(grantTo('ada', ownVault, 'edit'), grantTo('ada', foreignVault, 'edit'));
    await move();
    await grant(grantTo('ada', ownVault, 'edit'));
    await expect(ada.hosts.read({ hostId })).rejects.toMatchObject({ data: { code: 'host_unknown' } });
  });
});

describe('joining another’s session', () => {
  const [ada, bob] = [createPerson('ada'), createPerson('bob')];

  async function share(...rights: Right[]) {
    const { ownVault, grant } = inside;
    const hostId = await saveHost(ownVault, 'Shared');
    await grant(grantTo('ada', ownVault, 'open'), grantTo('bob', ownVault, ...rights));
    const sessionId = await inside.openAs('ada', hostId);
    const own = new TestWire();
    await inside.host.attachTunnel(sessionId, own, { person: () => ada });
    return { sessionId, own, hostId };
  }
  const attach = (person: Person, sessionId: string, wire: TestWire) =>
    inside.host.attachTunnel(sessionId, wire, { person: () => person });

  test('shows the picture to both; its person is told who is there, before they see anything', async () => {
    const { sessionId, own } = await share('join');
    const [adas, bobs] = [await followSessions(ada), await followSessions(bob)];
    expect(adas.sessions()).toMatchObject([{ id: sessionId, user: 'ada' }]);
    expect(adas.sessions()[0]).not.toHaveProperty('isOthers');
    expect(bobs.sessions()).toMatchObject([{ id: sessionId, user: 'ada', isOthers: true, attempts: [] }]);
    expect(bobs.sessions()[0]).not.toHaveProperty('username');

    const wire = new TestWire();
    const seenWhenTold: string[] = [];
    inside.host.sessions.onChange(() => {
      if (inside.find(sessionId)?.watchers?.includes('bob')) seenWhenTold.push(wire.received);
    });
    await attach(bob, sessionId, wire);
    expect(seenWhenTold[0]).toBe('');
    await expect.poll(() => wire.received).toContain('joined');
    await expect.poll(() => adas.sessions()[0]?.watchers).toEqual(['bob']);
    expect(own.closedWith).toBeUndefined();
    const { records } = await inside.owner.audit.read({});
    expect(records).toContainEqual(
      expect.objectContaining({ who: 'bob', what: 'Joined a session of “ada” on “Shared”' }),
    );

    wire.close();
    await expect.poll(() => adas.sessions()[0]?.watchers).toEqual([]);
    await Promise.all([adas.stop(), bobs.stop()]);
  });

  test('ends when the right is taken away, and the session is gone from their list', async () => {
    const { sessionId, own } = await share('join');
    const bobs = await followSessions(bob);
    const wire = new TestWire();
    await attach(bob, sessionId, wire);
    await inside.grant(grantTo('ada', inside.ownVault, 'open'), grantTo('bob', inside.ownVault, 'open'));
    await expect.poll(() => wire.closedWith).toMatchObject({ code: 'not_permitted' });
    await expect.poll(bobs.sessions).toEqual([]);
    expect(inside.find(sessionId)?.watchers).toEqual([]);
    expect(own.closedWith).toBeUndefined();
    await bobs.stop();
  });

  test('ends when its host is moved to where there is no right to it', async () => {
    const { sessionId, hostId } = await share('join');
    const bobs = await followSessions(bob);
    const wire = new TestWire();
    await attach(bob, sessionId, wire);
    await inside.owner.hosts.save({ hostId, draft: draftOf(inside.foreignVault), secret: {} });
    await expect.poll(() => wire.closedWith).toMatchObject({ code: 'not_permitted' });
    await expect.poll(bobs.sessions).toEqual([]);
    await bobs.stop();
  });

  test('ends with the session', async () => {
    const { sessionId } = await share('join');
    const bobs = await followSessions(bob);
    const wire = new TestWire();
    await attach(bob, sessionId, wire);
    await inside.clientOf(ada).sessions.close({ sessionId });
    await expect.poll(() => wire.closedWith).toBeDefined();
    expect(inside.find(sessionId)?.watchers).toEqual([]);
    await expect.poll(bobs.sessions).toEqual([]);
    await bobs.stop();
  });

  test('leaves no trace where it is refused', async () => {
    const { sessionId } = await share('open', 'edit');
    const bobs = await followSessions(bob);
    const wire = new TestWire();
    await attach(bob, sessionId, wire);
    expect(wire).toMatchObject({ closedWith: { code: 'session_unknown' }, received: '' });
    expect(bobs.events).toEqual([{ kind: 'all', sessions: [] }]);
    expect(inside.find(sessionId)).not.toHaveProperty('watchers');
    await bobs.stop();
  });
});

test('the registry is told whose a session is, and the audit log who did it', async () => {
  const { ownVault, clientOf, grant } = inside;
  const hostId = await saveHost(ownVault, 'Mine');
  await grant(grantTo('ada', ownVault, 'open'));
  const ada = clientOf(createPerson('ada'));
  const { sessionId } = await ada.sessions.open({ hostId, display });
  await expect.poll(() => inside.find(sessionId)?.state.kind).toBe('live');
  const listed = follow((signal) => inside.owner.registry.sessions({}, { signal }));
  await expect
    .poll(() => listed.events.at(-1)?.sessions)
    .toMatchObject([{ id: sessionId, user: 'ada', roles: ['user'], rights: ['see', 'open'] }]);
  const root = clientOf(createPerson('root', ['user', 'administrator']));
  await root.registry.endSession({ sessionId });
  await expect.poll(() => inside.find(sessionId)?.state.kind).toBe('closed');
  const { records } = await inside.owner.audit.read({});
  expect(records[0]).toMatchObject({ who: 'root', what: 'Ended a session of “ada” on “Mine”' });
  expect(records.some(({ who }) => who === inside.host.owner.id)).toBe(true);
  await listed.stop();
});

test('links wait for the person who gave them, and find only hosts that they see', async () => {
  const { foreignVault, clientOf } = inside;
  await saveHost(foreignVault, 'Secret');
  const [ada, bob] = [clientOf(createPerson('ada')), clientOf(createPerson('bob'))];
  const followed = [ada, bob].map((one) => follow((signal) => one.links.watch({}, { signal })));
  const [adas, bobs] = followed;
  await ada.links.propose({ kind: 'link', text: 'ssh://root@10.0.0.9' });
  await expect.poll(() => adas?.events).toMatchObject([{ kind: 'proposed', proposal: { name: '10.0.0.9' } }]);
  expect(adas?.events[0]).not.toHaveProperty('proposal.hostId');
  expect(bobs?.events).toEqual([]);
  await Promise.all(followed.map((one) => one.stop()));
});

test('preferences are each person’s own', async () => {
  const [ada, bob] = [inside.clientOf(createPerson('ada')), inside.clientOf(createPerson('bob'))];
  const quiet = { ...defaultPreferences, notifications: false };
  const bobs = follow((signal) => bob.preferences.watch({}, { signal }));
  await ada.preferences.save({ preferences: quiet });
  const adas = follow((signal) => ada.preferences.watch({}, { signal }));
  await expect.poll(() => adas.events).toEqual([quiet]);
  expect(bobs.events).toEqual([defaultPreferences]);
  await Promise.all([adas.stop(), bobs.stop()]);
});

test('of the app one is told what one has a use for', async () => {
  const { ownVault, clientOf, grant } = inside;
  await grant(grantTo('ada', ownVault, 'edit'), grantTo('bob', ownVault, 'open'));
  const groupsOf = async (person: Person) => (await clientOf(person).app.describe({})).groups.length;
  expect(await groupsOf(createPerson('ada'))).toBe(1);
  expect(await groupsOf(createPerson('iris', ['user', 'auditor']))).toBe(1);
  expect(await groupsOf(createPerson('bob'))).toBe(0);
});

test('a stream that a role was needed for ends with the role', async () => {
  let person = createPerson('anna', ['user', 'administrator']);
  const stream = await inside.clientOf(() => person).settings.watch({});
  const events = stream[Symbol.asyncIterator]();
  const first = await events.next();
  if (first.done) throw new Error('the settings were not told');
  person = createPerson('anna');
  const { settings, revision } = first.value;
  await inside.owner.settings.save({ base: revision, settings: { ...settings, queueTimeoutMs: 1_000 } });
  await expect(events.next()).rejects.toMatchObject({ data: { code: 'not_permitted' } });
});

test('a hundred thousand guesses of a tunnel find nothing, and leave nothing behind', async () => {
  const { foreignVault: vaultId } = inside;
  const hostId = await saveHost(vaultId, 'Database');
  const { sessionId } = await inside.owner.sessions.open({ hostId, display });
  const stranger = { person: () => createPerson('eve') };
  const told = new Set<string>();
  const guess = async (id: string) => {
    const wire = new TestWire();
    const attached = await inside.host.attachTunnel(id, wire, stranger);
    told.add(attached.ok ? 'let in' : attached.failure.code);
    expect(wire.received).toBe('');
  };
  await guess(sessionId);
  const before = process.memoryUsage().heapUsed;
  for (let round = 0; round < 100_000; round += 1) await guess(randomUUID());
  // What isn't theirs and what isn't there are told alike.
  expect([...told]).toEqual(['session_unknown']);
  expect((process.memoryUsage().heapUsed - before) / 2 ** 20).toBeLessThan(100);
});
