import { beforeEach, describe, expect, it } from 'vitest';
import { cookieName, createSignIn, type SignIn } from './signIn.ts';

let time: number;
let signIn: SignIn;
const minuteMs = 60_000;

beforeEach(() => {
  time = 1_000_000;
  signIn = createSignIn({
    idleLifetimeMs: 10 * minuteMs,
    absoluteLifetimeMs: 60 * minuteMs,
    failureBurst: 3,
    failureRefillMs: 1_000,
    now: () => time,
  });
});

function redeem(token = signIn.token() ?? '', address = '192.0.2.1') {
  const outcome = signIn.redeem(token, address);
  return outcome.kind === 'signed-in' ? `${cookieName}=${outcome.cookieValue}` : outcome.kind;
}

describe('the token', () => {
  it('has 256 bits, differs each time and works once', () => {
    const token = signIn.token() ?? '';
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(createSignIn().token()).not.toBe(token);
    expect(redeem(token)).toMatch(/^__Host-proxima=[\w-]{43}$/);
    expect(signIn.token()).toBeUndefined();
    expect(redeem(token)).toBe('refused');
  });

  it.each(['', 'x', 'x'.repeat(43), 'ü', 'undefined'])('is not %j', (token) => {
    expect(redeem(token)).toBe('refused');
    expect(signIn.token()).toBeDefined();
  });
});

describe('throttling', () => {
  it('takes a burst per address, then one more per refill, whatever is tried', () => {
    const attempt = () => redeem('wrong');
    expect([attempt(), attempt(), attempt(), attempt()]).toEqual([
      'refused',
      'refused',
      'refused',
      'throttled',
    ]);
    expect(redeem()).toBe('throttled');
    expect(redeem('wrong', '192.0.2.2')).toBe('refused');
    time += 1_000;
    expect([attempt(), attempt()]).toEqual(['refused', 'throttled']);
    time += 1_000;
    expect(redeem()).toContain(cookieName);
  });

  it('remembers no more than a thousand addresses', () => {
    for (let count = 0; count < 3; count++) redeem('wrong', 'first');
    expect(redeem('wrong', 'first')).toBe('throttled');
    for (let count = 0; count < 1_000; count++) redeem('wrong', `other ${count}`);
    expect(redeem('wrong', 'first')).toBe('refused');
  });
});

describe('the cookie', () => {
  it('lives while it is used, but not for ever', () => {
    const cookie = redeem();
    for (let passed = 0; passed < 60; passed += 9) {
      expect(signIn.isSignedIn(`a=b; ${cookie}; c=d`)).toBe(true);
      time += 9 * minuteMs;
    }
    expect(signIn.isSignedIn(cookie)).toBe(false);
  });

  it('ends when nobody uses it', () => {
    const cookie = redeem();
    time += 10 * minuteMs + 1;
    expect(signIn.isSignedIn(cookie)).toBe(false);
    time -= 1;
    expect(signIn.isSignedIn(cookie)).toBe(false);
  });

  it.each([undefined, '', cookieName, `${cookieName}=`, `${cookieName}=guess`, `x${cookieName}=guess`])(
    'is not %j',
    (header) => {
      redeem();
      expect(signIn.isSignedIn(header)).toBe(false);
    },
  );
});
