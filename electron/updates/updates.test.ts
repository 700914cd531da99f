import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { UpdatePolicy } from '../../shared/model/policy.ts';
import { defaultPreferences } from '../../shared/model/preferences.ts';
import { createAuthority, issueCertificate } from '../secrets/certificateAuthority.ts';
import { announce, openTestUpdater, startFeed } from './testFeed.ts';
import { createUpdates } from './updates.ts';

const log = pino({ level: 'silent' });
/** An AppImage that tells that it was started. */
const newApp = '#!/bin/sh\necho started > "$0.started"\n';

let feed: Awaited<ReturnType<typeof startFeed>>;
let opened: Awaited<ReturnType<typeof openTestUpdater>>;
/** Of the authority that only this test trusts. */
let authorityPem: string;
let live = 0;

beforeAll(async () => {
  const authority = await createAuthority({ commonName: 'Feed authority', lifetimeDays: 1 });
  const certificate = await issueCertificate(authority, {
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: [],
    usage: 'server',
  });
  feed = await startFeed(certificate);
  authorityPem = authority.certificatePem;
});
afterAll(() => feed.close());
afterEach(async () => {
  live = 0;
  await opened.close();
});

/** electron-updater itself, against the feed. */
async function open(policy: UpdatePolicy = {}, version = '1.0.0') {
  opened = await openTestUpdater(authorityPem, version);
  const updates = createUpdates({
    version,
    isPackaged: true,
    policy: { feed: feed.url, ...policy },
    preferences: { current: () => defaultPreferences },
    countLiveSessions: () => live,
    log,
    loadUpdater: () => Promise.resolve(opened.updater),
  });
  const settle = async () => {
    const looked = await updates.look();
    await vi.waitFor(() => expect(['looking', 'downloading']).not.toContain(updates.current().kind));
    return { looked, state: updates.current() };
  };
  return { updates, settle };
}

function serve(announcement: string, content = newApp): void {
  feed.answer((path) => (path.endsWith('.yml') ? { body: announcement } : { body: content }));
}

const leftovers = async () =>
  (await readdir(opened.cacheFolder).catch(() => [])).filter((name) => name.endsWith('.AppImage'));

describe('an update', () => {
  it('is found, downloaded, told with its notes as plain text, and installed when the person says so', async () => {
    const { updates, settle } = await open();
    const seen: string[] = [];
    updates.onChange(() => seen.push(updates.current().kind));
    serve(announce(newApp, '1.1.0', { releaseNotes: '<p>Faster &amp; <b>calmer</b></p>\u0007' }));
    expect(await settle()).toEqual({
      looked: { ok: true, value: undefined },
      state: { kind: 'ready', version: '1.1.0', notes: 'Faster & calmer' },
    });
    expect(seen[0]).toBe('looking');
    expect(seen).toContain('downloading');
    expect(await readFile(opened.appImage, 'utf8')).not.toBe(newApp);
    expect(await updates.install(false)).toEqual({ ok: true, value: undefined });
    expect(await readFile(opened.appImage, 'utf8')).toBe(newApp);
    expect(await readFile(`${opened.appImage}.started`, 'utf8')).toBe('started\n');
  });

  it('is installed at the next quit', async () => {
    const { settle } = await open();
    serve(announce(newApp, '1.1.0'));
    await settle();
    opened.quit();
    expect(await readFile(opened.appImage, 'utf8')).toBe(newApp);
  });

  it('is not installed over live sessions without the word of the person', async () => {
    const { updates, settle } = await open();
    serve(announce(newApp, '1.1.0'));
    await settle();
    live = 2;
    expect(await updates.install(false)).toEqual({
      ok: false,
      failure: { code: 'sessions_are_live', detail: '2 sessions are open' },
    });
    expect(await readFile(opened.appImage, 'utf8')).not.toBe(newApp);
    expect(await updates.install(true)).toMatchObject({ ok: true });
    expect(await readFile(opened.appImage, 'utf8')).toBe(newApp);
  });

  it('that was changed on disk meanwhile is thrown away', async () => {
    const { updates, settle } = await open();
    serve(announce(newApp, '1.1.0'));
    await settle();
    const [name = ''] = await leftovers();
    await writeFile(join(opened.cacheFolder, name), '#!/bin/sh\necho evil\n');
    expect(await updates.install(true)).toMatchObject({ failure: { code: 'update_untrusted' } });
    expect(await leftovers()).toEqual([]);
    expect(updates.current()).toMatchObject({ kind: 'failed' });
    opened.quit();
    expect(await readFile(opened.appImage, 'utf8')).toBe('#!/bin/sh\n');
  });

  it.each([
    ['by the last good version', announce(newApp, '1.0.0'), 'current'],
    ['by its rollout', announce(newApp, '1.1.0', { stagingPercentage: 0 }), 'current'],
    ['for a better one', announce(`${newApp}# better\n`, '1.1.1'), 'ready'],
  ])('that is withdrawn %s before it was installed is thrown away', async (_, announcement, kind) => {
    const { settle } = await open();
    serve(announce(newApp, '1.1.0'));
    await settle();
    const better = `${newApp}# better\n`;
    serve(announcement, better);
    expect((await settle()).state.kind).toBe(kind);
    opened.quit();
    expect(await readFile(opened.appImage, 'utf8')).toBe(kind === 'ready' ? better : '#!/bin/sh\n');
  });

  it('that is ready stays so while the feed does not answer, or says the same', async () => {
    const { settle, updates } = await open();
    const seen: string[] = [];
    serve(announce(newApp, '1.1.0'));
    await settle();
    updates.onChange(() => seen.push(updates.current().kind));
    feed.answer(() => ({ status: 500 }));
    expect(await settle()).toMatchObject({
      looked: { failure: { code: 'update_failed' } },
      state: { kind: 'ready' },
    });
    serve(announce(newApp, '1.1.0'));
    expect(await settle()).toMatchObject({ looked: { ok: true }, state: { kind: 'ready' } });
    expect(seen).toEqual([]);
    opened.quit();
    expect(await readFile(opened.appImage, 'utf8')).toBe(newApp);
  });

  it('that failed to come after another was withdrawn leaves the app alone', async () => {
    const { settle } = await open();
    serve(announce(newApp, '1.1.0'));
    await settle();
    feed.answer((path) =>
      path.endsWith('.yml') ? { body: announce(newApp, '1.1.1') } : { status: 500, body: 'no' },
    );
    expect((await settle()).state.kind).toBe('failed');
    opened.quit();
    expect(await readFile(opened.appImage, 'utf8')).toBe('#!/bin/sh\n');
  });

  it('tells the feed nothing that would know this machine again', async () => {
    const { settle } = await open();
    serve(announce(newApp, '1.1.0', { stagingPercentage: 100 }));
    feed.told.length = 0;
    await settle();
    expect(feed.told).toHaveLength(2);
    const id = await readFile(join(opened.userFolder, '.updaterId'), 'utf8');
    for (const headers of feed.told) expect(JSON.stringify(headers)).not.toContain(id);
    expect(feed.told.map((headers) => headers['x-user-staging-id'] ?? '0')).toEqual(['0', '0']);
  });

  it('is had after a failure', async () => {
    const { settle } = await open();
    feed.answer(() => ({ status: 500, body: 'no' }));
    expect(await settle()).toMatchObject({
      looked: { failure: { code: 'update_failed' } },
      state: { kind: 'failed' },
    });
    serve(announce(newApp, '1.1.0'));
    expect((await settle()).state.kind).toBe('ready');
  });
});

describe('there is no update', () => {
  it.each([
    ['where the feed has this version', announce(newApp, '1.0.0'), {}],
    ['where the feed has an older one', announce(newApp, '0.9.0'), {}],
    ['where it is not rolled out to this machine', announce(newApp, '1.1.0', { stagingPercentage: 0 }), {}],
    ['where the policy permits no such version', announce(newApp, '2.0.0'), { newestVersion: '1.9.9' }],
  ])('%s', async (_, announcement, policy) => {
    const { settle } = await open(policy);
    serve(announcement);
    expect(await settle()).toMatchObject({ looked: { ok: true }, state: { kind: 'current' } });
    expect(await leftovers()).toEqual([]);
  });

  it('from a policy without them, and from source', async () => {
    for (const [policy, isPackaged, why] of [
      [{ enabled: false }, true, 'The policy of this machine'],
      [undefined, false, 'from its source'],
    ] as const) {
      const updates = createUpdates({
        version: '1.0.0',
        isPackaged,
        policy,
        preferences: { current: () => defaultPreferences },
        countLiveSessions: () => 0,
        log,
        loadUpdater: () => Promise.reject(new Error('must not be loaded')),
      });
      expect(updates.current()).toEqual({ kind: 'off', why: expect.stringContaining(why) as string });
      expect(await updates.look()).toMatchObject({ failure: { code: 'update_failed' } });
      expect(await updates.install(true)).toMatchObject({ failure: { code: 'update_failed' } });
    }
    opened = await openTestUpdater(authorityPem);
  });

  it('where the app was built without an address', async () => {
    opened = await openTestUpdater(authorityPem);
    Object.defineProperty(opened.updater, 'updateConfigPath', { value: undefined });
    const updates = createUpdates({
      version: '1.0.0',
      isPackaged: true,
      policy: undefined,
      preferences: { current: () => defaultPreferences },
      countLiveSessions: () => 0,
      log,
      loadUpdater: () => {
        Object.assign(opened.updater, { _appUpdateConfigPath: '/nowhere/app-update.yml' });
        return Promise.resolve(opened.updater);
      },
    });
    expect(await updates.look()).toMatchObject({ ok: true });
    expect(updates.current()).toMatchObject({
      kind: 'off',
      why: expect.stringContaining('without an update address') as string,
    });
  });
});

describe('a feed that lies', () => {
  const sizeOf = (size: number) => {
    const { files, ...rest } = JSON.parse(announce(newApp, '1.1.0')) as { files: object[] };
    return JSON.stringify({ ...rest, files: [{ ...files[0], size }] });
  };
  const urlOf = (url: string) => {
    const { files, ...rest } = JSON.parse(announce(newApp, '1.1.0')) as { files: object[] };
    return JSON.stringify({ ...rest, files: [{ ...files[0], url }] });
  };

  it.each<[string, string, string?]>([
    ['about the hash', announce(newApp, '1.1.0'), '#!/bin/sh\necho evil\n'],
    ['about the size: more', sizeOf(newApp.length - 1)],
    ['about the size: less', sizeOf(newApp.length + 1)],
    ['about the version: none', announce(newApp, 'newest')],
    ['about the version: a file of another', urlOf('Proxima-0.9.0.AppImage')],
    ['with a size that is none', sizeOf(-1)],
    ['with a file elsewhere', urlOf('https://evil.example/Proxima-1.1.0.AppImage')],
    ['with a file above', urlOf('../Proxima-1.1.0.AppImage')],
    ['with an escaped file above', urlOf('%2e%2e%2fProxima-1.1.0.AppImage')],
    ['with a web installer', announce(newApp, '1.1.0', { packages: { x64: { path: 'x', sha512: 'x' } } })],
    ['with no hash', announce(newApp, '1.1.0', { files: [{ url: 'Proxima-1.1.0.AppImage', size: 5 }] })],
    ['with no files', announce(newApp, '1.1.0', { files: [] })],
    ['with something that is no announcement', '<html>502</html>'],
    ['with nothing', ''],
  ])('%s is refused, and nothing is kept or installed', async (_, announcement, content) => {
    const { updates, settle } = await open();
    serve(announcement, content);
    const { state } = await settle();
    expect(state).toMatchObject({ kind: 'failed', failure: { code: 'update_untrusted' } });
    expect(await updates.install(true)).toMatchObject({ ok: false });
    opened.quit();
    expect(await readFile(opened.appImage, 'utf8')).toBe('#!/bin/sh\n');
    await vi.waitFor(async () => expect(await leftovers()).toEqual([]));
  });

  it.each(['Proxima-1.1.0.AppImage', 'latest-linux.yml'])(
    'by sending %s without an end is not listened to',
    async (endless) => {
      const { settle } = await open();
      feed.answer((path) =>
        path.endsWith(endless) ? { endless: true } : { body: announce(newApp, '1.1.0') },
      );
      expect((await settle()).state).toEqual({
        kind: 'failed',
        failure: { code: 'update_untrusted', detail: `the feed does not say how long ${endless} is` },
      });
    },
  );

  it('about the size is also found where Electron did not ask about the answer', async () => {
    const { settle } = await open();
    opened.ignoreAnswers();
    serve(sizeOf(newApp.length + 1));
    expect((await settle()).state).toEqual({
      kind: 'failed',
      failure: { code: 'update_untrusted', detail: 'its size is another than announced' },
    });
    opened.quit();
    expect(await readFile(opened.appImage, 'utf8')).toBe('#!/bin/sh\n');
  });

  it('by leading away from https:// is not followed', async () => {
    const { settle } = await open();
    feed.answer(() => ({ to: 'http://localhost:1/latest-linux.yml' }));
    expect((await settle()).state).toEqual({
      kind: 'failed',
      failure: {
        code: 'update_untrusted',
        detail: 'the feed leads to an address that is not secure',
      },
    });
  });
});

describe('pins', () => {
  it('let through the key that they name', async () => {
    const { settle } = await open({ pins: ['A'.repeat(43) + '=', feed.pin] });
    serve(announce(newApp, '1.1.0'));
    expect((await settle()).state.kind).toBe('ready');
  });

  it('keep out every other, before it is asked for anything', async () => {
    const { settle } = await open({ pins: ['A'.repeat(43) + '='] });
    serve(announce(newApp, '1.1.0'));
    feed.asked.length = 0;
    expect((await settle()).state).toEqual({
      kind: 'failed',
      failure: {
        code: 'update_untrusted',
        detail: 'localhost shows a key that the policy does not pin',
      },
    });
    expect(feed.asked).toEqual([]);
  });
});

describe('by itself', () => {
  it.each([true, false])('is looked for where the person wants that: %s', async (lookForUpdates) => {
    opened = await openTestUpdater(authorityPem);
    vi.useFakeTimers();
    try {
      const loadUpdater = vi.fn(() => Promise.reject(new Error('offline')));
      const updates = createUpdates({
        version: '1.0.0',
        isPackaged: true,
        policy: undefined,
        preferences: { current: () => ({ ...defaultPreferences, lookForUpdates }) },
        countLiveSessions: () => 0,
        log,
        loadUpdater,
      });
      await vi.advanceTimersByTimeAsync(61_000);
      expect(updates.current().kind).toBe(lookForUpdates ? 'failed' : 'current');
      expect(loadUpdater).toHaveBeenCalledTimes(lookForUpdates ? 1 : 0);
      await vi.advanceTimersByTimeAsync(4 * 3_600_000);
      expect(loadUpdater).toHaveBeenCalledTimes(lookForUpdates ? 2 : 0);
    } finally {
      vi.useRealTimers();
    }
  });
});

it('finds the updater of this system where electron-updater exports it', async () => {
  opened = await openTestUpdater(authorityPem);
  const module = (await import('electron-updater')) as unknown as { readonly default: object };
  // Reading it would start Electron.
  expect(Object.getOwnPropertyDescriptor(module.default, 'autoUpdater')?.get).toBeTypeOf('function');
  expect(createRequire(import.meta.url)('electron-updater')).toBe(module.default);
});
