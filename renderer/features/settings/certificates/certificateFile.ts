/** What an import sends, before the passphrase is known. */
export type CertificateFile =
  | { readonly kind: 'pem'; readonly text: string }
  | { readonly kind: 'pkcs12'; readonly contentBase64: string }
  | { readonly kind: 'wrong'; readonly problem: string };

/** Certificates take a few kilobytes; the contract takes two million characters. */
export const fileLimitBytes = 1_000_000;

const wrong = (problem: string): CertificateFile => ({ kind: 'wrong', problem });

/** Checks text in PEM (RFC 7468), as pasted or from a file, for what can't be imported. */
export function readPem(text: string): CertificateFile {
  if (/-----BEGIN (ENCRYPTED PRIVATE KEY|[A-Z ]*PRIVATE KEY-----\s+Proc-Type: 4,ENCRYPTED)/.test(text))
    return wrong(
      'The private key in it is protected by a passphrase. Import it as PKCS#12, or take the passphrase off with “openssl pkey” first.',
    );
  if (/-----BEGIN OPENSSH PRIVATE KEY-----/.test(text))
    return wrong('This is a key of SSH. A certificate and its key in PEM are needed.');
  if (/-----BEGIN (NEW )?CERTIFICATE REQUEST-----/.test(text))
    return wrong('This is a request for a certificate. The certificate that was issued for it is needed.');
  // A key alone may belong to a certificate that is in the list.
  if (!/-----BEGIN ([A-Z0-9]+ )?(CERTIFICATE|PRIVATE KEY)-----/.test(text))
    return wrong(
      'There is no certificate in it, and no private key: nothing begins with “-----BEGIN CERTIFICATE-----”.',
    );
  return { kind: 'pem', text };
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** The tag and the start of the content of what DER holds first inside the outer SEQUENCE (X.690 §8.1); `undefined` where it isn't one. */
function firstInside(bytes: Uint8Array): { tag: number | undefined; at: number } | undefined {
  const [tag, length = 0] = bytes;
  if (tag !== 0x30) return undefined;
  const lengthBytes = length < 0x80 ? 0 : length - 0x80;
  return { tag: bytes[2 + lengthBytes], at: 2 + lengthBytes };
}

/** Tells PEM, DER and PKCS#12 (RFC 7292) apart by what is in the file, not by its name. DER becomes PEM. */
export function readCertificateFile(bytes: Uint8Array): CertificateFile {
  if (bytes.length === 0) return wrong('The file is empty.');
  if (bytes.length > fileLimitBytes)
    return wrong('The file is too large: certificates take a few kilobytes.');
  if (bytes[0] === 0xfe && bytes[1] === 0xed && bytes[2] === 0xfe && bytes[3] === 0xed)
    return wrong('This is a Java keystore. Export it as PKCS#12 with “keytool -importkeystore”.');
  const first = firstInside(bytes);
  if (first === undefined) return readPem(new TextDecoder().decode(bytes));
  // A PKCS#12 file begins with its version, the INTEGER 3; a certificate with another SEQUENCE.
  const isVersion3 = first.tag === 0x02 && bytes[first.at + 1] === 1 && bytes[first.at + 2] === 3;
  if (isVersion3) return { kind: 'pkcs12', contentBase64: toBase64(bytes) };
  if (first.tag !== 0x30) return wrong('This is neither a certificate nor PKCS#12.');
  const lines = toBase64(bytes).match(/.{1,64}/g) ?? [];
  return {
    kind: 'pem',
    text: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
