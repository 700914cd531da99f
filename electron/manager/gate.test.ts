import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startRig, type Rig } from '../../e2e/rig/rig.ts';
import { loadQuestion } from '../../shared/model/managerLoad.ts';
import { createChannelOpener } from '../guacd/line.ts';
import { probeManager } from '../guacd/probe.ts';
import type { IssuedCertificate } from '../secrets/certificateAuthority.ts';
import { issueTestCertificates, type TestCertificates } from '../secrets/testPairs.ts';
import type { GateTls } from './gateTls.ts';
import { connectClient, shakeHands, type TestClient } from './testClient.ts';
import {
  createTestLog,
  isWithoutServers,
  loopbackPolicy,
  openGateOverGuacd,
  whyWithoutServers,
  type TestGate,
  type TestLog,
} from './testGate.ts';

let rig: Rig;
let certificates: TestCertificates;
let tls: GateTls;
beforeAll(async () => {
  [rig, certificates] = await Promise.all([startRig({ parts: ['ssh'] }), issueTestCertificates()]);
  tls = {
    ...certificates.server,
    clientAuthoritiesPem: certificates.authorityPem,
    revoked: new Set(),
  };
}, 60_000);
afterAll(() => rig.stop());

let gate: TestGate;
let log: TestLog;
const clients: TestClient[] = [];
beforeEach(() => {
  log = createTestLog();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await gate.closeAll();
});

async function connect(certificate?: { certificatePem: string; privateKeyPem: string }): Promise<TestClient> {
  const client = await connectClient(gate.port, {
    ca: certificates.authorityPem,
    ...(certificate && { cert: certificate.certificatePem, key: certificate.privateKeyPem }),
  });
  clients.push(client);
  return client;
}

async function connectPlain(): Promise<TestClient> {
  const client = await connectClient(gate.port);
  clients.push(client);
  return client;
}

const sshParameters = () => ({
  hostname: '127.0.0.1',
  port: String(rig.ssh.port),
  username: rig.ssh.username,
  password: rig.ssh.password,
});

const testManager = {
  id: 'gate',
  name: 'gate',
  address: '127.0.0.1',
  weight: 1,
  sessionLimit: null,
  intent: 'enabled',
} as const;

const readTyped = async (name: string) => (await readFile(join(rig.ssh.home, name), 'utf8')).trim();

/** Has the shell write its own process id to a file. */
async function askShell(client: TestClient, name: string): Promise<string> {
  client.type(`echo $$ > ${name}`);
  return vi.waitFor(async () => {
    const pid = await readTyped(name);
    expect(pid).toMatch(/^\d+$/);
    return pid;
  }, 5_000);
}

describe.skipIf(isWithoutServers)(`who is let in${whyWithoutServers}`, () => {
  beforeEach(async () => {
    gate = await openGateOverGuacd({ log, tls });
  });

  it('opens a session for a client with a certificate', async () => {
    const client = await connect(certificates.client);
    const { connectionId } = await shakeHands(client, 'ssh', sshParameters());
    expect(connectionId).toMatch(/^\$proxima-60-[\da-f-]{36}$/);
    await client.until('sync');
    expect(await askShell(client, 'let-in')).toMatch(/^\d+$/);
    client.send(['disconnect']);
    await client.closed;
    await vi.waitFor(() => expect(gate.load()).toMatchObject({ active: 0, held: 0 }));
    expect(log.lines.join('\n')).not.toContain(rig.ssh.password);
  });

  it.each<[string, () => IssuedCertificate | undefined, string]>([
    ['no certificate', () => undefined, 'no client certificate'],
    ['a foreign one', () => certificates.foreignClient, 'not trusted'],
  ])('hangs up on a client with %s', async (_, certificateOf, why) => {
    const client = await connect(certificateOf());
    client.send(['select', 'ssh']);
    await client.closed;
    expect(client.heard).toEqual([]);
    await vi.waitFor(() => expect(log.lines).toEqual([expect.stringContaining(why)]));
  });

  it("tells a broker's probe its load, and a broker without a certificate why it isn't let in", async () => {
    const manager = { ...testManager, port: gate.port };
    const trust = { kind: 'authorities', certificatesPem: certificates.authorityPem } as const;
    const probe = (clientCertificate?: IssuedCertificate) =>
      probeManager({ manager, trust, clientCertificate }, AbortSignal.timeout(5_000));
    expect(await probe(certificates.client)).toMatchObject({
      ok: true,
      value: { security: 'secured', load: { version: '1.2.3', active: 0, holdSeconds: 60 } },
    });
    const refused = { ok: false, failure: { code: 'manager_refused_client' } };
    expect(await probe()).toMatchObject(refused);
    expect(await probe(certificates.foreignClient)).toMatchObject(refused);
    gate.replaceTls({ ...tls, revoked: new Set([certificates.client.serial]) });
    expect(await probe(certificates.client)).toMatchObject(refused);
    const opener = createChannelOpener({ clientCertificateOf: () => certificates.client });
    const display = { width: 800, height: 600, dpi: 96 };
    expect(
      await opener.open(
        { manager, trust, protocol: 'ssh', parameters: sshParameters(), display },
        AbortSignal.timeout(5_000),
      ),
    ).toMatchObject(refused);
  });

  it('tells a broker what its policy refuses', async () => {
    const manager = { ...testManager, port: gate.port };
    const trust = { kind: 'authorities', certificatesPem: certificates.authorityPem } as const;
    const opener = createChannelOpener({ clientCertificateOf: () => certificates.client });
    const parameters = { ...sshParameters(), 'recording-path': '/etc' };
    expect(
      await opener.open(
        { manager, trust, protocol: 'ssh', parameters, display: { width: 800, height: 600, dpi: 96 } },
        AbortSignal.timeout(5_000),
      ),
    ).toMatchObject({
      ok: false,
      failure: { code: 'request_rejected', detail: expect.stringContaining('recording-path') as string },
    });
  });

  it('refuses a certificate from the moment on that it is revoked, without a restart', async () => {
    const client = await connect(certificates.client);
    await shakeHands(client, 'ssh', sshParameters());
    await client.until('sync');
    const staying = await connect(certificates.otherClient);
    gate.replaceTls({ ...tls, revoked: new Set([certificates.client.serial]) });
    await client.closed;
    const again = await connect(certificates.client);
    await again.closed;
    expect(again.heard).toEqual([]);
    staying.send(['select', loadQuestion]);
    await staying.until('load');
    expect(log.lines.join()).toContain('a revoked certificate');
    expect(gate.load()).toMatchObject({ active: 0, held: 0 });
  });
});

describe.skipIf(isWithoutServers)(`holding${whyWithoutServers}`, () => {
  it('keeps the shell of a client that vanished, and draws it all of the picture when it is back', async () => {
    gate = await openGateOverGuacd({ log, tls });
    const client = await connect(certificates.client);
    const { connectionId } = await shakeHands(client, 'ssh', sshParameters());
    await client.until('sync');
    const before = await askShell(client, 'before');
    client.type('top -d 0.2');
    await sleep(500);
    client.socket.destroy();
    await vi.waitFor(() => expect(gate.load()).toMatchObject({ active: 0, held: 1 }));
    await sleep(1_500);

    const again = await connect(certificates.client);
    expect((await shakeHands(again, connectionId, {})).connectionId).toBe(connectionId);
    await again.until('sync');
    expect(again.receivedBytes).toBeGreaterThan(5_000);
    expect(gate.load()).toMatchObject({ active: 1, held: 0 });
    again.send(['key', '113', '1'], ['key', '113', '0']);
    await sleep(300);
    expect(await askShell(again, 'after')).toBe(before);

    again.send(['disconnect']);
    await again.closed;
    await vi.waitFor(() => expect(gate.load()).toMatchObject({ active: 0, held: 0 }));
  });

  it('lets another certificate in by a token, once', async () => {
    gate = await openGateOverGuacd({ log, tls });
    const client = await connect(certificates.client);
    const { connectionId, token } = await shakeHands(client, 'ssh', sshParameters());
    await client.until('sync');

    const guesser = await connect(certificates.otherClient);
    await expect(shakeHands(guesser, connectionId, { 'reattach-token': 'guessed' })).rejects.toThrow(
      'no ready',
    );
    const partner = await connect(certificates.otherClient);
    await shakeHands(partner, connectionId, { 'reattach-token': token });
    await partner.until('sync');
    client.socket.destroy();
    await askShell(partner, 'partner');
    expect(gate.load()).toMatchObject({ active: 1, held: 0 });
    expect(log.lines.join()).toContain('somebody else');
  });

  it('uses a token up', async () => {
    gate = await openGateOverGuacd({ log, tls });
    const client = await connect(certificates.client);
    const { connectionId, token } = await shakeHands(client, 'ssh', sshParameters());
    await client.until('sync');
    const first = await connect(certificates.client);
    await shakeHands(first, connectionId, { 'reattach-token': token });
    const second = await connect(certificates.otherClient);
    await expect(shakeHands(second, connectionId, { 'reattach-token': token })).rejects.toThrow('no ready');
  });

  it('tells the end of a guacd that was killed, and opens sessions again once it is back', async () => {
    gate = await openGateOverGuacd({ log });
    const client = await connectPlain();
    await shakeHands(client, 'ssh', sshParameters());
    await client.until('sync');
    gate.killGuacd();
    expect((await client.until('error'))[2]).toBe('515');
    await client.closed;
    expect(gate.load()).toMatchObject({ active: 0, held: 0 });
    await vi.waitFor(
      async () => {
        const again = await connectPlain();
        await shakeHands(again, 'ssh', sshParameters());
        await again.until('sync');
      },
      { timeout: 8_000, interval: 200 },
    );
  });

  it('is kept from turning off what the policy records', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'proxima-recording-'));
    gate = await openGateOverGuacd({
      log,
      policy: loopbackPolicy({ recording: { folder, typescript: true } }),
    });
    const client = await connectPlain();
    await shakeHands(client, 'ssh', {
      ...sshParameters(),
      'recording-path': '/tmp',
      'recording-exclude-output': 'true',
    });
    await client.until('sync');
    await askShell(client, 'recorded');
    client.send(['disconnect']);
    await client.closed;
    await vi.waitFor(async () => {
      const files = await readdir(folder);
      expect(files.filter((name) => name.includes('.typescript'))).not.toEqual([]);
      const [recording = ''] = files.filter((name) => !name.includes('.typescript'));
      expect(await readFile(join(folder, recording), 'utf8')).toContain('4.sync');
    });
    await rm(folder, { recursive: true, force: true });
  });

  it('ends a session whose client does not come back in time', async () => {
    gate = await openGateOverGuacd({ log, holdSeconds: 1 });
    const client = await connectPlain();
    const { connectionId } = await shakeHands(client, 'ssh', sshParameters());
    await client.until('sync');
    client.socket.destroy();
    await vi.waitFor(() => expect(gate.load().held).toBe(1));
    await vi.waitFor(() => expect(gate.load().held).toBe(0), 3_000);
    expect(log.lines.join()).toContain('not come back in time');
    const late = await connectPlain();
    late.send(['select', connectionId]);
    await late.closed;
    expect(late.heard).toEqual([]);
  });

  it('ends sessions nobody types in, and those that are open for too long', async () => {
    gate = await openGateOverGuacd({ log, policy: loopbackPolicy({ limits: { idleSeconds: 1 } }) });
    const idle = await connectPlain();
    await shakeHands(idle, 'ssh', sshParameters());
    expect((await idle.until('error'))[2]).toBe('522');
    await idle.closed;
    gate.replacePolicy(loopbackPolicy({ limits: { sessionSeconds: 1 } }));
    const long = await connectPlain();
    await shakeHands(long, 'ssh', sshParameters());
    expect((await long.until('error'))[2]).toBe('522');
    await long.closed;
    expect(gate.load()).toMatchObject({ active: 0, held: 0 });
  });
});
