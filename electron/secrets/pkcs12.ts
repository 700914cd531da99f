import forge from 'node-forge';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';

/** DER of everything in a PKCS #12 file, in its order; the keys are PKCS #8. */
export interface Pkcs12Content {
  readonly certificates: readonly Buffer[];
  readonly keys: readonly Buffer[];
}

/**
 * Rounds of key derivation that one file may ask for, all together; tools ask for 2,000 to 600,000 with PBKDF2, for at most
 * 100,000 with the older one, which is computed in JavaScript (about 0.5 s).
 */
const maximumNativeRounds = 3_000_000;
const maximumScriptRounds = 300_000;

const tooManyRounds = 'the file asks for more rounds of key derivation than Proxima computes';
let nativeRounds = 0;
let scriptRounds = 0;

/**
 * A file decides how long its own key derivation takes, and that would hold up every session. node-forge also computes PBKDF2 in
 * JavaScript where it isn't given the digest by its name, and takes the low bytes of a passphrase where OpenSSL takes UTF-8.
 */
const { pbkdf2 } = forge.pkcs5;
const { generateKey } = forge.pkcs12;
Object.assign(forge.pkcs5, {
  pbkdf2: (password: string, salt: string, rounds: number, length: number, digest: { algorithm: string }) => {
    if ((nativeRounds += rounds) > maximumNativeRounds) throw new Error(tooManyRounds);
    const bytes = Buffer.from(password, 'utf8').toString('binary');
    return pbkdf2(bytes, salt, rounds, length, digest.algorithm as never);
  },
});
const deriveBounded: typeof generateKey = (password, salt, id, rounds, length, digest) => {
  if ((scriptRounds += rounds) > maximumScriptRounds) throw new Error(tooManyRounds);
  return generateKey(password, salt, id, rounds, length, digest);
};
Object.assign(forge.pkcs12, { generateKey: deriveBounded });
Object.assign((forge.pki as unknown as { pbe: object }).pbe, { generatePkcs12Key: deriveBounded });

/**
 * Opens a PKCS #12 file (RFC 7292) that a passphrase protects: PBES2 with AES as OpenSSL 3 makes it, and the older RC2 and
 * Triple DES. Fails with `input_invalid`, and says whether it was the passphrase.
 */
export function openPkcs12(content: Buffer, passphrase: string): Result<Pkcs12Content> {
  nativeRounds = 0;
  scriptRounds = 0;
  const { pkcs8ShroudedKeyBag, keyBag, certBag } = forge.pki.oids;
  let envelope: forge.asn1.Asn1;
  try {
    envelope = forge.asn1.fromDer(content.toString('binary'));
  } catch {
    return fail('input_invalid', 'the file is not PKCS #12');
  }
  try {
    const bags = forge.pkcs12
      .pkcs12FromAsn1(envelope, false, passphrase)
      .safeContents.flatMap(({ safeBags }) => safeBags);
    return succeed({
      certificates: bags
        .filter(({ type }) => type === certBag)
        .map(({ cert, asn1 }) => toDer(cert ? forge.pki.certificateToAsn1(cert) : asn1)),
      keys: bags
        .filter(({ type }) => type === keyBag || type === pkcs8ShroudedKeyBag)
        .map(({ key, asn1 }) =>
          toDer(key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1),
        ),
    });
  } catch (error) {
    return fail('input_invalid', describe(error));
  }
}

const toDer = (value: forge.asn1.Asn1): Buffer => Buffer.from(forge.asn1.toDer(value).getBytes(), 'binary');

function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (message === tooManyRounds) return message;
  if (/password/i.test(message)) return 'the passphrase does not open this file';
  if (/is not an? PKCS#12/i.test(message)) return 'the file is not PKCS #12';
  if (/unsupported|only .* supported/i.test(message))
    return 'the file is protected in a way that Proxima does not read; export it anew with a passphrase';
  // Without a MAC, a wrong passphrase shows in whatever it decrypts to.
  return 'the passphrase does not open this file, or it is damaged';
}
