import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Host, Vault } from '../../shared/model/host.ts';
import { defaultPreferences } from '../../shared/model/preferences.ts';
import type { Session } from '../../shared/model/session.ts';
import { emptySettings, type Settings } from '../../shared/model/settings.ts';
import { SessionBook } from '../broker/sessionBook.ts';
import { type DiagnosticsPorts, writeDiagnostics } from './diagnostics.ts';

/** Each is a name of its own kind, so that whatever comes through says what it was. */
const canaries = {
  password: 'Canary-pass-7f3a!',
  key: '-----BEGIN OPENSSH PRIVATE KEY-----\nQ2FuYXJ5S2V5\n-----END OPENSSH PRIVATE KEY-----',
  token: 'eyJDYW5hcnlUb2tlbiI6MX0.c2lnbmF0dXJl',
  cookie: 'proxima_session=CanaryCookie0123456789abcdef',
  user: 'canaryuser',
  domain: 'CANARYDOMAIN',
  hostName: 'Canary Payroll Server',
  address: 'canary-host.corp.example',
  ip: '10.66.77.88',
  vault: 'Canary Vault',
  tag: 'canarytag',
  manager: 'Canary Manager',
  managerId: 'canary-manager',
  group: 'Canary Branch',
  policy: 'Canary Operations, it@canary.example',
  folder: '/home/canaryhome/.local/share/proxima',
};
const every = Object.values(canaries);

const hostId = '3f2c8a52-5b9c-4a52-9f4e-6a3f7c1d2e90';
const vaultId = '3f2c8a52-5b9c-4a52-9f4e-6a3f7c1d2e91';
const host: Host = {
  id: hostId,
  name: canaries.hostName,
  address: canaries.address,
  port: 22,
  protocol: 'ssh',
  vaultId,
  tags: [canaries.tag],
  favourite: false,
  username: canaries.user,
  domain: canaries.domain,
  settings: { command: canaries.password, 'host-key': canaries.token },
  updatedAt: 0,
};
const vault: Vault = { id: vaultId, name: canaries.vault };
const settings: Settings = {
  ...emptySettings,
  managers: [
    {
      id: canaries.managerId,
      name: canaries.manager,
      address: canaries.ip,
      port: 4822,
      serverName: canaries.address,
      weight: 2,
      sessionLimit: 10,
      intent: 'draining',
    },
  ],
  groups: [
    {
      id: 'canary-group',
      name: canaries.group,
      priority: 1,
      selectors: [{ vaultIds: [vaultId], domains: [canaries.address] }, { addresses: [canaries.ip] }],
      managerIds: [canaries.managerId],
      trust: { kind: 'authorities', certificatesPem: `-----BEGIN CERTIFICATE-----${canaries.token}` },
      fallbackGroupId: 'default',
    },
    ...emptySettings.groups,
  ],
};

let folder: string;
let logFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-diagnostics-'));
  logFile = join(folder, 'proxima.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function createPorts(): DiagnosticsPorts {
  const book = new SessionBook();
  const failure = { code: 'host_timeout', detail: every.join(' ') } as const;
  const session: Session = {
    id: '3f2c8a52-5b9c-4a52-9f4e-6a3f7c1d2e92',
    user: canaries.user,
    hostId,
    hostName: canaries.hostName,
    address: canaries.address,
    protocol: 'ssh',
    username: canaries.user,
    state: { kind: 'live', managerId: canaries.managerId },
    openedAt: 0,
    managerName: canaries.manager,
    groupName: canaries.group,
    security: 'secured',
    attempts: [
      { managerId: canaries.managerId, name: canaries.manager, startedAt: 0, durationMs: 12, failure },
    ],
  };
  const display = { width: 1, height: 1, dpi: 96 };
  book.add(session, {
    opener: { user: canaries.user, roles: [], rights: [] },
    host,
    display,
    hadTypedCredential: false,
  });
  return {
    describeApp: () => ({
      version: '1.2.3',
      runsIn: 'desktop',
      secretStorage: 'keychain',
      notices: [{ id: 'x', title: 'The settings could not be used', text: every.join(' ') }],
      restrictions: { managedBy: canaries.policy, clipboard: 'none', storeSecrets: false },
    }),
    settings: {
      current: () => ({ settings, revision: 4 }),
      locked: () => [{ path: 'groups', managedBy: canaries.policy }],
    },
    health: {
      current: () => ({
        at: 0,
        managers: settings.managers.map(({ id: managerId, ...manager }) => ({
          ...manager,
          managerId,
          groupIds: ['canary-group'],
          health: { state: 'down', failure: { code: 'manager_unreachable', detail: every.join(' ') } },
          counts: { active: 3, pending: 1, source: 'registry', ageMs: 0 },
          roundTrips: [],
        })),
        groups: [],
        events: [{ id: 1, at: 0, kind: 'failover', text: every.join(' '), who: canaries.user }],
        registry: { kind: 'embedded', pools: [] },
        traffic: [],
      }),
    },
    hosts: { hosts: () => new Map([[hostId, host]]), vaults: () => [vault] },
    book,
    preferences: { current: () => ({ ...defaultPreferences, linkSchemes: ['ssh'] }) },
    updates: { current: () => ({ kind: 'off', why: canaries.policy }) },
    administrator: canaries.user,
    logFile,
    now: () => 60_000,
  };
}

/** Whatever of a canary is long enough to be told from chance; the words of names one by one. */
function expectNoCanary(text: string): void {
  expect(text).not.toMatch(/canary/i);
  expect(text).not.toMatch(/payroll/i);
  for (const canary of every) {
    expect(text).not.toContain(canary);
    expect(text).not.toContain(Buffer.from(canary).toString('base64'));
  }
  expect(text).not.toContain('10.66.77');
  expect(text).not.toContain(hostId);
}

test('tells what helps, and names nobody', async () => {
  const text = await writeDiagnostics(createPorts());
  for (const part of [
    'Proxima: 1.2.3, desktop',
    `Node.js: ${process.versions.node}`,
    'Passwords: keychain',
    'Updates: off',
    'Notice: The settings could not be used',
    'manager-1: ipv4, port 4822; draining, weight 2, limit 10; down manager_unreachable; no answer yet; 3 active, 1 pending (registry)',
    'group-1: priority 1; selectors 1 vaults and 1 domains or 1 addresses; managers manager-1; trust authorities; fallback group-2',
    'group-2 (Default)',
    'decides groups',
    'clipboard: none',
    'storeSecrets: false',
    '1 in 1 vaults',
    'host-1: ssh; live; manager-1; secured; opened 60 s ago; tries: host_timeout 12 ms',
    'linkSchemes: ["ssh"]',
  ])
    expect(text).toContain(part);
  expectNoCanary(text);
});

test('the log comes with its sentences, numbers and codes', async () => {
  const log = pino(pino.destination({ dest: logFile, sync: true }));
  log.warn(
    { failure: { code: 'store_failed', detail: 'x' }, count: 3, removed: true },
    'Removed secrets of hosts',
  );
  const error = Object.assign(new Error('open failed'), { code: 'ENOENT' });
  log.error({ err: error }, 'The settings could not be opened');
  const text = await writeDiagnostics(createPorts());
  expect(text).toMatch(/T\S+Z warn Removed secrets of hosts failure=store_failed count=3 removed=true\n/);
  expect(text).toMatch(
    /error The settings could not be opened err=ENOENT\n +at .*diagnostics\.test\.ts:\d+:\d+\n/,
  );
});

test('canaries in every place of the log come through nowhere', async () => {
  const log = pino({ level: 'trace' }, pino.destination({ dest: logFile, sync: true }));
  for (const canary of every) {
    const error = Object.assign(new Error(`${canary}\n    at ${canary} (${canary}.js:1:1)`), {
      code: canary,
      path: canary,
    });
    const nested = { deep: { deeper: canary }, list: [canary] };
    const details = {
      ...{ password: canary, reason: canary, sessionId: canary, failure: { code: canary, detail: canary } },
      ...{
        text: canary,
        title: canary,
        err: error,
        error,
        nested,
        [canary]: 1,
        [canary.replace(/\W/g, '')]: canary,
      },
    };
    log.info(details, 'A call failed');
    log.warn(canary);
    log.error(`Signed in as ${canary}`);
    log.error(`Opening ${canary}, which failed.`);
    log.trace({ msg: canary });
    await appendFile(logFile, `${canary}\n{"level":30,"time":1,"msg":${JSON.stringify(canary)}\n`);
    await appendFile(logFile, `${JSON.stringify({ level: canary, time: canary, msg: canary })}\n`);
    await appendFile(
      logFile,
      `${JSON.stringify({ level: 30, time: 1e300, hostname: canary, pid: canary })}\n`,
    );
  }
  const text = await writeDiagnostics(createPorts());
  expect(text).toContain('A call failed');
  expect(text).toContain('Opening host-1 which failed.');
  expectNoCanary(text);
});

test('of a long log it tells the end', async () => {
  const line = (number: number) =>
    `${JSON.stringify({ level: 30, time: number, msg: 'A line', number, filler: 'x'.repeat(2000) })}\n`;
  await writeFile(logFile, Array.from({ length: 2_000 }, (_, index) => line(index)).join(''));
  const text = await writeDiagnostics(createPorts());
  const numbers = [...text.matchAll(/number=(\d+)/g)].map(([, number]) => Number(number));
  expect(numbers.at(-1)).toBe(1_999);
  expect(numbers.length).toBeGreaterThan(50);
  expect(numbers.length).toBeLessThanOrEqual(200);
  expect(text.length).toBeLessThan(50_000);
});

test('without a log there is the rest', async () => {
  expect(await writeDiagnostics({ ...createPorts(), logFile: join(folder, 'nowhere') })).toContain(
    'Log: the last 0 lines\n  none',
  );
});
