import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptySettings, type Settings } from '../shared/model/settings.ts';
import { probeManager } from './guacd/probe.ts';
import { type LocalManager, startLocalManager } from './localManager.ts';
import { findGuacd } from './manager/localGuacd.ts';

const lacks = findGuacd() === undefined ? 'guacd is not installed' : undefined;
const log = pino({ level: 'silent' });
let folder: string;
let local: LocalManager | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-local-'));
});
afterEach(async () => {
  await local?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('starts nothing where a session manager is configured', async () => {
  const configured: Settings = {
    ...emptySettings,
    managers: [
      {
        id: 'm',
        name: 'm',
        address: 'm.corp.example',
        port: 4822,
        weight: 1,
        sessionLimit: null,
        intent: 'enabled',
      },
    ],
  };
  local = await startLocalManager(configured, folder, log);
  expect(local).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);
});

describe.skipIf(lacks !== undefined)(
  `the local session manager${lacks === undefined ? '' : ` (${lacks})`}`,
  () => {
    it('serves the Default group over verified TLS, and is gone after its stop', async () => {
      local = await startLocalManager(emptySettings, folder, log);
      const [manager] = local?.serve(emptySettings).managers ?? [];
      const [group] = local?.serve(emptySettings).groups ?? [];
      if (!manager || !group) throw new Error('no manager in the settings');
      expect(group.managerIds).toEqual([manager.id]);
      expect(group.trust.kind).toBe('authorities');
      const probed = await probeManager({ manager, trust: group.trust }, AbortSignal.timeout(5_000));
      expect(probed).toMatchObject({ ok: true });
      const others = { kind: 'authorities' } as const;
      expect(await probeManager({ manager, trust: others }, AbortSignal.timeout(5_000))).toMatchObject({
        failure: { code: 'manager_certificate_untrusted' },
      });
      await local?.stop();
      const isGone = new Promise((resolve) => {
        const socket = connect(manager.port, '127.0.0.1', () => resolve(false));
        socket.on('error', () => resolve(true)).on('connect', () => socket.destroy());
      });
      expect(await isGone).toBe(true);
    });

    it('trusts no authority beyond this start: its key is written nowhere', async () => {
      local = await startLocalManager(emptySettings, folder, log);
      const files = await readdir(join(folder, 'local-manager'));
      const texts = await Promise.all(
        files
          .filter((name) => name.endsWith('.pem'))
          .map((name) => readFile(join(folder, 'local-manager', name), 'utf8')),
      );
      expect(texts.join('').match(/PRIVATE KEY-----\n/g)).toHaveLength(2);
      const trust = local?.serve(emptySettings).groups[0]?.trust;
      await local?.stop();
      local = await startLocalManager(emptySettings, folder, log);
      expect(local?.serve(emptySettings).groups[0]?.trust).not.toEqual(trust);
    });

    it('that does not start leaves the settings without a manager', async () => {
      // A file where its folder belongs.
      await writeFile(join(folder, 'local-manager'), '');
      local = await startLocalManager(emptySettings, folder, log);
      expect(local).toBeUndefined();
    });
  },
);
