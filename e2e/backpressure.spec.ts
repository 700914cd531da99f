import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { expect, type BrowserContext, type Page } from 'playwright/test';
import { WebSocket } from 'ws';
import { encodeInstruction } from '../shared/guacamole/instruction.ts';
import { openApp, openByDoubleClick, paint, sessionPane, waitForPicture } from './app.ts';
import { type FakeManager, startFakeManager } from './fakeManager.ts';
import { settingsOf, test } from './fixtures.ts';
import { type GatewayProcess, sampleHost, sampleManager } from './gateway.ts';
import { hostsOf } from './rig/hosts.ts';

/** What one session may hold at most: the credit of its picture, and what lies in sockets, their buffers and the collector's. */
const heldLimitMiB = 24;
const floodMs = 8_000;

/** The resident memory of a process, in MiB. */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** The highest that it gets while `milliseconds` pass. */
async function watchResidentMiB(pid: number, milliseconds: number): Promise<number> {
  let highest = 0;
  for (const end = Date.now() + milliseconds; Date.now() < end;) {
    highest = Math.max(highest, await residentMiB(pid));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return highest;
}

/** Opens a session by the app, and takes its tunnel over with a client that reads nothing from the moment on that it typed `line`. */
async function openUnread(page: Page, gateway: GatewayProcess, host: string, line: string) {
  const ours = page.waitForEvent('websocket', (socket) => socket.url().includes('/websocket-tunnel'));
  const pane = await openByDoubleClick(page, host);
  const address = (await ours).url();
  await expect(pane.getByRole('status').filter({ hasText: /Choosing|Connecting/ })).toHaveCount(0);
  const socket = new WebSocket(address, 'guacamole', {
    rejectUnauthorized: false,
    headers: { origin: gateway.origin, cookie: await cookieOf(page.context(), gateway) },
  });
  let isDrawn = false;
  socket.on('message', (data: Buffer) => {
    for (const [, timestamp = ''] of data.toString().matchAll(/4\.sync,\d+\.(\d+)/g)) {
      isDrawn = true;
      socket.send(encodeInstruction(['sync', timestamp]));
    }
  });
  await once(socket, 'open');
  await expect.poll(() => isDrawn).toBe(true);
  socket.pause();
  const keysyms = [...Buffer.from(line, 'latin1'), 0xff0d];
  for (const keysym of keysyms) {
    socket.send(['1', '0'].map((state) => encodeInstruction(['key', String(keysym), state])).join(''));
  }
  return socket;
}

async function cookieOf(context: BrowserContext, gateway: GatewayProcess): Promise<string> {
  const cookies = await context.cookies(gateway.origin);
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** Is healthy to a probe, greets a session with a small picture, and after a key writes as fast as it is read from. */
async function startFloodingManager(): Promise<FakeManager & { floodedMiB(): number }> {
  let flooded = 0;
  const chunk = Buffer.from(encodeInstruction(['blob', '1', 'A'.repeat(8_000)]).repeat(8));
  const greet = (socket: Socket) => {
    const size = encodeInstruction(['size', '0', '640', '480']);
    socket.write(encodeInstruction(['ready', '$flood']) + size);
    const beat = setInterval(() => socket.write(encodeInstruction(['sync', String(Date.now())])), 200);
    socket.once('close', () => clearInterval(beat));
  };
  const flood = (socket: Socket) => {
    while (!socket.destroyed && socket.write(chunk)) flooded += chunk.length;
    flooded += chunk.length;
  };
  const fake = await startFakeManager((socket) => {
    let asked = '';
    let isFlooding = false;
    socket.on('data', (bytes) => {
      asked += bytes.toString();
      if (asked.includes('$proxima-load')) socket.end();
      else if (asked.startsWith('6.select') && asked.endsWith(';') && !asked.includes('7.connect')) {
        if (!asked.includes('4.size')) socket.write(encodeInstruction(['args', 'VERSION_1_5_0', 'hostname']));
      } else if (asked.includes('7.connect') && !asked.includes('greeted')) {
        asked += 'greeted';
        greet(socket);
      }
      if (isFlooding || !asked.includes('3.key')) return;
      isFlooding = true;
      socket.on('drain', () => flood(socket));
      flood(socket);
    });
  });
  return { ...fake, floodedMiB: () => flooded / 1024 / 1024 };
}

test('a client that stops reading a flood of real output holds back its host, not the gateway', async ({
  page,
  launch,
}) => {
  const gateway = await launch();
  await openApp(page, gateway);
  const other = await openByDoubleClick(page, 'Telnet shell');
  await waitForPicture(other);
  const before = await residentMiB(gateway.pid);
  const unread = await openUnread(
    page,
    gateway,
    'SSH shell',
    'while :; do head -c 60000 /dev/urandom | base64; done',
  );
  const highest = await watchResidentMiB(gateway.pid, floodMs);
  test.info().annotations.push({
    type: 'resident MiB',
    description: `${before.toFixed(0)}, then ${highest.toFixed(0)}`,
  });
  expect(highest - before).toBeLessThan(heldLimitMiB);
  await expectQuick(page, 'Telnet shell');
  unread.terminate();
});

test('a client that stops reading a manager without measure holds back that manager, not the gateway', async ({
  page,
  launch,
  rig,
}) => {
  const fake = await startFloodingManager();
  const settings = settingsOf(rig);
  const [defaultGroup] = settings.groups;
  if (!defaultGroup) throw new Error('no Default group');
  const flooding = {
    id: 'flooding',
    name: 'Flooding',
    priority: 1,
    managerIds: ['flood'],
    trust: { kind: 'plain' },
  };
  const gateway = await launch({
    settings: {
      ...settings,
      managers: [...settings.managers, sampleManager('flood', fake.port)],
      groups: [defaultGroup, { ...defaultGroup, ...flooding, trust: { kind: 'plain' } }],
    },
    hosts: [
      ...hostsOf(rig),
      sampleHost(1, { name: 'Flood', protocol: 'ssh', port: 22, groupId: 'flooding' }),
    ],
  });
  await openApp(page, gateway);
  await waitForPicture(await openByDoubleClick(page, 'Telnet shell'));
  const before = await residentMiB(gateway.pid);
  const unread = await openUnread(page, gateway, 'Flood', 'x');
  const highest = await watchResidentMiB(gateway.pid, floodMs);
  const words = `${before.toFixed(0)}, then ${highest.toFixed(0)}; ${fake.floodedMiB().toFixed(1)} taken from the manager`;
  test.info().annotations.push({ type: 'resident MiB', description: words });
  expect(highest - before).toBeLessThan(heldLimitMiB);
  expect(fake.floodedMiB()).toBeGreaterThan(1);
  expect(fake.floodedMiB()).toBeLessThan(heldLimitMiB);
  const taken = fake.floodedMiB();
  await expectQuick(page, 'Telnet shell');
  expect(fake.floodedMiB()).toBe(taken);
  unread.terminate();
  await fake.stop();
});

/** A command typed into another session shows its effect soon. */
async function expectQuick(page: Page, host: string): Promise<void> {
  await page.getByRole('tab', { name: new RegExp(`^${host}`) }).click();
  const pane = sessionPane(page, host);
  await waitForPicture(pane);
  const startedAt = Date.now();
  await paint(pane, 'green');
  expect(Date.now() - startedAt).toBeLessThan(4_000);
}
