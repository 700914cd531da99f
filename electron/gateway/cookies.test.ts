import { describe, expect, it } from 'vitest';
import { readSignInCookie, signInCookieHeader, stepCookieHeader } from './cookies.ts';

const secret = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-_';

describe('the cookie', () => {
  it('comes back as it was set', () => {
    const header = signInCookieHeader({ secret, route: 'hosta' });
    expect(header).toBe(`__Host-proxima=${secret}.hosta; Path=/; Secure; HttpOnly; SameSite=Strict`);
    expect(readSignInCookie(`a=b; ${header.split(';')[0]}; c=d`)).toEqual({ secret, route: 'hosta' });
  });

  it('is found under its own name only', () => {
    const step = stepCookieHeader('sealed').split(';')[0];
    expect(readSignInCookie(`${step}; x__Host-proxima=${secret}.hosta`)).toBeUndefined();
  });

  it.each([
    undefined,
    '',
    secret,
    `${secret}.`,
    `.hosta`,
    `${secret}.hosta.hostb`,
    `${secret}.HOSTA`,
    `${secret}.../hostb`,
    `${secret}.hosta%0d%0a`,
    `${secret}.${'a'.repeat(33)}`,
    `${secret}x.hosta`,
    `${secret.slice(1)}.hosta`,
    `"${secret}.hosta"`,
  ])('is not %s', (value) => {
    expect(readSignInCookie(value === undefined ? undefined : `__Host-proxima=${value}`)).toBeUndefined();
  });
});
