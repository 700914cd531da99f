import type { Socket } from 'node:net';
import { expect, type Page } from 'playwright/test';
import { createAuthority, issueCertificate } from '../electron/secrets/certificateAuthority.ts';
import type { FailureCode } from '../shared/contract/failure.ts';
import type { HostDraft, Secret } from '../shared/model/host.ts';
import type { Trust } from '../shared/model/proximityGroup.ts';
import { openApp, openByDoubleClick, paint, waitForPicture } from './app.ts';
import { type FakeManager, startFakeManager } from './fakeManager.ts';
import { settingsOf, test } from './fixtures.ts';
import { sampleHost, sampleManager, settingsFor } from './gateway.ts';
import { hostsOf } from './rig/hosts.ts';
import type { Rig } from './rig/rig.ts';

/** Opens a host, and looks at the sentence and the code that it gets, within its time limit. */
async function expectFailure(page: Page, name: string, code: FailureCode, timeout = 15_000): Promise<void> {
  const pane = await openByDoubleClick(page, name);
  await expect(pane.getByText(new RegExp(`^${code}\\b`))).toBeVisible({ timeout });
  await expect(pane.getByRole('alert')).toContainText(/\w+ .*\./);
  await expect(pane.getByRole('button', { name: 'Reconnect' })).toBeVisible();
}

test.describe('a host with something wrong', () => {
  // Without a user name guacd asks for one in the terminal, before it connects.
  const wrong: [
    name: string,
    code: FailureCode,
    host: (rig: Rig) => [Partial<HostDraft> & Pick<HostDraft, 'protocol' | 'port'>, Secret],
  ][] = [
    [
      'SSH port closed',
      'host_unreachable',
      () => [{ protocol: 'ssh', port: 1, username: 'ada' }, { password: 'x' }],
    ],
    [
      'SSH wrong password',
      'host_rejected_credentials',
      ({ ssh }) => [{ protocol: 'ssh', port: ssh.port, username: ssh.username }, { password: 'wrong' }],
    ],
    [
      'SSH wrong key',
      'host_rejected_credentials',
      ({ ssh }) => [
        { protocol: 'ssh', port: ssh.port, username: 'nobody-here' },
        { privateKey: ssh.privateKeyPem },
      ],
    ],
    [
      'SSH wrong host key',
      'host_refused',
      ({ ssh }) => [
        {
          protocol: 'ssh',
          port: ssh.port,
          username: ssh.username,
          settings: {
            'host-key':
              '127.0.0.1 ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=',
          },
        },
        { password: ssh.password },
      ],
    ],
    [
      'SSH unknown name',
      'host_refused',
      () => [
        { protocol: 'ssh', port: 22, username: 'ada', address: 'no-such-host.invalid' },
        { password: 'x' },
      ],
    ],
    [
      'SSH on a VNC port',
      'host_error',
      ({ vnc }) => [{ protocol: 'ssh', port: vnc.port, username: 'x' }, { password: 'x' }],
    ],
    [
      'Telnet wrong password',
      'host_rejected_credentials',
      ({ telnet }) => [
        {
          protocol: 'telnet',
          port: telnet.port,
          username: telnet.username,
          settings: {
            'username-regex': telnet.usernameRegex,
            'password-regex': telnet.passwordRegex,
            'login-failure-regex': telnet.loginFailureRegex,
            'login-success-regex': telnet.loginSuccessRegex,
          },
        },
        { password: 'wrong' },
      ],
    ],
    [
      'VNC wrong password',
      'host_unreachable',
      ({ vnc }) => [{ protocol: 'vnc', port: vnc.port }, { password: 'wrong' }],
    ],
    [
      'RDP NLA wrong password',
      'host_unreachable',
      ({ rdpNla }) => [
        {
          protocol: 'rdp',
          port: rdpNla.port,
          username: rdpNla.username,
          settings: { security: 'nla', 'ignore-cert': 'true' },
        },
        { password: 'wrong' },
      ],
    ],
    [
      'RDP port closed',
      'host_unreachable',
      () => [{ protocol: 'rdp', port: 1, settings: { 'ignore-cert': 'true' } }, { password: 'x' }],
    ],
    [
      'RDP wrong security',
      'host_rejected_credentials',
      ({ rdp }) => [
        { protocol: 'rdp', port: rdp.port, settings: { security: 'nla', 'ignore-cert': 'true' } },
        { password: 'x' },
      ],
    ],
  ];

  test('gets its own sentence and code, and the other sessions go on', async ({ page, launch, rig }) => {
    const hosts = wrong.map(([name, , host], index) => {
      const [draft, secret] = host(rig);
      return sampleHost(index + 1, { name, ...draft }, secret);
    });
    await openApp(page, await launch({ hosts: [...hosts, ...hostsOf(rig)] }));
    const good = await openByDoubleClick(page, 'SSH shell');
    await waitForPicture(good);
    for (const [name, code] of wrong) {
      await test.step(name, () => expectFailure(page, name, code));
    }
    await page.getByRole('tab', { name: /^SSH shell/ }).click();
    await paint(good, 'green');
  });
});

test.describe('a manager with something wrong', () => {
  const garbage = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n');
  const fakes: [
    name: string,
    code: FailureCode,
    start: (rig: Rig) => Promise<{ fake?: FakeManager; port: number; trust?: Trust }>,
  ][] = [
    ['down', 'manager_unreachable', async () => ({ port: 1 })],
    ['speaks plain', 'manager_speaks_plain', async ({ guacd }) => ({ port: guacd.plain.port })],
    [
      'speaks TLS',
      'manager_speaks_tls',
      async ({ guacd }) => ({ port: guacd.tlsA.port, trust: { kind: 'plain' } }),
    ],
    [
      'foreign certificate',
      'manager_certificate_untrusted',
      async ({ guacd }) => {
        const { certificatePem } = await createAuthority({ commonName: 'Somebody else', lifetimeDays: 1 });
        return { port: guacd.tlsA.port, trust: { kind: 'authorities', certificatesPem: certificatePem } };
      },
    ],
    [
      'foreign key',
      'manager_certificate_pin_mismatch',
      async ({ guacd }) => ({ port: guacd.tlsA.port, trust: { kind: 'pins', pins: [`${'A'.repeat(43)}=`] } }),
    ],
    [
      'expired',
      'manager_certificate_expired',
      (rig) => withCertificate(rig, { ipAddresses: ['127.0.0.1'], notAfter: new Date(Date.now() - 60_000) }),
    ],
    [
      'wrong name',
      'manager_certificate_wrong_name',
      (rig) => withCertificate(rig, { ipAddresses: ['127.0.0.2'] }),
    ],
    ['sends garbage', 'manager_protocol_error', async () => withFake((socket) => void socket.write(garbage))],
    ['stops in mid-instruction', 'manager_closed', async () => withFake(stopInMidInstruction)],
    ['never answers', 'manager_silent', async () => withFake((socket) => void socket.resume())],
  ];

  /** Healthy to a probe, which asks for a connection that doesn't exist. */
  function stopInMidInstruction(socket: Socket) {
    let asked = '';
    socket.on('data', (bytes) => {
      asked += bytes.toString();
      if (asked.endsWith(';')) socket.end(asked.includes('$proxima-load') ? '' : '4.args,13.VERS');
    });
  }

  async function withFake(behave: Parameters<typeof startFakeManager>[0]) {
    const fake = await startFakeManager(behave);
    return { fake, port: fake.port, trust: { kind: 'plain' } as const };
  }

  async function withCertificate(rig: Rig, change: { ipAddresses: string[]; notAfter?: Date }) {
    const long = new Date(Date.now() - 86_400_000);
    const certificate = await issueCertificate(rig.authority, {
      commonName: 'Fake',
      dnsNames: [],
      usage: 'server',
      notBefore: long,
      ...change,
    });
    const fake = await startFakeManager((socket) => void socket.resume(), certificate);
    return { fake, port: fake.port };
  }

  for (const [name, code, start] of fakes) {
    test(`that is or does “${name}” is told by its own code, within its time, and leaks no socket`, async ({
      page,
      launch,
      rig,
    }) => {
      const { fake, port, trust } = await start(rig);
      const authorities: Trust = { kind: 'authorities', certificatesPem: rig.authority.certificatePem };
      const settings = {
        ...settingsFor([sampleManager('m', port)], trust ?? authorities),
        queueTimeoutMs: 2_000,
      };
      await openApp(page, await launch({ settings }));
      await expectFailure(page, 'SSH shell', code, 20_000);
      if (fake) {
        await expect.poll(() => fake.openConnections()).toBeLessThanOrEqual(1);
        await fake.stop();
      }
    });
  }
});

test('a damaged hosts document is opened from its last good generation, the person is told, and it is kept beside', async ({
  page,
  launch,
}) => {
  const { appendFile } = await import('node:fs/promises');
  const first = await launch();
  const second = await first.restart();
  await second.stop();
  await appendFile(`${second.dataFolder}/hosts.ndjson`, '{"put": this is not JSON}\n{"remove":"x"}\n');
  const third = await launch({ dataFolder: second.dataFolder, hosts: [] });
  await openApp(page, third);
  await expect(page.getByRole('treeitem', { name: /SSH shell/ }).first()).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: /damaged/ })).toBeVisible();
  const files = [...(await third.readFiles()).keys()];
  expect(files.filter((path) => path.includes('hosts.damaged-'))).toHaveLength(1);
});

test('unverified and plain channels are marked as what they are', async ({ page, launch, rig }) => {
  const plain = await launch({
    settings: settingsFor([sampleManager('m', rig.guacd.plain.port)], { kind: 'plain' }),
  });
  await openApp(page, plain);
  await waitForPicture(await openByDoubleClick(page, 'SSH shell'));
  await expect(page.getByText('connected, not encrypted')).toBeVisible();
  const unverified = await launch({
    settings: settingsFor([sampleManager('m', rig.guacd.tlsA.port)], { kind: 'unverified' }),
  });
  await openApp(page, unverified);
  await waitForPicture(await openByDoubleClick(page, 'SSH shell'));
  await expect(page.getByText('encrypted, not verified')).toBeVisible();
});

test('a manager behind mutual TLS serves the broker that has the certificate, and refuses one that has none', async ({
  page,
  launch,
  rig,
}) => {
  const { port, client } = rig.mutualTls;
  const settings = {
    ...settingsFor([sampleManager('front', port)], settingsOf(rig).groups[0]?.trust ?? { kind: 'plain' }),
    queueTimeoutMs: 0,
  };
  const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
  const folder = await mkdtemp('/tmp/proxima-client-');
  await writeFile(`${folder}/certificate.pem`, client.certificatePem);
  await writeFile(`${folder}/key.pem`, client.privateKeyPem, { mode: 0o600 });
  const flags = ['--client-certificate', `${folder}/certificate.pem`, '--client-key', `${folder}/key.pem`];
  await openApp(page, await launch({ settings, flags }));
  await waitForPicture(await openByDoubleClick(page, 'SSH shell'));
  await openApp(page, await launch({ settings }));
  await expectFailure(page, 'SSH shell', 'manager_refused_client');
  await rm(folder, { recursive: true });
});
