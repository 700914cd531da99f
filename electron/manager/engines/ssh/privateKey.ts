import { createPrivateKey, type KeyObject } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';

export type KeyReading =
  | { readonly kind: 'read'; readonly key: ParsedKey }
  /** It is encrypted, and the passphrase is missing or wrong. */
  | { readonly kind: 'locked' }
  | { readonly kind: 'unreadable'; readonly why: string };

const longestKeyCharacters = 65_536;
/** ssh-keygen's default is 16 to 24, and guides say 100. All sessions wait while they are counted: these take about two seconds. */
const mostDerivationRounds = 128;

/**
 * Reads a private key: Ed25519, ECDSA or RSA in OpenSSH's own format, PEM (PKCS #1 and SEC 1) or PKCS #8, each also encrypted,
 * and RSA in PuTTY's second format.
 */
export function readPrivateKey(text: string, passphrase: string): KeyReading {
  if (text.length > longestKeyCharacters) return { kind: 'unreadable', why: 'it is too long' };
  const pem = `${text.trim().replaceAll(/\r\n?/g, '\n')}\n`;
  // As ssh2 finds it: what is looked at here has to be what is counted there.
  const openSshBody =
    /^-----BEGIN OPENSSH PRIVATE KEY-----\n([\s\S]+)\n-----END OPENSSH PRIVATE KEY-----\n$/.exec(pem)?.[1];
  const header =
    openSshBody === undefined ? undefined : readOpenSshHeader(Buffer.from(openSshBody, 'base64'));
  if ((header?.rounds ?? 0) > mostDerivationRounds)
    return { kind: 'unreadable', why: 'its passphrase takes too many rounds to check' };
  const isEncrypted =
    header?.isEncrypted ?? /BEGIN ENCRYPTED |Proc-Type: 4,ENCRYPTED|^Encryption: aes/m.test(pem);
  const failed: KeyReading = isEncrypted
    ? { kind: 'locked' }
    : { kind: 'unreadable', why: 'its format is not known' };
  if (isEncrypted && passphrase === '') return failed;
  const isPlainPem = header === undefined && !pem.startsWith('PuTTY');
  const readable = isPlainPem ? convertPem(pem, passphrase) : pem;
  if (readable === undefined) return failed;
  const key = parseKey(readable, isEncrypted && !isPlainPem ? passphrase : undefined);
  if (key === undefined || key instanceof Error) return failed;
  return key.isPrivateKey() ? { kind: 'read', key } : { kind: 'unreadable', why: 'it is a public key' };
}

function parseKey(text: string, passphrase: string | undefined): ParsedKey | Error | undefined {
  try {
    // An array for files of several keys, in spite of its type.
    return [ssh2.utils.parseKey(text, passphrase)].flat()[0];
  } catch (error) {
    // ssh2 throws where lengths inside of a key make no sense.
    return error as Error;
  }
}

/** What is needed of the format in OpenSSH's PROTOCOL.key: cipher, and the rounds of bcrypt. */
function readOpenSshHeader(bytes: Buffer): { readonly isEncrypted: boolean; readonly rounds: number } {
  let at = 'openssh-key-v1\0'.length;
  const readText = () => {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0;
    const text = bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return text;
  };
  const cipher = readText().toString('latin1');
  readText();
  const options = readText();
  const roundsAt = options.length >= 4 ? 4 + options.readUInt32BE(0) : 0;
  return {
    isEncrypted: cipher !== 'none' && cipher !== '',
    rounds: roundsAt > 0 && roundsAt + 4 <= options.length ? options.readUInt32BE(roundsAt) : 0,
  };
}

/** By Node, which knows more ways of encryption than ssh2, into a form that ssh2 reads. */
function convertPem(pem: string, passphrase: string): string | undefined {
  try {
    const key = createPrivateKey({ key: pem, ...(passphrase !== '' && { passphrase }) });
    const type = key.asymmetricKeyType;
    if (type === 'ed25519') return composeOpenSshKey(key);
    if (type === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
    return type === 'ec' ? key.export({ type: 'sec1', format: 'pem' }).toString() : undefined;
  } catch {
    return undefined;
  }
}

/** An Ed25519 key in OpenSSH's format (PROTOCOL.key), the only one that ssh2 reads it in. */
function composeOpenSshKey(key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const publicKey = Buffer.from(x, 'base64url');
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const text = (value: string | Buffer) => Buffer.concat([number(value.length), Buffer.from(value)]);
  const type = 'ssh-ed25519';
  const publicBlob = Buffer.concat([text(type), text(publicKey)]);
  const secrets = Buffer.concat([
    number(0),
    number(0),
    publicBlob,
    text(Buffer.concat([Buffer.from(d, 'base64url'), publicKey])),
    text(''),
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (secrets.length % 8)) % 8);
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    number(1),
    text(publicBlob),
    text(Buffer.concat([secrets, padding])),
  ]);
  const lines = body.toString('base64').match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}
