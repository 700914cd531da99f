import { createHash, X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { managerCheckEventSchema, type CheckStep } from '../../shared/model/managerCheck.ts';
import type { Trust } from '../../shared/model/proximityGroup.ts';
import { normaliseSerial } from '../../shared/model/serial.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { createAuthority, issueCertificate, type CertifiedKey } from '../secrets/certificateAuthority.ts';
import { createManagerCheck } from './check.ts';
import {
  actAsGuacd,
  countOpenResources,
  expectNothingLeft,
  startFakeManager,
  type FakeManager,
} from './fakeManager.ts';

const timings = { connect: { resolveMs: 3_000, connectMs: 500, secureMs: 500 }, answerMs: 200 };
const dayMs = 86_400_000;
const names = { commonName: 'manager', dnsNames: ['manager.test'], ipAddresses: ['127.0.0.1'] };
const plain: Trust = { kind: 'plain' };

let authority: CertifiedKey;
let otherAuthority: CertifiedKey;
let server: CertifiedKey;
let expired: CertifiedKey;

beforeAll(async () => {
  authority = await createAuthority({ commonName: 'Test authority', lifetimeDays: 30 });
  otherAuthority = await createAuthority({ commonName: 'Other authority', lifetimeDays: 30 });
  server = await issueCertificate(authority, { ...names, usage: 'server' });
  expired = await issueCertificate(authority, {
    ...names,
    usage: 'server',
    notBefore: new Date(Date.now() - 3 * dayMs),
    notAfter: new Date(Date.now() - dayMs),
  });
});

let managers: FakeManager[] = [];
let openBefore: ReadonlyMap<string, number>;
beforeEach(() => {
  openBefore = countOpenResources();
});
afterEach(async () => {
  await Promise.all(managers.map((manager) => manager.close()));
  managers = [];
  await expectNothingLeft(openBefore);
});

async function start(script = actAsGuacd(), certified?: CertifiedKey): Promise<number> {
  const manager = await startFakeManager(
    script,
    certified && { cert: certified.certificatePem, key: certified.privateKeyPem },
  );
  managers.push(manager);
  return manager.port;
}

const managerAt = (port: number, change: Partial<SessionManager> = {}): SessionManager => ({
  id: 'm',
  name: 'm',
  address: '127.0.0.1',
  port,
  weight: 1,
  sessionLimit: null,
  intent: 'enabled',
  ...change,
});

const trusting = ({ certificatePem }: CertifiedKey): Trust => ({
  kind: 'authorities',
  certificatesPem: certificatePem,
});

const pinOf = ({ certificatePem }: CertifiedKey) =>
  createHash('sha256')
    .update(new X509Certificate(certificatePem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');

const notAfterOf = ({ certificatePem }: CertifiedKey) =>
  Date.parse(new X509Certificate(certificatePem).validTo);

async function check(
  manager: SessionManager,
  trust: Trust,
  isRevoked: (serial: string) => boolean = () => false,
) {
  const steps: CheckStep[] = [];
  const run = createManagerCheck(() => ({ isRevoked }), timings);
  for await (const event of run(manager, trust, new AbortController().signal)) {
    managerCheckEventSchema.parse(event);
    if (event.kind === 'done') return { steps, done: event, ...summarise(steps) };
    steps.push(event.step);
  }
  throw new Error('the check ended without a word');
}

/** How each step ended, in the order of their ends. */
function summarise(steps: readonly CheckStep[]) {
  const ends = steps.filter(({ outcome }) => outcome !== 'running');
  return {
    marks: ends.map(({ step, outcome }) => `${step} ${outcome}`),
    failed: ends.find(({ outcome }) => outcome === 'failed'),
    foundAt: (name: CheckStep['step']) => ends.find(({ step }) => step === name)?.found,
  };
}

const upTo = (failing: CheckStep['step']) => {
  const all = ['dns', 'tcp', 'tls', 'certificate', 'protocol', 'version'] as const;
  const at = all.indexOf(failing);
  return all.map((step, index) => `${step} ${index < at ? 'passed' : index === at ? 'failed' : 'skipped'}`);
};

describe('a manager in order', () => {
  test('passes every step, each with its time, and tells what was found', async () => {
    const result = await check(managerAt(await start(actAsGuacd(), server)), trusting(authority));
    expect(result.marks).toEqual([
      'dns passed',
      'tcp passed',
      'tls passed',
      'certificate passed',
      'protocol passed',
      'version passed',
    ]);
    const begun = result.steps.filter(({ outcome }) => outcome === 'running').map(({ step }) => step);
    expect(begun).toEqual(['dns', 'tcp', 'tls', 'certificate', 'protocol', 'version']);
    for (const step of result.steps) expect('durationMs' in step).toBe(step.outcome === 'passed');
    expect(result.foundAt('dns')).toContain('127.0.0.1');
    expect(result.foundAt('tls')).toMatch(/^TLS 1\.3 with TLS_\w+\.$/);
    expect(result.foundAt('certificate')).toMatch(
      /^Issued by Test authority for manager\.test, 127\.0\.0\.1, valid until \d{4}-\d\d-\d\d\.$/,
    );
    expect(result.foundAt('version')).toContain('version 1.3.0');
    expect(result.done).toEqual({
      kind: 'done',
      security: 'secured',
      certificateNotAfter: notAfterOf(server),
    });
  });

  test('leaves no process of guacd behind: what the version asks for is ended by a word', async () => {
    await check(managerAt(await start()), plain);
    await managers[0]?.peers[1]?.heard('connect');
    const asked = managers[0]?.peers.map(({ received }) => received);
    expect(asked).toEqual([[['select', '$proxima-load']], [['select', 'telnet'], ['connect']]]);
  });

  test('without encryption, says so instead of a certificate', async () => {
    const result = await check(managerAt(await start()), plain);
    expect(result.marks).toEqual([
      'dns passed',
      'tcp passed',
      'tls skipped',
      'certificate skipped',
      'protocol passed',
      'version passed',
    ]);
    expect(result.foundAt('tls')).toContain('plain');
    expect(result.done).toEqual({ kind: 'done', security: 'connected-not-encrypted' });
  });

  test('that nobody verifies shows an unverified certificate', async () => {
    const result = await check(managerAt(await start(actAsGuacd(), expired)), { kind: 'unverified' });
    expect(result.foundAt('certificate')).toMatch(/^Not verified.*expired on/);
    expect(result.done).toMatchObject({ security: 'encrypted-not-verified' });
  });

  test('without the Telnet plug-in passes, its version untold', async () => {
    const port = await start((peer) => {
      void peer.heard('select').then(([, id]) => id?.startsWith('$') && peer.socket.end());
    });
    const result = await check(managerAt(port), plain);
    expect(result.marks.at(-1)).toBe('version skipped');
    expect(result.done).toMatchObject({ security: 'connected-not-encrypted' });
  });
});

describe('what fails', () => {
  test('a name that nobody knows', async () => {
    const result = await check(managerAt(4822, { address: 'manager.invalid' }), plain);
    expect(result.marks).toEqual(upTo('dns'));
    expect(result.failed?.failure?.code).toBe('manager_name_unresolved');
    expect(result.done).toEqual({ kind: 'done' });
  });

  test('a port where nobody listens', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => free.once('listening', resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    const result = await check(managerAt(port), trusting(authority));
    expect(result.marks).toEqual(upTo('tcp'));
    expect(result.failed?.failure?.code).toBe('manager_unreachable');
  });

  test('no TLS where it is demanded', async () => {
    const port = await start(({ socket }) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'));
    const result = await check(managerAt(port), trusting(authority));
    expect(result.marks).toEqual(upTo('tls'));
    expect(result.failed?.failure?.code).toBe('manager_speaks_plain');
  });

  test('our own certificate, which nobody had to be called for', async () => {
    const broken = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n';
    const trust: Trust = { kind: 'authorities', certificatesPem: broken };
    const clientCertificate = { certificatePem: broken, privateKeyPem: server.privateKeyPem };
    const steps: CheckStep[] = [];
    const run = createManagerCheck(() => ({ clientCertificate }), timings);
    for await (const event of run(managerAt(4822), trust, new AbortController().signal)) {
      if (event.kind === 'step') steps.push(event.step);
    }
    expect(summarise(steps).marks).toEqual([
      'dns passed',
      'tcp skipped',
      'tls failed',
      'certificate skipped',
      'protocol skipped',
      'version skipped',
    ]);
  });

  test.each<[string, () => [CertifiedKey, Trust, Partial<SessionManager>]]>([
    ['untrusted', () => [server, trusting(otherAuthority), {}]],
    ['expired', () => [expired, trusting(authority), {}]],
    ['wrong_name', () => [server, trusting(authority), { serverName: 'other.test' }]],
    ['pin_mismatch', () => [server, { kind: 'pins', pins: [pinOf(otherAuthority)] }, {}]],
  ])('a certificate: %s', async (why, given) => {
    const [certified, trust, change] = given();
    const result = await check(managerAt(await start(actAsGuacd(), certified), change), trust);
    expect(result.marks).toEqual(upTo('certificate'));
    expect(result.failed?.failure?.code).toBe(`manager_certificate_${why}`);
    expect(result.failed?.found).toContain('Issued by Test authority');
    expect(result.done).toEqual({ kind: 'done', certificateNotAfter: notAfterOf(certified) });
  });

  test.each<[string, () => Trust]>([
    ['an authority', () => trusting(authority)],
    ['a pin', () => ({ kind: 'pins', pins: [pinOf(server)] })],
    ['nobody', () => ({ kind: 'unverified' })],
  ])('a certificate: revoked, vouched for by %s', async (_, trust) => {
    const { serialNumber } = new X509Certificate(server.certificatePem);
    const isRevoked = (serial: string) => serial === normaliseSerial(serialNumber);
    const result = await check(managerAt(await start(actAsGuacd(), server)), trust(), isRevoked);
    expect(result.marks).toEqual(upTo('certificate'));
    expect(result.failed?.failure?.code).toBe('manager_certificate_revoked');
  });

  test('something that is no session manager', async () => {
    const port = await start(({ socket }) =>
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    const result = await check(managerAt(port), plain);
    expect(result.failed).toMatchObject({ step: 'protocol', failure: { code: 'manager_protocol_error' } });
    expect(result.done).toEqual({ kind: 'done' });
  });

  test('a version that is too old to be used', async () => {
    const port = await start((peer) => {
      void peer.heard('select').then(([, id]) => {
        if (id?.startsWith('$')) peer.socket.end();
        else peer.send(['args', 'hostname', 'password']);
      });
    });
    const result = await check(managerAt(port), plain);
    expect(result.failed).toMatchObject({ step: 'version', failure: { code: 'manager_protocol_error' } });
    expect(result.done).toEqual({ kind: 'done' });
  });
});

describe('giving up', () => {
  test.each(['dns', 'tcp', 'tls', 'certificate', 'protocol', 'version'] as const)(
    'while %s runs ends the check without a further word, and leaves no socket',
    async (step) => {
      const manager = managerAt(await start(actAsGuacd(), server), { address: 'localhost' });
      const controller = new AbortController();
      const run = createManagerCheck(() => ({}), timings);
      const heard: string[] = [];
      for await (const event of run(
        { ...manager, serverName: 'manager.test' },
        trusting(authority),
        controller.signal,
      )) {
        heard.push(event.kind === 'step' ? `${event.step.step} ${event.step.outcome}` : 'done');
        if (heard.at(-1) === `${step} running`) controller.abort();
      }
      expect(heard).toContain(`${step} running`);
      expect(heard).not.toContain('done');
      await sleep(20);
      for (const { socket } of managers[0]?.peers ?? []) expect(socket.destroyed).toBe(true);
    },
  );

  test('a reader that leaves ends it too', async () => {
    const port = await start(() => {});
    for await (const event of createManagerCheck(() => ({}), timings)(
      managerAt(port),
      plain,
      new AbortController().signal,
    )) {
      if (event.kind === 'step' && event.step.step === 'protocol') break;
    }
    await sleep(20);
    expect(managers[0]?.peers[0]?.socket.destroyed).toBe(true);
  });
});
