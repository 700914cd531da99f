import { expect, test } from 'vitest';
import { describeValidity } from './validity.ts';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 10, 20, 12);
const year = { notBefore: now - dayMs, notAfter: now + 365 * dayMs };
const describe = (change: Partial<Parameters<typeof describeValidity>[0]>) =>
  describeValidity({ ...year, ...change }, now, 'en-GB');

test('warns in the last thirty days, and not before', () => {
  expect(describe({}).kind).toBe('valid');
  expect(describe({ notAfter: now + 30 * dayMs }).kind).toBe('valid');
  expect(describe({ notAfter: now + 30 * dayMs - 1 })).toEqual({ kind: 'soon', words: 'Expires in 29 days' });
  expect(describe({ notAfter: now + dayMs }).words).toBe('Expires in 1 day');
  expect(describe({ notAfter: now + 1 }).words).toBe('Expires within a day');
});

test('has expired from the very moment on', () => {
  expect(describe({ notAfter: now })).toEqual({ kind: 'expired', words: 'Expired 20 Nov 2026' });
});

test('is not valid before its time', () => {
  expect(describe({ notBefore: now + dayMs })).toEqual({ kind: 'not-yet', words: 'Valid from 21 Nov 2026' });
});

test('revoked comes before every other state', () => {
  expect(describe({ revokedAt: now - dayMs, notAfter: now - 1 })).toEqual({
    kind: 'revoked',
    words: 'Revoked 19 Nov 2026',
  });
});
