import { createAuthority, issueCertificate, type IssuedCertificate } from './certificateAuthority.ts';

/** Of a manager on loopback, of two brokers, and of one whose authority nobody knows. */
export interface TestCertificates {
  readonly authorityPem: string;
  readonly authorityKeyPem: string;
  readonly server: IssuedCertificate;
  readonly client: IssuedCertificate;
  readonly otherClient: IssuedCertificate;
  readonly foreignClient: IssuedCertificate;
}

export async function issueTestCertificates(): Promise<TestCertificates> {
  const [authority, foreign] = await Promise.all([
    createAuthority({ commonName: 'Test authority', lifetimeDays: 2 }),
    createAuthority({ commonName: 'Foreign authority', lifetimeDays: 2 }),
  ]);
  const issue = (commonName: string, usage: 'server' | 'client', issuer = authority) =>
    issueCertificate(issuer, {
      commonName,
      dnsNames: usage === 'server' ? ['localhost'] : [],
      ipAddresses: usage === 'server' ? ['127.0.0.1'] : [],
      usage,
    });
  const [server, client, otherClient, foreignClient] = await Promise.all([
    issue('manager', 'server'),
    issue('broker', 'client'),
    issue('partner', 'client'),
    issue('broker', 'client', foreign),
  ]);
  return {
    authorityPem: authority.certificatePem,
    authorityKeyPem: authority.privateKeyPem,
    server,
    client,
    otherClient,
    foreignClient,
  };
}
