import 'reflect-metadata';

import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { X509Certificate as ParsedCertificate } from '@peculiar/x509';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CertifiedKey, IssuedCertificate } from './certificateAuthority.ts';
import { createAuthority, issueCertificate } from './certificateAuthority.ts';

const dayMs = 86_400_000;
const servers: tls.Server[] = [];
let authority: CertifiedKey;

beforeAll(async () => {
  authority = await createAuthority({ commonName: 'Test authority', lifetimeDays: 30 });
});

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  );
});

interface HandshakeOptions {
  readonly servername?: string;
  readonly minVersion?: tls.SecureVersion;
  readonly maxVersion?: tls.SecureVersion;
  readonly client?: CertifiedKey;
  readonly demandClient?: boolean;
  readonly trusted?: string;
}

/** Resolves to `ok`, or to the code of the error that either side ended the connection with. */
async function handshake(leaf: CertifiedKey, options: HandshakeOptions = {}): Promise<string> {
  const server = tls.createServer({
    cert: leaf.certificatePem,
    key: leaf.privateKeyPem,
    // Only then: a server given a CA also sends it along, and a client names that one in its error.
    ...(options.demandClient === true ? { ca: authority.certificatePem } : {}),
    requestCert: options.demandClient === true,
    rejectUnauthorized: true,
  });
  servers.push(server);
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    socket.end('hello');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new Promise((resolve) => {
    const socket = tls.connect({
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      ca: options.trusted ?? authority.certificatePem,
      servername: options.servername ?? 'manager.example',
      minVersion: options.minVersion ?? 'TLSv1.2',
      maxVersion: options.maxVersion ?? 'TLSv1.3',
      ...(options.client ? { cert: options.client.certificatePem, key: options.client.privateKeyPem } : {}),
    });
    // With TLS 1.3 a refused client still sees `secureConnect`: only data proves that the server agreed.
    socket.on('data', () => resolve('ok'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on('close', () => resolve('closed'));
  });
}

function issueServer(overrides: { notBefore?: Date; notAfter?: Date } = {}): Promise<IssuedCertificate> {
  return issueCertificate(authority, {
    commonName: 'manager.example',
    dnsNames: ['manager.example', 'bücher.example', '*.farm.example'],
    ipAddresses: ['127.0.0.1', '::1'],
    usage: 'server',
    ...overrides,
  });
}

describe('server certificates', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'are verified by a client that trusts the authority (%s)',
    async (version) => {
      expect(await handshake(await issueServer(), { minVersion: version, maxVersion: version })).toBe('ok');
    },
  );

  it.each(['localhost', 'a.b.farm.example'])('are refused under another name (%s)', async (servername) => {
    expect(await handshake(await issueServer(), { servername })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('are refused by a client that trusts another authority of the same name', async () => {
    const other = await createAuthority({ commonName: 'Test authority', lifetimeDays: 30 });
    expect(await handshake(await issueServer(), { trusted: other.certificatePem })).toBe(
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    );
  });

  it('are refused after and before their time', async () => {
    const now = Date.now();
    const expired = await issueServer({
      notBefore: new Date(now - 2 * dayMs),
      notAfter: new Date(now - dayMs),
    });
    const early = await issueServer({
      notBefore: new Date(now + dayMs),
      notAfter: new Date(now + 2 * dayMs),
    });
    expect(await handshake(expired)).toBe('CERT_HAS_EXPIRED');
    expect(await handshake(early)).toBe('CERT_NOT_YET_VALID');
  });

  it('carry DNS names as punycode, wildcards, and addresses of both families', async () => {
    const certificate = new X509Certificate((await issueServer()).certificatePem);
    expect(certificate.checkHost('xn--bcher-kva.example')).toBeDefined();
    expect(certificate.checkHost('a.farm.example')).toBeDefined();
    expect(certificate.checkIP('127.0.0.1')).toBeDefined();
    expect(certificate.checkIP('::1')).toBeDefined();
    expect(certificate.checkIP('127.0.0.2')).toBeUndefined();
  });

  it('never outlive their authority', async () => {
    const leaf = new X509Certificate((await issueServer()).certificatePem);
    expect(Date.parse(leaf.validTo)).toBeLessThanOrEqual(
      Date.parse(new X509Certificate(authority.certificatePem).validTo),
    );
  });

  it('have distinct keys and serial numbers', async () => {
    const [first, second] = await Promise.all([issueServer(), issueServer()]);
    expect(first.serial).not.toBe(second.serial);
    expect(first.privateKeyPem).not.toBe(second.privateKeyPem);
    expect(new X509Certificate(first.certificatePem).serialNumber.toLowerCase()).toBe(first.serial);
    expect(
      new X509Certificate(first.certificatePem).checkPrivateKey(createPrivateKey(first.privateKeyPem)),
    ).toBe(true);
  });

  it('refuse a name that DNS can not carry', async () => {
    const request = { commonName: 'x', dnsNames: ['a b'], ipAddresses: [], usage: 'server' } as const;
    await expect(issueCertificate(authority, request)).rejects.toThrow('"a b" is not a DNS name');
  });
});

describe('client certificates', () => {
  const request = { commonName: 'Broker', dnsNames: [], ipAddresses: [], usage: 'client' } as const;

  it('are accepted by a server that demands one of its authority', async () => {
    const client = await issueCertificate(authority, request);
    expect(await handshake(await issueServer(), { demandClient: true, client })).toBe('ok');
  });

  it('are refused from another authority, for another use, and when missing', async () => {
    const rogue = await createAuthority({ commonName: 'Rogue', lifetimeDays: 30 });
    const leaf = await issueServer();
    const refused = await Promise.all([
      handshake(leaf, { demandClient: true, client: await issueCertificate(rogue, request) }),
      handshake(leaf, { demandClient: true, client: await issueServer() }),
      handshake(leaf, { demandClient: true }),
    ]);
    expect(refused).not.toContain('ok');
  });

  it('do not serve as a server certificate', async () => {
    const client = await issueCertificate(authority, { ...request, dnsNames: ['manager.example'] });
    expect(await handshake(client)).toBe('INVALID_PURPOSE');
  });
});

describe('the authority', () => {
  it('is one by its extensions, and verifies what it issued', async () => {
    const root = new X509Certificate(authority.certificatePem);
    const leaf = new X509Certificate((await issueServer()).certificatePem);
    expect(root.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
  });

  it.each(['#0c0141', 'a\\b', 'C=DE, O="x"', 'Zürich; 東京', 'two\nlines'])(
    'is named as it is told (%j)',
    async (name) => {
      const named = await createAuthority({ commonName: name, lifetimeDays: 30 });
      const subject = new ParsedCertificate(named.certificatePem).subjectName;
      expect(subject.getField('CN')).toEqual([name]);
      expect(subject.toJSON()).toHaveLength(1);
    },
  );

  it('can be bundled with another by joining the two files', async () => {
    const other = await createAuthority({ commonName: 'Other authority', lifetimeDays: 30 });
    const bundle = other.certificatePem + authority.certificatePem;
    expect(await handshake(await issueServer(), { trusted: bundle })).toBe('ok');
  });
});
