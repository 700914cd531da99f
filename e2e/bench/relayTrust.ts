import { createAuthority, issueCertificate } from '../../electron/secrets/certificateAuthority.ts';

/** What a source shows, and what a carrier trusts it by. */
export async function createRelayTrust() {
  const authority = await createAuthority({ commonName: 'Bench', lifetimeDays: 1 });
  const { certificatePem, privateKeyPem } = await issueCertificate(authority, {
    commonName: 'localhost',
    dnsNames: [],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  return { tls: { cert: certificatePem, key: privateKeyPem }, authorityPem: authority.certificatePem };
}
