import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Visitor } from './signInDesk.ts';
import type { SignIns } from './signIns.ts';
import { type Throttle, throttledAddressOf } from './throttle.ts';
import { hashToken } from './token.ts';

export interface DesktopSignInOptions {
  readonly signIns: Pick<SignIns, 'fetch' | 'fetchById' | 'change' | 'start' | 'end'>;
  readonly addresses: Throttle;
  readonly route: string;
  readonly now: () => number;
}

/**
 * Signs a desktop app in as whoever is signed in with the browser of the same machine, as native apps do (RFC 8252): the browser
 * hands the app a code, and the app shows that it is the one that asked by what its challenge was made from (RFC 7636, S256). The app gets a
 * sign-in of its own.
 */
export interface DesktopSignIn {
  /** A code for the app with this challenge: good once, for two minutes, at any node. Another one replaces it. */
  issueCode(challenge: string, visitor: Visitor): Promise<Result<string>>;
  /** Resolves to the secret of the app's own cookie. Fails with `sign_in_refused`, whatever is wrong, and `sign_in_throttled`. */
  redeemCode(code: string, verifier: string, visitor: Visitor): Promise<Result<{ secret: string }>>;
}

const codeLifetimeMs = 120_000;
/** The id of the browser's sign-in, and the code's own random bits. */
const idBytes = 32;
const nonceBytes = 16;

/** The S256 transformation (RFC 7636, section 4.2). */
const challengeOf = (verifier: string) => createHash('sha256').update(verifier, 'ascii').digest('base64url');

export function createDesktopSignIn({ signIns, addresses, route, now }: DesktopSignInOptions): DesktopSignIn {
  /** The browser's sign-in, whose code is spent by this, whoever was first at whichever node. */
  async function spend(code: string) {
    const bytes = Buffer.from(code, 'base64url');
    if (bytes.length !== idBytes + nonceBytes) return undefined;
    const id = bytes.subarray(0, idBytes).toString('hex');
    let spent: { readonly challenge: string; readonly endsAt: number } | undefined;
    const changed = await signIns.change(id, (current) => {
      spent = undefined;
      if (current?.desktopCode?.hash !== hashToken(code)) return current;
      const { desktopCode, ...rest } = current;
      spent = desktopCode;
      return rest;
    });
    const signIn = changed.ok && spent ? await signIns.fetchById(id) : undefined;
    return signIn && spent && spent.endsAt > now() ? { signIn, challenge: spent.challenge } : undefined;
  }

  return {
    async issueCode(challenge, { secret }) {
      const signIn = secret === undefined ? undefined : await signIns.fetch(secret);
      if (!signIn) return fail('sign_in_needed');
      const code = Buffer.concat([Buffer.from(signIn.id, 'hex'), randomBytes(nonceBytes)]).toString(
        'base64url',
      );
      const desktopCode = { hash: hashToken(code), challenge, endsAt: now() + codeLifetimeMs };
      const changed = await signIns.change(signIn.id, (current) => current && { ...current, desktopCode });
      if (!changed.ok) return changed;
      return changed.value ? succeed(code) : fail('sign_in_needed');
    },
    async redeemCode(code, verifier, { address, secret }) {
      const key = throttledAddressOf(address);
      if (!addresses.take(key)) return fail('sign_in_throttled');
      const found = await spend(code);
      if (!found || !isEqual(challengeOf(verifier), found.challenge)) return fail('sign_in_refused');
      addresses.giveBack(key);
      const { personId, isOwner, providerId, identity, usedSecondFactor } = found.signIn;
      const started = await signIns.start({
        personId,
        isOwner,
        providerId,
        identity,
        usedSecondFactor,
        route,
      });
      const earlier = started.ok && secret !== undefined ? await signIns.fetch(secret) : undefined;
      if (earlier) await signIns.end(earlier.id);
      return started;
    },
  };
}

const isEqual = (left: string, right: string) =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
