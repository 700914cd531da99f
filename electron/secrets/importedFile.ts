import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import type { ImportedFile } from '../broker/ports.ts';
import { maximumKeyLength, pinOf } from './keyVault.ts';

/** What a file holds: certificates as PEM, and private keys as PKCS #8 PEM by the pin of their public half. */
export interface FileContent {
  readonly certificatesPem: readonly string[];
  readonly keys: ReadonlyMap<string, string>;
}

const maximumCertificates = 100;
const keyTypes = ['rsa', 'rsa-pss', 'ec', 'ed25519'];

/** Reads a file that somebody imports, whole or not at all. Fails with `input_invalid`, and says what is wrong with it. */
export async function readImportedFile(file: ImportedFile): Promise<Result<FileContent>> {
  const blocks = file.format === 'pem' ? splitPem(file.text) : await readPkcs12(file);
  if (!blocks.ok) return blocks;
  const { certificates, keys } = blocks.value;
  if (certificates.length === 0 && keys.length === 0)
    return fail('input_invalid', 'there is neither a certificate nor a private key in it');
  if (certificates.length > maximumCertificates)
    return fail('input_invalid', `it holds more than ${maximumCertificates} certificates`);

  const certificatesPem = new Set<string>();
  for (const [index, certificate] of certificates.entries()) {
    const pem = attempt(() => new X509Certificate(certificate).toString());
    if (pem === undefined) return fail('input_invalid', `certificate ${index + 1} of it can't be read`);
    certificatesPem.add(pem);
  }
  const readKeys = new Map<string, string>();
  for (const [index, source] of keys.entries()) {
    const read = readKey(source, `private key ${index + 1} of it`);
    if (!read.ok) return read;
    readKeys.set(read.value.pin, read.value.pem);
  }
  return succeed({ certificatesPem: [...certificatesPem], keys: readKeys });
}

interface Blocks {
  readonly certificates: readonly (string | Buffer)[];
  readonly keys: readonly (string | Buffer)[];
}

/** Kinds of blocks that carry nothing which isn't in the others. */
const ignoredLabels = new Set(['EC PARAMETERS', 'DH PARAMETERS', 'PUBLIC KEY']);
const certificateLabels = new Set(['CERTIFICATE', 'X509 CERTIFICATE']);
const keyLabels = new Set(['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY']);

/** The blocks of PEM text (RFC 7468) in any order, with anything between them. One pass over the lines, however many there are. */
function splitPem(text: string): Result<Blocks> {
  const certificates: string[] = [];
  const keys: string[] = [];
  let block: { readonly label: string; readonly lines: string[] } | undefined;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const [, boundary, label = ''] = /^\s*-----(BEGIN|END) ([A-Z0-9 ]{1,40})-----\s*$/.exec(line) ?? [];
    if (boundary === 'BEGIN') {
      if (block) return fail('input_invalid', `a ${describeLabel(block.label)} in it is cut off`);
      block = { label, lines: [] };
    }
    block?.lines.push(line.trim());
    if (boundary !== 'END') continue;
    if (block?.label !== label)
      return fail('input_invalid', `a ${describeLabel(label)} in it has no beginning`);
    const pem = `${block.lines.join('\n')}\n`;
    if (label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED$/m.test(pem))
      return fail(
        'input_invalid',
        'the private key in it is encrypted; decrypt it first, or import it as PKCS #12 with its passphrase',
      );
    if (certificateLabels.has(label)) certificates.push(pem.replaceAll('X509 CERTIFICATE', 'CERTIFICATE'));
    else if (keyLabels.has(label)) keys.push(pem);
    else if (!ignoredLabels.has(label))
      return fail('input_invalid', `it holds a ${describeLabel(label)}, which can't be imported`);
    block = undefined;
  }
  if (block) return fail('input_invalid', `a ${describeLabel(block.label)} in it is cut off`);
  return succeed({ certificates, keys });
}

const describeLabel = (label: string): string => label.toLowerCase();

async function readPkcs12(file: Extract<ImportedFile, { format: 'pkcs12' }>): Promise<Result<Blocks>> {
  // A large library that hardly any start of Proxima needs.
  const { openPkcs12 } = await import('./pkcs12.ts');
  return openPkcs12(Buffer.from(file.contentBase64, 'base64'), file.passphrase);
}

function readKey(source: string | Buffer, what: string): Result<{ pin: string; pem: string }> {
  const key = attempt<KeyObject>(() =>
    typeof source === 'string'
      ? createPrivateKey(source)
      : createPrivateKey({ key: source, format: 'der', type: 'pkcs8' }),
  );
  if (!key) return fail('input_invalid', `${what} can't be read`);
  if (!keyTypes.includes(key.asymmetricKeyType ?? ''))
    return fail('input_invalid', `${what} is of a kind that TLS doesn't use (${key.asymmetricKeyType})`);
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  if (pem.length > maximumKeyLength) return fail('input_invalid', `${what} is too long`);
  return succeed({ pin: pinOf(createPublicKey(key)), pem });
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
