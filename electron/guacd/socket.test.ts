import { createHash, X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Trust } from '../../shared/model/proximityGroup.ts';
import { createAuthority, issueCertificate, type CertifiedKey } from '../secrets/certificateAuthority.ts';
import {
  actAsGuacd,
  countOpenResources,
  expectNothingLeft,
  startFakeManager,
  type FakeManager,
} from './fakeManager.ts';
import { probeManager } from './probe.ts';
import type { ClientCertificate } from './security.ts';
import { connectToManager } from './socket.ts';

const deadlines = { resolveMs: 3_000, connectMs: 1_000, secureMs: 200 };
const dayMs = 86_400_000;

let authority: CertifiedKey;
let otherAuthority: CertifiedKey;
let server: CertifiedKey;
let client: ClientCertificate;
let foreignClient: ClientCertificate;

const names = { commonName: 'manager', dnsNames: ['manager.test'], ipAddresses: ['127.0.0.1'] };

beforeAll(async () => {
  authority = await createAuthority({ commonName: 'Test authority', lifetimeDays: 30 });
  otherAuthority = await createAuthority({ commonName: 'Other authority', lifetimeDays: 30 });
  server = await issueCertificate(authority, { ...names, usage: 'server' });
  const clientNames = { commonName: 'broker', dnsNames: [], ipAddresses: [], usage: 'client' } as const;
  client = await issueCertificate(authority, clientNames);
  foreignClient = await issueCertificate(otherAuthority, clientNames);
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

async function start(script: Parameters<typeof startFakeManager>[0], tls?: TlsOptions): Promise<number> {
  const manager = await startFakeManager(script, tls);
  managers.push(manager);
  return manager.port;
}

const startTls = (certified: CertifiedKey = server, more: TlsOptions = {}) =>
  start(actAsGuacd(), { cert: certified.certificatePem, key: certified.privateKeyPem, ...more });

const pinOf = ({ certificatePem }: CertifiedKey) =>
  createHash('sha256')
    .update(new X509Certificate(certificatePem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');

const trusting = (): Trust => ({ kind: 'authorities', certificatesPem: authority.certificatePem });

interface Attempt {
  readonly port: number;
  readonly address?: string;
  readonly serverName?: string;
  readonly trust?: Trust;
  readonly clientCertificate?: ClientCertificate;
  readonly signal?: AbortSignal;
}

const targetOf = ({
  port,
  address = '127.0.0.1',
  serverName,
  trust = trusting(),
  clientCertificate,
}: Attempt) => ({
  manager: { address, port, ...(serverName !== undefined && { serverName }) },
  trust,
  clientCertificate,
});

/** Connects and closes again: the security reached, or the code of the failure. */
async function attempt(options: Attempt): Promise<string> {
  const signal = options.signal ?? new AbortController().signal;
  const result = await connectToManager(targetOf(options), signal, deadlines);
  if (!result.ok) return result.failure.code;
  result.value.close();
  await result.value.closed;
  return result.value.security;
}

/** The same with a question and an answer: only then a server has decided about its client. */
async function ask(options: Attempt): Promise<string> {
  const result = await probeManager(targetOf(options), new AbortController().signal, 300);
  return result.ok ? result.value.security : result.failure.code;
}

describe('connectToManager', () => {
  it('tells that a name can not be resolved', async () => {
    expect(await attempt({ port: 4822, address: 'manager.invalid' })).toBe('manager_name_unresolved');
  });

  it('tells that nobody listens', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    expect(await attempt({ port })).toBe('manager_unreachable');
    expect(await attempt({ port, trust: { kind: 'plain' } })).toBe('manager_unreachable');
  });

  it('tries every address of a name', async () => {
    // localhost is ::1 as well on most machines, and nobody listens there.
    expect(await attempt({ port: await startTls(), address: 'localhost', serverName: 'manager.test' })).toBe(
      'secured',
    );
    expect(
      await attempt({ port: await start(() => {}), address: 'localhost', trust: { kind: 'plain' } }),
    ).toBe('connected-not-encrypted');
  });

  it('gives up on a TLS handshake that is never answered', async () => {
    const port = await start(() => {});
    const startedAt = performance.now();
    expect(await attempt({ port })).toBe('manager_connect_timeout');
    expect(performance.now() - startedAt).toBeLessThan(deadlines.secureMs + 500);
  });

  describe('certificates', () => {
    it('accepts an address or a name that the certificate carries', async () => {
      const port = await startTls();
      expect(await attempt({ port })).toBe('secured');
      expect(await attempt({ port, serverName: 'manager.test' })).toBe('secured');
      expect(await attempt({ port, serverName: 'MANAGER.test.' })).toBe('secured');
    });

    it('refuses another name or address', async () => {
      const port = await startTls();
      expect(await attempt({ port, serverName: 'other.test' })).toBe('manager_certificate_wrong_name');
      expect(await attempt({ port, serverName: '127.0.0.2' })).toBe('manager_certificate_wrong_name');
      expect(await attempt({ port, address: 'localhost' })).toBe('manager_certificate_wrong_name');
    });

    it('refuses another authority, and that of Node.js knows nothing of ours', async () => {
      const port = await startTls();
      const trust: Trust = { kind: 'authorities', certificatesPem: otherAuthority.certificatePem };
      expect(await attempt({ port, trust })).toBe('manager_certificate_untrusted');
      expect(await attempt({ port, trust: { kind: 'authorities' } })).toBe('manager_certificate_untrusted');
    });

    it('accepts several authorities in one bundle', async () => {
      const certificatesPem = otherAuthority.certificatePem + authority.certificatePem;
      expect(await attempt({ port: await startTls(), trust: { kind: 'authorities', certificatesPem } })).toBe(
        'secured',
      );
    });

    it('refuses what has expired or is not valid yet', async () => {
      const expired = await issueCertificate(authority, {
        ...names,
        usage: 'server',
        notBefore: new Date(Date.now() - 3 * dayMs),
        notAfter: new Date(Date.now() - dayMs),
      });
      const future = await issueCertificate(authority, {
        ...names,
        usage: 'server',
        notBefore: new Date(Date.now() + dayMs),
        notAfter: new Date(Date.now() + 2 * dayMs),
      });
      expect(await attempt({ port: await startTls(expired) })).toBe('manager_certificate_expired');
      expect(await attempt({ port: await startTls(future) })).toBe('manager_certificate_expired');
    });

    it('accepts a pinned key whatever the certificate around it says, and no other key', async () => {
      const port = await startTls();
      const pinned: Trust = { kind: 'pins', pins: [pinOf(otherAuthority), pinOf(server)] };
      expect(await attempt({ port, trust: pinned, serverName: 'other.test' })).toBe('secured');
      const mismatched: Trust = { kind: 'pins', pins: [pinOf(otherAuthority)] };
      expect(await attempt({ port, trust: mismatched })).toBe('manager_certificate_pin_mismatch');
    });

    it('accepts anything where the group asks for no verification, and says so', async () => {
      const port = await startTls();
      expect(await attempt({ port, trust: { kind: 'unverified' } })).toBe('encrypted-not-verified');
    });

    it('says that its own configuration is of no use', async () => {
      const broken = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n';
      const clientCertificate = { certificatePem: broken, privateKeyPem: client.privateKeyPem };
      expect(await attempt({ port: await startTls(), clientCertificate })).toBe('manager_tls_failed');
    });
  });

  it('refuses TLS before 1.2', async () => {
    const port = await startTls(server, {
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ciphers: 'ALL@SECLEVEL=0',
    });
    expect(await attempt({ port })).toBe('manager_tls_failed');
  });

  describe.each(['TLSv1.2', 'TLSv1.3'] as const)('asked for a client certificate with %s', (maxVersion) => {
    const startDemanding = () =>
      startTls(server, {
        ca: authority.certificatePem,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        maxVersion,
      });

    it('shows it', async () => {
      expect(await ask({ port: await startDemanding(), clientCertificate: client })).toBe('secured');
    });

    it('tells a refusal, also one that comes after the handshake', async () => {
      const port = await startDemanding();
      expect(await ask({ port })).toBe('manager_refused_client');
      expect(await ask({ port, clientCertificate: foreignClient })).toBe('manager_refused_client');
    });
  });

  describe('plain where TLS is expected', () => {
    it('is recognised by a banner', async () => {
      const port = await start(({ socket }) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'));
      expect(await attempt({ port })).toBe('manager_speaks_plain');
    });

    it('is recognised in a guacd, which hangs up without a word', async () => {
      const port = await start(({ socket }) =>
        socket.once('data', (bytes: Buffer) => {
          if (bytes[0] === 0x16) socket.resetAndDestroy();
        }),
      );
      expect(await attempt({ port })).toBe('manager_speaks_plain');
    });
  });

  it('says no more than it knows of a server that hangs up on everybody', async () => {
    const port = await start(({ socket }) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await attempt({ port })).toBe('manager_closed');
  });

  it('stops when told to, before and in the middle', async () => {
    const port = await start(() => {});
    expect(await attempt({ port, signal: AbortSignal.abort() })).toBe('session_closed');
    expect(await attempt({ port, address: 'localhost', signal: AbortSignal.abort() })).toBe('session_closed');
    const controller = new AbortController();
    const pending = attempt({ port, signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    expect(await pending).toBe('session_closed');
  });
});

describe('probeManager', () => {
  it('takes an orderly hang-up for health, and its time', async () => {
    const port = await startTls();
    const result = await probeManager(targetOf({ port }), new AbortController().signal);
    expect(result).toMatchObject({ ok: true, value: { security: 'secured' } });
    expect(result.ok && result.value.roundTripMs).toBeGreaterThan(0);
    expect(await ask({ port: await start(actAsGuacd()), trust: { kind: 'plain' } })).toBe(
      'connected-not-encrypted',
    );
  });

  it('tells TLS where plain is expected', async () => {
    expect(await ask({ port: await startTls(), trust: { kind: 'plain' } })).toBe('manager_speaks_tls');
  });

  it('tells what answers but is no session manager', async () => {
    const port = await start(({ socket }) =>
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    expect(await ask({ port, trust: { kind: 'plain' } })).toBe('manager_protocol_error');
  });

  it('tells one that never answers, in time', async () => {
    const port = await start(() => {});
    const startedAt = performance.now();
    expect(await ask({ port, trust: { kind: 'plain' } })).toBe('manager_silent');
    expect(performance.now() - startedAt).toBeLessThan(800);
  });

  it('tells one that hangs up in disorder', async () => {
    const port = await start(({ socket }) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await ask({ port, trust: { kind: 'plain' } })).toBe('manager_closed');
  });
});
