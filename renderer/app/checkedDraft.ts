/** What is wrong, by field. */
export type FieldErrors = Readonly<Record<string, string>>;

/** `value` is there when nothing is wrong. */
export interface Checked<T> {
  readonly value: T | undefined;
  readonly errors: FieldErrors;
}

/** Each thing is checked once for as long as it stays the same object. */
export function remember<Key extends object, Value>(check: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, Value>();
  return (key) => {
    const value = known.get(key) ?? check(key);
    known.set(key, value);
    return value;
  };
}

export const capitalise = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const pemBegin = '-----BEGIN CERTIFICATE-----';

/** Says what is wrong with certificates in PEM; `undefined` where they can be used. */
export function problemInPem(text: string): string | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return 'This holds a private key. Paste the certificate only: nobody but its owner may have the key.';
  const begins = text.split(pemBegin).length - 1;
  if (begins === 0) return 'Paste a certificate in PEM: it begins with “-----BEGIN CERTIFICATE-----”.';
  if (begins !== text.split('-----END CERTIFICATE-----').length - 1)
    return 'A certificate is cut off: it ends with “-----END CERTIFICATE-----”.';
  return undefined;
}
