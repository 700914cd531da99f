import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fail, succeed } from '../../shared/contract/failure.ts';
import type { Right } from '../../shared/model/access.ts';
import { generalVault, type Host } from '../../shared/model/host.ts';
import { type LinkProposal, linkEventSchema } from '../../shared/model/linkProposal.ts';
import { defaultPreferences, type Preferences } from '../../shared/model/preferences.ts';
import { createOwner } from '../broker/caller.ts';
import { createHostEditor } from '../broker/hostEditor.ts';
import type { Opening } from '../broker/openSession.ts';
import type { Links } from '../broker/ports.ts';
import { openNoSecrets } from '../secrets/noSecrets.ts';
import { type OpenedHostStore, openHostStore } from '../store/hostStore.ts';
import { createLinks } from './links.ts';

const display = { width: 800, height: 600, dpi: 96 };
const open = { kind: 'open' } as const;
const caller = { person: () => createOwner('tester') };

let folder: string;
let store: OpenedHostStore['store'];
let logged: string;
let opened: Pick<Opening, 'host' | 'display' | 'credential'>[];
let forbidden: Map<string, Right[]>;
let foreseen: unknown[];
let preferences: Preferences;
let links: Links;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-links-'));
  logged = '';
  opened = [];
  forbidden = new Map();
  foreseen = [];
  preferences = defaultPreferences;
  const log = pino({ level: 'trace' }, { write: (line: string) => void (logged += line) });
  const openedStore = await openHostStore({ folder, log: pino({ level: 'silent' }) });
  if (!openedStore.ok) throw new Error(openedStore.failure.detail);
  ({ store } = openedStore.value);
  const now = () => 1_000;
  links = createLinks({
    hostsOf: () => store.hosts(),
    editor: createHostEditor({ hosts: store, secrets: openNoSecrets(), now }),
    check: (_caller, vaultId, rights) =>
      rights.every((right) => !(forbidden.get(vaultId) ?? []).includes(right))
        ? succeed(undefined)
        : fail('not_permitted'),
    open: (_caller, opening) => {
      opened.push(opening);
      return { id: `session-${opened.length}` };
    },
    preferences: { current: () => preferences },
    foresee: (request) => {
      foreseen.push(request);
      return { groupName: 'Branch', managerName: 'branch-1' };
    },
    log,
    now,
  });
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function saveHost(changes: Partial<Host> = {}): Promise<Host> {
  const host: Host = {
    id: '3f2c8a52-5b9c-4a52-9f4e-6a3f7c1d2e90',
    name: 'Database',
    address: 'db.corp.example',
    port: 22,
    protocol: 'ssh',
    vaultId: generalVault.id,
    tags: [],
    favourite: false,
    username: 'alice',
    domain: '',
    settings: { 'font-size': '14' },
    updatedAt: 1,
    ...changes,
  };
  await store.putHosts([host]);
  return host;
}

const proposals = (): LinkProposal[] =>
  links.waiting().flatMap((event) => (event.kind === 'proposed' ? event.proposal : []));
const refusals = () => links.waiting().flatMap((event) => (event.kind === 'refused' ? event : []));

function propose(text: string): LinkProposal {
  links.proposeLink(text, caller);
  const last = proposals().at(-1);
  if (!last) throw new Error(JSON.stringify(refusals()));
  return last;
}

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('a link to a host that is not saved', () => {
  test('waits with what it would be opened through; nothing is opened or stored', async () => {
    const before = await readFile(join(folder, 'hosts.ndjson'), 'utf8');
    const proposal = propose('ssh://bob:hunter2@10.0.0.5:2222/x');
    expect(proposal).toMatchObject({
      source: 'ssh',
      name: '10.0.0.5',
      address: '10.0.0.5',
      port: 2222,
      username: 'bob',
      groupName: 'Branch',
      managerName: 'branch-1',
      ignored: ['password', 'path'],
    });
    expect(proposal).not.toHaveProperty('hostId');
    expect(foreseen).toEqual([{ vaultId: generalVault.id, address: '10.0.0.5' }]);
    for (const event of links.waiting()) linkEventSchema.parse(event);
    expect(opened).toEqual([]);
    expect(await readFile(join(folder, 'hosts.ndjson'), 'utf8')).toBe(before);
  });

  test('is opened as it was shown, as a host in memory that can be opened again', async () => {
    const proposal = propose('ssh://bob@10.0.0.5');
    const credential = { password: 'typed' };
    const accepted = await links.accept({
      caller,
      proposalId: proposal.id,
      answer: open,
      credential,
      display,
    });
    expect(accepted).toEqual({ ok: true, value: { sessionId: 'session-1' } });
    const [{ host, ...rest } = { host: undefined }] = opened;
    expect(rest).toEqual({ display, credential });
    expect(host).toMatchObject({ address: '10.0.0.5', port: 22, username: 'bob', settings: {} });
    expect(store.hosts().size).toBe(0);
    expect(links.findUnsaved(host!.id)).toBe(host);
    expect(links.waiting()).toEqual([]);
  });

  test('is saved in the chosen vault and opened', async () => {
    const proposal = propose('rdp://CORP%5Cbob@win');
    const answer = { kind: 'save-and-open', name: 'Windows', vaultId: generalVault.id } as const;
    expect((await links.accept({ caller, proposalId: proposal.id, answer, display })).ok).toBe(true);
    const [saved] = store.hosts().values();
    expect(saved).toMatchObject({ name: 'Windows', address: 'win', username: 'bob', domain: 'CORP' });
    expect(opened[0]?.host.id).toBe(saved?.id);
  });

  test('waits on where it can not be saved', async () => {
    const proposal = propose('ssh://10.0.0.5');
    const vaultId = '00000000-0000-4000-8000-0000000000ff';
    const answer = { kind: 'save-and-open', name: 'x', vaultId } as const;
    const request = { caller, proposalId: proposal.id, answer, display };
    expect(await links.accept(request)).toMatchObject({ ok: false, failure: { code: 'vault_unknown' } });
    expect(opened).toEqual([]);
    expect(proposals()).toEqual([proposal]);
    expect((await links.accept({ ...request, answer: open })).ok).toBe(true);
  });

  test.each([
    ['opened', open, 'open'],
    ['saved and opened', { kind: 'save-and-open', name: 'x', vaultId: generalVault.id }, 'open'],
    ['saved', { kind: 'save-and-open', name: 'x', vaultId: generalVault.id }, 'edit'],
  ] as const)('is not %s without the right to it, and waits on', async (_, answer, right) => {
    forbidden.set(generalVault.id, [right]);
    const { id: proposalId } = propose('ssh://10.0.0.5');
    const accepted = await links.accept({ caller, proposalId, answer, display });
    expect(accepted).toMatchObject({ failure: { code: 'not_permitted' } });
    expect(opened).toEqual([]);
    expect(store.hosts().size).toBe(0);
    expect(proposals()).toHaveLength(1);
  });

  test('is opened once, however often it is accepted', async () => {
    const { id: proposalId } = propose('ssh://10.0.0.5');
    const answers = await Promise.all(
      [1, 2, 3].map(() => links.accept({ caller, proposalId, answer: open, display })),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(answers.find(({ ok }) => !ok)).toMatchObject({ failure: { code: 'link_forgotten' } });
    expect(opened).toHaveLength(1);
  });
});

describe('a link to a saved host', () => {
  test.each([
    ['its id', 'proxima://host/3f2c8a52-5b9c-4a52-9f4e-6a3f7c1d2e90?port=1&user=root'],
    ['its name', 'proxima://host/DATABASE'],
    ['its address', 'proxima://host/DB.corp.example.'],
    ['a description', 'proxima://host/db.corp.example?protocol=ssh'],
    ['a foreign link', 'ssh://DB.CORP.example'],
    ['a foreign link with its user', 'ssh://alice@db.corp.example:22'],
  ])('by %s shows and opens it by its own document', async (_, text) => {
    const host = await saveHost();
    const proposal = propose(text);
    const { id: hostId, name, address, port, protocol, username, domain } = host;
    expect(proposal).toMatchObject({ hostId, name, address, port, protocol, username, domain });
    await links.accept({ caller, proposalId: proposal.id, answer: open, display });
    expect(opened[0]?.host).toEqual(host);
    expect(links.findUnsaved(hostId)).toBeUndefined();
  });

  test.each([
    ['another user', 'ssh://root@db.corp.example'],
    ['another port', 'ssh://db.corp.example:2222'],
    ['another protocol', 'telnet://db.corp.example:22'],
    ['another domain', 'proxima://host/db.corp.example?protocol=ssh&domain=CORP'],
  ])('with %s means another host', async (_, text) => {
    await saveHost();
    expect(propose(text)).not.toHaveProperty('hostId');
  });

  test('opens what the host is when it is accepted, never what the link said', async () => {
    await saveHost();
    const { id: proposalId } = propose('ssh://db.corp.example');
    const moved = await saveHost({ address: '10.9.9.9' });
    await links.accept({ caller, proposalId, answer: open, display });
    expect(opened[0]?.host).toEqual(moved);
  });

  test('is not opened without the right to it', async () => {
    const { vaultId } = await saveHost();
    forbidden.set(vaultId, ['open']);
    const { id: proposalId } = propose('ssh://db.corp.example');
    const accepted = await links.accept({ caller, proposalId, answer: open, display });
    expect(accepted).toMatchObject({ failure: { code: 'not_permitted' } });
    expect(opened).toEqual([]);
  });

  test('that was deleted meanwhile is not opened', async () => {
    const host = await saveHost();
    const { id: proposalId } = propose('proxima://host/Database');
    await store.removeHosts([host.id]);
    const accepted = await links.accept({ caller, proposalId, answer: open, display });
    expect(accepted).toMatchObject({ failure: { code: 'host_unknown' } });
    expect(opened).toEqual([]);
  });

  test('asks for the place of its own vault and group', async () => {
    const vaultId = '00000000-0000-4000-8000-0000000000aa';
    await store.putVault({ id: vaultId, name: 'V' });
    await saveHost({ vaultId, groupId: 'branch' });
    propose('ssh://db.corp.example');
    expect(foreseen).toEqual([{ vaultId, groupId: 'branch', address: 'db.corp.example' }]);
  });

  test('takes the one that was opened last where several fit', async () => {
    await saveHost({ lastOpenedAt: 5 });
    const latest = await saveHost({ id: '3f2c8a52-5b9c-4a52-9f4e-6a3f7c1d2e91', lastOpenedAt: 9 });
    expect(propose('ssh://db.corp.example').hostId).toBe(latest.id);
  });

  test.each([
    ['an id that is not in the list', 'proxima://host/3f2c8a52-5b9c-4a52-9f4e-6a3f7c1d2e9f'],
    ['a name that is not in the list', 'proxima://host/nobody'],
    ['a name that two hosts have', 'proxima://host/Database'],
  ])('by %s is refused', async (_, text) => {
    await saveHost();
    await saveHost({ id: '3f2c8a52-5b9c-4a52-9f4e-6a3f7c1d2e91', port: 23 });
    links.proposeLink(text);
    expect(proposals()).toEqual([]);
    expect(refusals()).toMatchObject([{ source: 'proxima://…', failure: { code: 'link_refused' } }]);
  });
});

test('files wait as links do', () => {
  links.proposeFile('C:\\x\\Work.rdp', utf8('full address:s:win\npassword 51:b:0100'));
  expect(proposals()).toMatchObject([{ source: 'rdp-file', address: 'win', ignored: ['password 51'] }]);
  links.proposeFile('C:\\x\\Bad.rdp', utf8('full address:s:\\\\evil\\x'));
  expect(refusals()).toMatchObject([{ source: 'Bad.rdp', failure: { code: 'link_refused' } }]);
});

describe('links of other programs', () => {
  test('from the system are taken where the preferences allow their scheme', () => {
    links.proposeLink('ssh://db');
    expect(refusals()).toHaveLength(1);
    preferences = { ...preferences, linkSchemes: ['ssh'] };
    links.proposeLink('ssh://db');
    links.proposeLink('vnc://db');
    expect(proposals()).toMatchObject([{ source: 'ssh' }]);
    expect(refusals()).toHaveLength(2);
  });

  test('of Proxima itself always are', () => {
    links.proposeLink('proxima://host/db?protocol=ssh');
    expect(proposals()).toHaveLength(1);
  });
});

test('many links at once are bounded: the oldest is refused, with words', () => {
  for (let count = 1; count <= 50; count += 1) links.proposeLink(`proxima://host/h${count}?protocol=ssh`);
  expect(proposals().map(({ address }) => address)).toEqual(['h46', 'h47', 'h48', 'h49', 'h50']);
  expect(refusals()).toHaveLength(5);
  expect(refusals()[0]?.failure.detail).toContain('too many');
});

test('the same link twice waits once', () => {
  propose('ssh://db');
  propose('ssh://db');
  expect(proposals()).toHaveLength(1);
});

test('dismissed links are forgotten; windows hear of every change', async () => {
  let changes = 0;
  const stop = links.onChange(() => (changes += 1));
  const { id: proposalId } = propose('ssh://db');
  expect(changes).toBe(1);
  links.dismiss(proposalId);
  links.dismiss(proposalId);
  expect(changes).toBe(2);
  expect(links.waiting()).toEqual([]);
  const accepted = await links.accept({ caller, proposalId, answer: open, display });
  expect(accepted).toMatchObject({ failure: { code: 'link_forgotten' } });
  stop();
  links.proposeLink('garbage');
  expect(changes).toBe(2);
});

test('the log tells kinds and codes, and nothing that a link or file had in it', () => {
  propose('ssh://Canary-user:Canary-password@canary.example');
  links.proposeLink('ssh://Canary-user:Canary-password@canary.example/\u202e');
  links.proposeLink('canary-scheme-Canary');
  links.proposeFile('Canary.rdp', utf8('full address:s:canary.example\npassword 51:b:Canary'));
  links.proposeFile('Canary.exe', utf8('Canary'));
  expect(logged).toContain('"kind":"ssh"');
  expect(logged).toContain('"failure":"link_refused"');
  expect(logged).not.toMatch(/canary/i);
});

test('finds a host among 100,000 without holding up the sessions', async () => {
  const base = await saveHost();
  const many = Array.from({ length: 100_000 }, (_, index) => ({
    ...base,
    id: `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
    address: index % 2 === 0 ? `10.${index % 250}.${(index >> 8) % 250}.1` : `host-${index}.corp.example`,
  }));
  const hosts = new Map(many.map((host) => [host.id, host]));
  const { findSavedHost } = await import('./findSavedHost.ts');
  const startedAt = performance.now();
  const found = findSavedHost({ kind: 'named', text: 'HOST-99999.corp.example' }, hosts);
  expect(found).toMatchObject({ ok: true, value: { address: 'host-99999.corp.example' } });
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
