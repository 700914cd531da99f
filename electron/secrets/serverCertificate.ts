import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { privateFileMode } from '../disk/replaceFile.ts';
import { type CertifiedKey, createAuthority, issueCertificate } from './certificateAuthority.ts';

const lifetimeDays = 397;
const renewBeforeMs = 30 * 24 * 60 * 60 * 1000;

/**
 * The certificate of this machine's own gateway: the one in `folder` while it is good for 30 days more and for these names, else a
 * new one. Kept, so that a browser that was told to accept it isn't asked again. The authority's private key is never written.
 *
 * @throws the file system's error where the folder can't be written.
 */
export async function loadServerCertificate(
  folder: string,
  names: { readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] },
): Promise<CertifiedKey> {
  const paths = {
    certificate: join(folder, 'gateway-certificate.pem'),
    key: join(folder, 'gateway-key.pem'),
  };
  const kept = await readKept(paths);
  if (kept && isGoodFor(kept, names)) return kept;

  const authority = await createAuthority({ commonName: 'Proxima gateway', lifetimeDays });
  const { certificatePem, privateKeyPem } = await issueCertificate(authority, {
    commonName: names.dnsNames[0] ?? names.ipAddresses[0] ?? 'Proxima gateway',
    ...names,
    usage: 'server',
  });
  const issued = { certificatePem: `${certificatePem}${authority.certificatePem}`, privateKeyPem };
  await writeFile(paths.key, issued.privateKeyPem, { mode: privateFileMode });
  await writeFile(paths.certificate, issued.certificatePem, { mode: privateFileMode });
  return issued;
}

async function readKept(paths: { certificate: string; key: string }): Promise<CertifiedKey | undefined> {
  try {
    const [certificatePem, privateKeyPem] = await Promise.all([
      readFile(paths.certificate, 'utf8'),
      readFile(paths.key, 'utf8'),
    ]);
    return { certificatePem, privateKeyPem };
  } catch {
    return undefined;
  }
}

function isGoodFor(
  { certificatePem, privateKeyPem }: CertifiedKey,
  names: { readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] },
): boolean {
  try {
    const certificate = new X509Certificate(certificatePem);
    return (
      // They are two files: a crash may have come between them.
      certificate.checkPrivateKey(createPrivateKey(privateKeyPem)) &&
      Date.parse(certificate.validTo) - Date.now() > renewBeforeMs &&
      names.dnsNames.every((name) => certificate.checkHost(name) !== undefined) &&
      names.ipAddresses.every((address) => certificate.checkIP(address) !== undefined)
    );
  } catch {
    return false;
  }
}
