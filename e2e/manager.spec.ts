import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'playwright/test';
import { issueCertificate } from '../electron/secrets/certificateAuthority.ts';
import { expectPaint, openApp, openByDoubleClick, paint, waitForPicture } from './app.ts';
import { openCuttableWay } from './chaos/cuttableWay.ts';
import { test as base } from './fixtures.ts';
import { sampleManager, settingsFor } from './gateway.ts';
import type { Rig } from './rig/rig.ts';

const program = new URL('../dist/electron/headless.js', import.meta.url).pathname;

/** A manager that was started as on a server, with mutual TLS and a guacd of its own. */
interface StartedManager {
  readonly port: number;
  readonly folder: string;
  readonly process: ChildProcess;
}

async function startManager(rig: Rig): Promise<StartedManager> {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-manager-'));
  const file = (name: string) => join(folder, name);
  for (const usage of ['server', 'client'] as const) {
    const { certificatePem, privateKeyPem } = await issueCertificate(rig.authority, {
      commonName: usage,
      dnsNames: [],
      ipAddresses: usage === 'server' ? ['127.0.0.1'] : [],
      usage,
    });
    await writeFile(file(`${usage}.pem`), certificatePem);
    await writeFile(file(`${usage}.key`), privateKeyPem, { mode: 0o600 });
  }
  await writeFile(file('authority.pem'), rig.authority.certificatePem);
  await writeFile(file('policy.json'), JSON.stringify({ version: 1, targets: { deny: [] } }));
  const child = spawn(
    process.execPath,
    [
      ...[program, 'manager', '--listen', '127.0.0.1:0', '--data', folder],
      ...['--certificate', file('server.pem'), '--key', file('server.key')],
      ...['--client-authority', file('authority.pem'), '--policy', file('policy.json')],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, port } = JSON.parse(line) as { msg?: string; port?: number };
    if (msg === 'The manager listens' && port !== undefined) {
      child.stdout.resume();
      return { port, folder, process: child };
    }
  }
  throw new Error('the manager did not start');
}

const test = base.extend<{ manager: StartedManager }>({
  manager: async ({ rig }, use) => {
    const manager = await startManager(rig);
    await use(manager);
    const exited = once(manager.process, 'exit');
    manager.process.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    await rm(manager.folder, { recursive: true, force: true });
  },
});

const flagsOf = ({ folder }: StartedManager) => [
  ...['--client-certificate', join(folder, 'client.pem'), '--client-key', join(folder, 'client.key')],
];

test('a session goes on by itself after its connection to the manager broke, and its window says so meanwhile', async ({
  page,
  launch,
  rig,
  manager,
}, info) => {
  const way = await openCuttableWay(manager.port);
  const trust = { kind: 'authorities', certificatesPem: rig.authority.certificatePem } as const;
  const settings = settingsFor([sampleManager('gate', way.port)], trust);
  await openApp(page, await launch({ settings, flags: flagsOf(manager) }));
  const pane = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(pane);
  await paint(pane, 'green');

  way.block(true);
  way.cut();
  const note = pane.getByRole('status').filter({ hasText: 'is being joined again' });
  await expect(note).toBeVisible();
  await info.attach('reconnecting.png', { body: await page.screenshot(), contentType: 'image/png' });
  way.block(false);
  await expect(note).toBeHidden();
  await paint(pane, 'magenta');

  await pane.getByRole('button', { name: 'Why here?' }).click();
  await expect(page.getByRole('dialog', { name: 'Why here?' })).toContainText('its own word');
  await way.close();
});

test('after a crash of Proxima the next start takes up what its manager holds, picture and all', async ({
  page,
  launch,
  rig,
  manager,
}) => {
  const trust = { kind: 'authorities', certificatesPem: rig.authority.certificatePem } as const;
  const settings = settingsFor([sampleManager('gate', manager.port)], trust);
  const gateway = await launch({ settings, flags: flagsOf(manager) });
  await openApp(page, gateway);
  const pane = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(pane);
  await paint(pane, 'green');
  // Until what was open has been written down.
  await expect
    .poll(
      async () =>
        [...(await gateway.readFiles()).keys()].filter((name) => /open-sessions|held-sessions/.test(name))
          .length,
    )
    .toBeGreaterThan(1);

  process.kill(gateway.pid, 'SIGKILL');
  const next = await gateway.restart();
  await openApp(page, next);
  await page.getByRole('button', { name: 'Open again' }).click();
  await expectPaint(pane, 'green');
  await paint(pane, 'magenta');
  await next.stop();
  const left = [...(await next.readFiles())]
    .find(([name]) => name.endsWith('held-sessions.json'))?.[1]
    .toString();
  expect(left ?? '').not.toContain('sealedConnectionId');
});

test('a broker without a certificate is told that the manager refused it', async ({
  page,
  launch,
  rig,
  manager,
}) => {
  const trust = { kind: 'authorities', certificatesPem: rig.authority.certificatePem } as const;
  await openApp(page, await launch({ settings: settingsFor([sampleManager('gate', manager.port)], trust) }));
  const pane = await openByDoubleClick(page, 'SSH shell');
  await expect(pane.getByRole('alert')).toContainText('refused the certificate of this broker');
});
