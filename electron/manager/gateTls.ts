import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { X509Crl } from '@peculiar/x509';
import { normaliseSerial } from '../../shared/model/serial.ts';

/** What the gate shows, whom it lets in, and whom not any more. PEM. */
export interface GateTls {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Of brokers; left out, everybody is let in. */
  readonly clientAuthoritiesPem?: string | undefined;
  /** Serials, lower-case hexadecimal without leading zeros. */
  readonly revoked: ReadonlySet<string>;
}

export interface GateTlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly clientAuthority?: string | undefined;
  /** Each a list of serials, one on each line, or one or more CRLs (PEM, RFC 5280). */
  readonly revoked: readonly string[];
}

/**
 * Reads the files and makes sure that they can be used.
 *
 * @throws with a sentence for the person where they can't.
 */
export async function readGateTls(files: GateTlsFiles): Promise<GateTls> {
  const [certificatePem, privateKeyPem, clientAuthoritiesPem, ...lists] = await Promise.all([
    readFile(files.certificate, 'utf8'),
    readFile(files.key, 'utf8'),
    files.clientAuthority === undefined ? undefined : readFile(files.clientAuthority, 'utf8'),
    ...files.revoked.map((file) => readFile(file, 'utf8')),
  ]);
  try {
    createSecureContext({ cert: certificatePem, key: privateKeyPem, ca: clientAuthoritiesPem });
  } catch (error) {
    throw new Error(`the certificate, its key or the authorities can't be used: ${describe(error)}`, {
      cause: error,
    });
  }
  if (clientAuthoritiesPem?.includes('-----BEGIN CERTIFICATE-----') === false)
    throw new Error(`${files.clientAuthority} holds no certificate in PEM`);
  const revoked = lists.flatMap((text, index) => readRevoked(text ?? '', files.revoked[index] ?? ''));
  return { certificatePem, privateKeyPem, clientAuthoritiesPem, revoked: new Set(revoked) };
}

const listPattern = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g;

function readRevoked(text: string, file: string): readonly string[] {
  const lists = text.match(listPattern);
  if (lists) {
    try {
      return lists.flatMap((pem) =>
        new X509Crl(pem).entries.map(({ serialNumber }) => normaliseSerial(serialNumber)),
      );
    } catch (error) {
      throw new Error(`${file} holds a revocation list that can't be read: ${describe(error)}`, {
        cause: error,
      });
    }
  }
  return text.split('\n').flatMap((line, index) => {
    const serial = line.replace(/#.*$/, '').replaceAll(/[\s:]/g, '');
    if (serial === '') return [];
    // Whoever was to be refused would be let in otherwise.
    if (!/^(0x)?[\da-f]{1,64}$/i.test(serial)) throw new Error(`line ${index + 1} of ${file} is no serial`);
    return [normaliseSerial(serial.replace(/^0x/i, ''))];
  });
}

const describe = (error: unknown) => (error instanceof Error ? error.message : String(error));
