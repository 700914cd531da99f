import { createRouterClient } from '@orpc/server';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { generalVault, type HostDraft } from '../../shared/model/host.ts';
import type { LinkEvent } from '../../shared/model/linkProposal.ts';
import { defaultPreferences } from '../../shared/model/preferences.ts';
import { emptySettings } from '../../shared/model/settings.ts';
import { type HostProcess, type HostProcessOptions, startHostProcess } from '../hostProcess.ts';
import { openWithoutSecrets } from '../keyedSecrets.ts';

const display = { width: 800, height: 600, dpi: 96 };

let folder: string;
let host: HostProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-desktop-'));
});
afterEach(async () => {
  await host?.close();
  host = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<HostProcessOptions> = {}) {
  host = await startHostProcess({
    version: '1.2.3',
    runsIn: 'gateway',
    dataFolder: folder,
    openSecrets: () => Promise.resolve(openWithoutSecrets()),
    log: pino({ level: 'silent' }),
    administrator: 'tester',
    whatIfWorkerFile: new URL('../whatIf/worker.ts', import.meta.url),
    ...options,
  });
  const { owner } = host;
  return { host, client: createRouterClient(host.router, { context: { caller: { person: () => owner } } }) };
}

/** The next event of a stream, which goes on. */
async function take<T>(stream: AsyncIterator<T>): Promise<T> {
  const next = await stream.next();
  if (next.done) throw new Error('the stream ended');
  return next.value;
}

async function proposalFrom(stream: AsyncIterator<LinkEvent>) {
  const event = await take(stream);
  if (event.kind !== 'proposed') throw new Error(JSON.stringify(event));
  return event.proposal;
}

test('a link that a window gives is told, and opens when its person agrees; reconnecting works unsaved', async () => {
  const { client } = await start();
  const stop = new AbortController();
  const stream = await client.links.watch({}, { signal: stop.signal });
  await client.links.propose({ kind: 'link', text: 'ssh://bob:x@127.0.0.1:9' });
  const proposal = await proposalFrom(stream);
  expect(proposal).toMatchObject({ username: 'bob', groupName: 'Default', ignored: ['password'] });
  const request = { proposalId: proposal.id, answer: { kind: 'open' }, display } as const;
  const { sessionId } = await client.links.accept(request);
  await expect(client.links.accept(request)).rejects.toMatchObject({ data: { code: 'link_forgotten' } });

  const watched = await take(await client.sessions.watch({}, { signal: stop.signal }));
  const session = watched.kind === 'all' ? watched.sessions.find(({ id }) => id === sessionId) : undefined;
  expect(session).toMatchObject({ address: '127.0.0.1', username: 'bob' });
  const again = await client.sessions.open({ hostId: session!.hostId, display });
  expect(again.sessionId).not.toBe(sessionId);
  await expect(client.hosts.read({ hostId: session!.hostId })).rejects.toMatchObject({
    data: { code: 'host_unknown' },
  });
  stop.abort();
});

test('a file is saved and opened; a broken one is told as refused', async () => {
  const { client } = await start();
  const stop = new AbortController();
  const stream = await client.links.watch({}, { signal: stop.signal });
  const file = (text: string) => ({
    kind: 'file' as const,
    name: 'Work.rdp',
    contentBase64: Buffer.from(text).toString('base64'),
  });
  await client.links.propose(file('\u0000'));
  expect(await take(stream)).toMatchObject({ kind: 'refused', source: 'Work.rdp' });
  await client.links.propose(file('full address:s:win.corp.example'));
  const { id: proposalId } = await proposalFrom(stream);
  const answer = { kind: 'save-and-open', name: 'Work', vaultId: generalVault.id } as const;
  await client.links.accept({ proposalId, answer, display });
  await client.links.propose({ kind: 'link', text: 'proxima://host/work' });
  expect(await proposalFrom(stream)).toMatchObject({ name: 'Work', address: 'win.corp.example' });
  stop.abort();
});

test('what the system brings waits for a window', async () => {
  const { host: started, client } = await start({ runsIn: 'desktop' });
  started.links.proposeLink('proxima://host/db?protocol=ssh');
  started.links.proposeLink('ssh://db');
  const stop = new AbortController();
  const stream = await client.links.watch({}, { signal: stop.signal });
  expect(await take(stream)).toMatchObject({ kind: 'refused', source: 'ssh://…' });
  expect(await proposalFrom(stream)).toMatchObject({ address: 'db' });
  stop.abort();
});

test('preferences are watched and saved, in a gateway too; a gateway never updates itself', async () => {
  const { client } = await start();
  const stop = new AbortController();
  const stream = await client.preferences.watch({}, { signal: stop.signal });
  expect(await take(stream)).toEqual(defaultPreferences);
  const preferences = { ...defaultPreferences, keepInTray: true };
  await client.preferences.save({ preferences });
  expect(await take(stream)).toEqual(preferences);
  expect(await take(await client.updates.watch({}, { signal: stop.signal }))).toMatchObject({ kind: 'off' });
  await expect(client.updates.install({ evenWithSessions: true })).rejects.toMatchObject({
    data: { code: 'update_failed' },
  });
  expect((await client.diagnostics.read({})).text).toContain('Proxima: 1.2.3, gateway');
  stop.abort();
});

test('preferences that could not be used are a notice, as other documents are', async () => {
  await writeFile(join(folder, 'preferences.json'), '{');
  const { client } = await start();
  const { notices } = await client.app.describe({});
  expect(notices.map(({ title }) => title)).toContain('Your preferences could not be used');
});

/** A Proxima of its own, with a session that waits for its session manager; ends only when it is killed. */
const crashing = `
  const { startHostProcess } = await import(process.env.HOST_PROCESS);
  const { openWithoutSecrets } = await import(process.env.SECRETS);
  const { createRouterClient } = await import('@orpc/server');
  const { pino } = await import('pino');
  const host = await startHostProcess({
    ...JSON.parse(process.env.OPTIONS),
    openSecrets: async () => openWithoutSecrets(),
    log: pino({ level: 'silent' }),
    whatIfWorkerFile: new URL(process.env.WORKER),
  });
  const client = createRouterClient(host.router, { context: { caller: { person: () => host.owner } } });
  const { hostId } = await client.hosts.save({ draft: JSON.parse(process.env.DRAFT), secret: {} });
  const display = { width: 800, height: 600, dpi: 96 };
  await client.sessions.open({ hostId, display });
  await client.links.propose({ kind: 'link', text: 'ssh://127.0.0.1' });
  const { value } = await (await client.links.watch({})).next();
  await client.links.accept({ proposalId: value.proposal.id, answer: { kind: 'open' }, display });
  setInterval(() => {}, 1000);
`;

test('after a kill -9 what was open is told until it is dismissed, and an orderly end leaves nothing', async () => {
  const draft: HostDraft = {
    ...{ name: 'Database', address: '127.0.0.1', port: 9, protocol: 'ssh', vaultId: generalVault.id },
    ...{ tags: [], favourite: false, username: '', domain: '', settings: {} },
  };
  const [defaultGroup] = emptySettings.groups;
  // Nothing listens on port 1: openings wait.
  const settings = {
    ...emptySettings,
    managers: [{ id: 'm', name: 'M', address: '127.0.0.1', port: 1 }],
    groups: [{ ...defaultGroup, managerIds: ['m'] }],
  };
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', crashing], {
    env: {
      ...process.env,
      HOST_PROCESS: new URL('../hostProcess.ts', import.meta.url).href,
      SECRETS: new URL('../keyedSecrets.ts', import.meta.url).href,
      WORKER: new URL('../whatIf/worker.ts', import.meta.url).href,
      OPTIONS: JSON.stringify({
        ...{ version: '1', runsIn: 'gateway', dataFolder: folder, administrator: 'tester' },
      }),
      DRAFT: JSON.stringify(draft),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const path = join(folder, 'open-sessions.json');
  await expect.poll(() => readFile(path, 'utf8').catch(() => ''), { timeout: 12_000 }).toContain('Database');
  child.kill('SIGKILL');
  await once(child, 'exit');

  const { host: next, client } = await start();
  const { sessions } = await client.recovery.read({});
  // That of the link wasn't saved.
  expect(sessions).toMatchObject([{ hostName: 'Database', protocol: 'ssh' }]);
  expect(await client.hosts.read({ hostId: sessions[0]!.hostId })).toMatchObject({ host: draft });
  await client.recovery.dismiss({});
  expect(await client.recovery.read({})).toEqual({ sessions: [] });

  await client.sessions.open({ hostId: sessions[0]!.hostId, display });
  await expect.poll(() => readFile(path, 'utf8').catch(() => '')).toContain('Database');
  await next.close();
  expect(await readdir(folder)).not.toContain('open-sessions.json');
}, 30_000);
