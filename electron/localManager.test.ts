import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionManager } from '../shared/model/sessionManager.ts';
import { emptySettings, type Settings } from '../shared/model/settings.ts';
import { probeManager } from './guacd/probe.ts';
import { type LocalManager, type LocalManagerOptions, startLocalManager } from './localManager.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const log = pino({ level: 'silent' });
let built: string;
let workerFile: URL;
let folder: string;
let local: LocalManager | undefined;

beforeAll(async () => {
  // Inside of the tree, so that what isn't bundled is found.
  built = await mkdtemp(join(root, 'out', 'local-manager-'));
  await build({
    configFile: join(root, 'build/vite.electron.config.ts'),
    logLevel: 'silent',
    build: {
      outDir: built,
      rolldownOptions: { input: { localManagerWorker: 'electron/localManagerWorker.ts' } },
    },
  });
  workerFile = pathToFileURL(join(built, 'localManagerWorker.js'));
}, 60_000);
afterAll(() => rm(built, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-local-'));
});
afterEach(async () => {
  await local?.stop();
  local = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function start(settings: Settings = emptySettings, more: Partial<LocalManagerOptions> = {}) {
  local = await startLocalManager(
    settings,
    folder,
    { workerFile, engine: 'built-in', version: '1.2.3', ...more },
    log,
  );
  return local;
}

function servedBy(running: LocalManager | undefined) {
  const [manager] = running?.serve(emptySettings).managers ?? [];
  const [group] = running?.serve(emptySettings).groups ?? [];
  if (!running || !manager || !group) throw new Error('no manager in the settings');
  const probe = (clientCertificate = running.clientCertificateFor(manager)) =>
    probeManager({ manager, trust: group.trust, clientCertificate }, AbortSignal.timeout(5_000));
  return { manager, group, probe };
}

const isListening = ({ port }: SessionManager) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });

it('starts nothing where a session manager is configured', async () => {
  const { serve } = (await start()) ?? {};
  const configured = serve?.(emptySettings) ?? emptySettings;
  await local?.stop();
  await rm(join(folder, 'local-manager'), { recursive: true });
  expect(await start(configured)).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);
});

describe('the local session manager', () => {
  it('serves the Default group over verified TLS, and is gone after its stop', async () => {
    const { manager, group, probe } = servedBy(await start());
    expect(group.managerIds).toEqual([manager.id]);
    expect(group.trust.kind).toBe('authorities');
    expect(await probe()).toMatchObject({ ok: true, value: { load: { engine: 'built-in 1.2.3' } } });
    await local?.stop();
    expect(await isListening(manager)).toBe(false);
  });

  it('lets in nobody but this process', async () => {
    const { manager, group, probe } = servedBy(await start());
    const asNobody = { manager, trust: group.trust };
    expect(await probeManager(asNobody, AbortSignal.timeout(5_000))).toMatchObject({
      failure: { code: 'manager_refused_client' },
    });
    const other = { kind: 'authorities' } as const;
    expect(await probeManager({ manager, trust: other }, AbortSignal.timeout(5_000))).toMatchObject({
      failure: { code: 'manager_certificate_untrusted' },
    });
    expect(await probe()).toMatchObject({ ok: true });
    expect(local?.clientCertificateFor({ address: '10.0.0.1', port: manager.port })).toBeUndefined();
  });

  it('writes no key, and trusts no authority beyond this start', async () => {
    const { group } = servedBy(await start());
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')),
    );
    expect(texts.join('')).not.toContain('PRIVATE KEY');
    await local?.stop();
    expect(servedBy(await start()).group.trust).not.toEqual(group.trust);
  });

  it('that breaks down is there again at the same port', async () => {
    const broken = join(built, 'broken');
    const breaking = join(built, 'breaking.js');
    await writeFile(
      breaking,
      `import { existsSync, writeFileSync } from 'node:fs';
      import './localManagerWorker.js';
      const broken = ${JSON.stringify(broken)};
      if (!existsSync(broken)) setTimeout(() => { writeFileSync(broken, ''); throw new Error('broken'); }, 200);`,
    );
    const { manager, probe } = servedBy(await start(emptySettings, { workerFile: pathToFileURL(breaking) }));
    await vi.waitFor(() => readFile(broken), { timeout: 5_000 });
    await vi.waitFor(async () => expect(await probe()).toMatchObject({ ok: true }), { timeout: 10_000 });
    expect(servedBy(local).manager.port).toBe(manager.port);
  });

  it('that does not start leaves the settings without a manager', async () => {
    // A file where its folder belongs.
    await writeFile(join(folder, 'local-manager'), '');
    expect(await start()).toBeUndefined();
    await rm(join(folder, 'local-manager'));
    expect(await start(emptySettings, { workerFile: new URL('nowhere.js', workerFile) })).toBeUndefined();
  });
});
