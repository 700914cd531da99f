import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export const cookieName = '__Host-proxima';

const hourMs = 3_600_000;
const defaults = {
  /** Every request and every open WebSocket counts as use. */
  idleLifetimeMs: 12 * hourMs,
  absoluteLifetimeMs: 7 * 24 * hourMs,
  /** How many wrong tokens an address may send at once, and how often it gets one more try. */
  failureBurst: 10,
  failureRefillMs: 6_000,
  now: () => Date.now(),
};

export type SignInOptions = Partial<typeof defaults>;

/** More than anybody needs; bounds the memory that strangers can take. */
const maxTrackedAddresses = 1_000;

export type SignInOutcome =
  /** The value belongs into the cookie; it is known here only as a hash from now on. */
  { readonly kind: 'signed-in'; readonly cookieValue: string } | { readonly kind: 'refused' | 'throttled' };

export interface SignIn {
  /** The one-time token while it is unused. */
  token(): string | undefined;
  /** Uses the token up where it is the right one. */
  redeem(token: string, remoteAddress: string): SignInOutcome;
  /** Whether a `Cookie` header belongs to somebody signed in; if so, it counts as use. */
  isSignedIn(cookieHeader: string | undefined): boolean;
}

/** Who may use the gateway: whoever presented the one-time token, for as long as their cookie lives. All in memory. */
export function createSignIn(options: SignInOptions = {}): SignIn {
  const { idleLifetimeMs, absoluteLifetimeMs, failureBurst, failureRefillMs, now } = {
    ...defaults,
    ...options,
  };
  let unusedToken: string | undefined = createSecret();
  const sessions = new Map<string, { readonly startedAt: number; usedAt: number }>();
  /** The time at which an address has all its tries again; each failure moves it by one refill. */
  const failures = new Map<string, number>();

  function noteFailure(address: string): void {
    const refilledAt = Math.max(failures.get(address) ?? 0, now()) + failureRefillMs;
    failures.delete(address);
    failures.set(address, refilledAt);
    const oldest = failures.keys().next();
    if (failures.size > maxTrackedAddresses && !oldest.done) failures.delete(oldest.value);
  }

  return {
    token: () => unusedToken,
    redeem(token, remoteAddress) {
      if ((failures.get(remoteAddress) ?? 0) - now() > (failureBurst - 1) * failureRefillMs)
        return { kind: 'throttled' };
      // A used token is compared too, with a value that nobody knows: the answer takes the same time.
      if (!timingSafeEqual(hash(token), hash(unusedToken ?? createSecret()))) {
        noteFailure(remoteAddress);
        return { kind: 'refused' };
      }
      unusedToken = undefined;
      const cookieValue = createSecret();
      sessions.set(hash(cookieValue).toString('hex'), { startedAt: now(), usedAt: now() });
      return { kind: 'signed-in', cookieValue };
    },
    isSignedIn(cookieHeader) {
      const value = readCookie(cookieHeader);
      if (value === undefined) return false;
      const key = hash(value).toString('hex');
      const session = sessions.get(key);
      if (!session) return false;
      const time = now();
      if (time - session.usedAt > idleLifetimeMs || time - session.startedAt > absoluteLifetimeMs) {
        sessions.delete(key);
        return false;
      }
      session.usedAt = time;
      return true;
    },
  };
}

/** 256 bits, base64url. */
const createSecret = () => randomBytes(32).toString('base64url');
const hash = (secret: string) => createHash('sha256').update(secret).digest();

/** Our cookie's value out of a `Cookie` header (RFC 6265, section 4.2.1). Names with the `__Host-` prefix can't be set twice by a browser. */
function readCookie(header: string | undefined): string | undefined {
  const prefix = `${cookieName}=`;
  return header
    ?.split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(prefix))
    ?.slice(prefix.length);
}

/** Without `Max-Age`: it ends with the browser, or with its lifetime here. */
export const cookieHeaderOf = (cookieValue: string) =>
  `${cookieName}=${cookieValue}; Path=/; Secure; HttpOnly; SameSite=Strict`;
