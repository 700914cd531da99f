import { Secret, TOTP } from 'otpauth';
import { createHash, randomBytes } from 'node:crypto';

const periodSeconds = 30;
/** RFC 6238, section 5.2: one step for clocks that differ. */
const toleratedSteps = 1;
const recoveryCodeCount = 10;
/** 80 bits each: too many to be guessed, so that a plain hash protects them. */
const recoveryCodeLetters = 16;

const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

/** RFC 6238 with what every authenticator app knows: SHA-1, six digits, thirty seconds. 160 bits, as RFC 4226 recommends. */
export const createTotpSecret = (): string => new Secret({ size: 20 }).base32;

const totpOf = (secret: string, name = '') =>
  new TOTP({
    issuer: 'Proxima',
    label: name,
    algorithm: 'SHA1',
    digits: 6,
    period: periodSeconds,
    secret: Secret.fromBase32(secret),
  });

/** `otpauth://totp/…`, as apps read it from a QR code. */
export const totpAddress = (secret: string, name: string): string => totpOf(secret, name).toString();

/** The step (of 30 s since 1970) that the code is of; `undefined` where it isn't right, or of a step that was used or skipped. */
export function stepOfCode(
  secret: string,
  code: string,
  { now, lastStep }: { now: number; lastStep: number },
): number | undefined {
  const token = code.replaceAll(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = totpOf(secret).validate({ token, timestamp: now, window: toleratedSteps });
  if (delta === null) return undefined;
  const step = Math.floor(now / 1000 / periodSeconds) + delta;
  return step > lastStep ? step : undefined;
}

/** Each works once, in place of a code. */
export const createRecoveryCodes = (): string[] =>
  Array.from({ length: recoveryCodeCount }, () => {
    const letters = [...randomBytes(recoveryCodeLetters)].map((byte) => alphabet[byte % alphabet.length]);
    return letters.join('').replaceAll(/.{4}(?=.)/g, '$&-');
  });

export const hashRecoveryCode = (code: string): string =>
  createHash('sha256')
    .update(code.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
    .digest('hex');
