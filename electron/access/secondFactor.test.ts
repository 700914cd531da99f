import { TOTP, Secret } from 'otpauth';
import { describe, expect, it } from 'vitest';
import {
  createRecoveryCodes,
  createTotpSecret,
  hashRecoveryCode,
  stepOfCode,
  totpAddress,
} from './secondFactor.ts';

/** RFC 6238, appendix B: the secret of its test vectors for SHA-1; codes there have eight digits, of which these are the last six. */
const secret = Secret.fromLatin1('12345678901234567890').base32;

describe('codes', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %d s are those of RFC 6238', (seconds, code) => {
    const step = Math.floor(seconds / 30);
    expect(stepOfCode(secret, code, { now: seconds * 1000, lastStep: 0 })).toBe(step);
    expect(
      stepOfCode(secret, `${code.slice(0, 3)} ${code.slice(3)}`, { now: seconds * 1000, lastStep: 0 }),
    ).toBe(step);
  });

  it('count one step early and late, and never twice', () => {
    const now = 1_700_000_010_000;
    const own = Math.floor(now / 30_000);
    const codeAt = (step: number) =>
      new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 }).generate({
        timestamp: step * 30_000,
      });
    const judge = (step: number, lastStep = 0) => stepOfCode(secret, codeAt(step), { now, lastStep });
    expect([own - 2, own - 1, own, own + 1, own + 2].map((step) => judge(step))).toEqual([
      undefined,
      own - 1,
      own,
      own + 1,
      undefined,
    ]);
    expect(judge(own, own)).toBeUndefined();
    expect(judge(own - 1, own)).toBeUndefined();
    expect(judge(own + 1, own)).toBe(own + 1);
  });

  it.each(['', '12345', '1234567', 'abcdef', '１２３４５６', '-12345', '0x1234'])('are not %j', (code) => {
    expect(stepOfCode(secret, code, { now: 59_000, lastStep: 0 })).toBeUndefined();
  });
});

it('tells apps what they read', () => {
  const own = createTotpSecret();
  expect(own).toMatch(/^[A-Z2-7]{32}$/);
  const address = new URL(totpAddress(own, 'Ada & Co'));
  expect(address.href).toMatch(/^otpauth:\/\/totp\/Proxima:Ada%20%26%20Co\?/);
  expect(Object.fromEntries(address.searchParams)).toEqual({
    issuer: 'Proxima',
    secret: own,
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
});

it('makes ten recovery codes that are compared as people type them', () => {
  const codes = createRecoveryCodes();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) expect(code).toMatch(/^([a-z2-9]{4}-){3}[a-z2-9]{4}$/);
  const [code = ''] = codes;
  expect(hashRecoveryCode(` ${code.toUpperCase().replaceAll('-', ' ')}`)).toBe(hashRecoveryCode(code));
});
