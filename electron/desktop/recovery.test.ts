import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Host } from '../../shared/model/host.ts';
import type { Session } from '../../shared/model/session.ts';
import { SessionBook } from '../broker/sessionBook.ts';
import { type OpenRecovery, openRecovery } from './recovery.ts';

const ids = [1, 2, 3].map((number) => `00000000-0000-4000-8000-00000000000${number}`);
const display = { width: 800, height: 600, dpi: 96 };

let folder: string;
let warnings: unknown[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-recovery-'));
  warnings = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const opener = { user: 'ada', roles: ['user'], rights: ['open'] } as const;

const path = () => join(folder, 'open-sessions.json');
const readDocument = async () => readFile(path(), 'utf8').catch(() => undefined);

async function start(savedIds: readonly string[] = ids) {
  const book = new SessionBook();
  const hosts = new Map(savedIds.map((id) => [id, { id } as Host]));
  const recovery = await openRecovery({
    folder,
    book,
    hosts: { hosts: () => hosts },
    ownerId: 'ada',
    log: { warn: (details: unknown) => void warnings.push(details) },
    now: () => 0,
  });
  return { book, recovery, hosts };
}

/** A session is told apart by when it was opened. */
const idOf = (openedAt: number) => `10000000-0000-4000-8000-${String(openedAt).padStart(12, '0')}`;

function addSession(book: SessionBook, hostId: string, openedAt: number, user = 'ada') {
  const session = {
    id: idOf(openedAt),
    user,
    hostId,
    hostName: `Host ${hostId.at(-1)}`,
    address: 'canary-address',
    username: 'canary-user',
    protocol: 'ssh',
    state: { kind: 'requested' },
    openedAt,
    attempts: [],
  } as Session;
  return book.add(session, { opener, host: { id: hostId } as Host, display, hadTypedCredential: true });
}

const end = (recovery: OpenRecovery) => recovery.close();
const told = ({ interrupted }: OpenRecovery) => interrupted('ada').map(({ openedAt }) => openedAt);

test('after an orderly end nothing was interrupted, and nothing is left on disk', async () => {
  const { book, recovery } = await start();
  addSession(book, ids[0]!, 1);
  await expect.poll(readDocument).toContain('"openedAt":1');
  await end(recovery);
  expect(await readdir(folder)).toEqual([]);
  expect(told((await start()).recovery)).toEqual([]);
});

test('the document follows the book, a moment later, and holds no secret', async () => {
  const { book, recovery } = await start();
  const first = addSession(book, ids[0]!, 1);
  addSession(book, ids[1]!, 2);
  await expect.poll(readDocument).toContain('"openedAt":2');
  expect(JSON.parse((await readDocument())!)).toEqual({
    version: 1,
    sessions: [
      { sessionId: idOf(1), user: 'ada', hostId: ids[0], hostName: 'Host 1', protocol: 'ssh', openedAt: 1 },
      { sessionId: idOf(2), user: 'ada', hostId: ids[1], hostName: 'Host 2', protocol: 'ssh', openedAt: 2 },
    ],
  });
  book.update(first, { kind: 'closed', reason: 'user' });
  await expect.poll(readDocument).not.toContain('"openedAt":1');
  await end(recovery);
});

test('what was open when it ended without closing is told, until it is dismissed', async () => {
  const crashed = await start();
  addSession(crashed.book, ids[0]!, 1);
  await expect.poll(readDocument).toContain('"openedAt":1');

  const second = await start();
  expect(second.recovery.interrupted('ada')).toEqual([
    { sessionId: idOf(1), hostId: ids[0], hostName: 'Host 1', protocol: 'ssh', openedAt: 1 },
  ]);
  // A second crash, before anybody has looked, loses neither.
  addSession(second.book, ids[1]!, 2);
  await expect.poll(readDocument).toContain('"openedAt":2');

  const third = await start();
  expect(told(third.recovery)).toEqual([1, 2]);
  addSession(third.book, ids[2]!, 3);
  await third.recovery.dismiss('ada');
  expect(told(third.recovery)).toEqual([]);
  // What is open now isn't forgotten with them.
  expect(told((await start()).recovery)).toEqual([3]);
  await Promise.all([crashed, second, third].map(({ recovery }) => end(recovery)));
});

test('everybody is told of their own, and forgets only those', async () => {
  const crashed = await start();
  addSession(crashed.book, ids[0]!, 1);
  addSession(crashed.book, ids[1]!, 2, 'bob');
  await expect.poll(readDocument).toContain('"openedAt":2');
  const { recovery } = await start();
  expect(told(recovery)).toEqual([1]);
  expect(recovery.interrupted('Bob').map(({ openedAt }) => openedAt)).toEqual([2]);
  await recovery.dismiss('ada');
  expect(told(recovery)).toEqual([]);
  expect(recovery.interrupted('bob')).toHaveLength(1);
  await Promise.all([end(crashed.recovery), end(recovery)]);
});

test('hosts that are not saved are not restored, nor those that were deleted since', async () => {
  const crashed = await start([ids[0]!, ids[1]!]);
  addSession(crashed.book, ids[0]!, 1);
  addSession(crashed.book, ids[1]!, 2);
  addSession(crashed.book, ids[2]!, 3);
  await expect.poll(readDocument).toContain('"openedAt":2');
  expect(await readDocument()).not.toContain('"openedAt":3');
  expect(told((await start([ids[1]!])).recovery)).toEqual([2]);
  await end(crashed.recovery);
});

test.each([
  ['no JSON', '{'],
  ['another version', '{"version":2,"sessions":[]}'],
  ['something else', '[]'],
  ['garbage in it', '{"version":1,"sessions":[{"hostId":"x"}]}'],
])('a document with %s is kept beside, and keeps nothing from starting', async (_, text) => {
  await writeFile(path(), text);
  const { recovery } = await start();
  expect(recovery.interrupted('ada')).toEqual([]);
  const [beside, ...more] = await readdir(folder);
  expect(beside).toMatch(/^open-sessions\.damaged-/);
  expect(more).toEqual([]);
  expect(await readFile(join(folder, beside!), 'utf8')).toBe(text);
  expect(warnings).toHaveLength(1);
  await end(recovery);
});

test('many changes are few writes', async () => {
  const { book, recovery } = await start();
  const entry = addSession(book, ids[0]!, 1);
  let versions = 0;
  let last: string | undefined;
  for (let count = 0; count < 200; count += 1) {
    book.update(entry, { kind: 'placing' }, { hostName: `Host ${count}` });
    const text = await readDocument();
    if (text !== last) versions += 1;
    last = text;
  }
  await expect.poll(readDocument).toContain('Host 199');
  expect(versions).toBeLessThan(10);
  await end(recovery);
});

const crashing = `
  const { openRecovery } = await import(process.env.RECOVERY);
  const { SessionBook } = await import(process.env.BOOK);
  const book = new SessionBook();
  const host = { id: process.env.HOST };
  const hosts = { hosts: () => new Map([[host.id, host]]) };
  await openRecovery({ folder: process.env.FOLDER, book, hosts, ownerId: 'ada', log: { warn() {} }, now: Date.now });
  const session = { id: '10000000-0000-4000-8000-000000000007', hostId: host.id, hostName: 'Host', protocol: 'rdp', state: { kind: 'requested' }, openedAt: 7, attempts: [] };
  book.add(session, { host, display: {}, hadTypedCredential: false });
  setInterval(() => {}, 1000);
`;

test('after a kill -9 the next start tells what was open', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', crashing], {
    env: {
      ...process.env,
      RECOVERY: new URL('./recovery.ts', import.meta.url).href,
      BOOK: new URL('../broker/sessionBook.ts', import.meta.url).href,
      FOLDER: folder,
      HOST: ids[0],
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  await expect.poll(readDocument, { timeout: 10_000 }).toContain('"openedAt":7');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(complaint).toBe('');
  const { recovery } = await start();
  expect(recovery.interrupted('ada')).toEqual([
    { sessionId: idOf(7), hostId: ids[0], hostName: 'Host', protocol: 'rdp', openedAt: 7 },
  ]);
  await end(recovery);
});
