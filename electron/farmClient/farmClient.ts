import { createHash, randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import { checkWordOf, desktopSignInPaths, readSignInCode } from '../../shared/contract/desktopSignIn.ts';
import type { FarmState } from '../../shared/contract/desktopFarm.ts';
import { fail, type Failure, type Result, succeed } from '../../shared/contract/failure.ts';
import { failureOfClose } from '../../shared/contract/failureOfClose.ts';
import type { FarmChoice } from '../../shared/model/farmChoice.ts';
import { cookieHeaderOf, type FarmCookie } from './farmCookie.ts';
import { askFarm, openFarmSocket, readFailure } from './farmRequests.ts';
import type { Log } from './log.ts';

export type Standing = FarmState['standing'];

export interface FarmClientOptions {
  readonly farm: FarmChoice;
  readonly cookie: FarmCookie;
  /** Opens an address in the system's browser. */
  readonly openInBrowser: (address: string) => Promise<void>;
  readonly log: Log;
}

/** The app's side of its farm: who it is signed in as, and WebSockets of it. */
export interface FarmClient {
  standing(): Standing;
  onChange(listener: () => void): () => void;
  /** Fails with `sign_in_needed` at once where nobody is signed in. */
  openSocket(asked: { path: string; protocol?: string; limitBytes: number }): Promise<Result<WebSocket>>;
  signIn(): Promise<Result<void>>;
  /** What the browser came back with, or its person pasted. */
  enterCode(text: string): Promise<Result<void>>;
  /** Forgets the sign-in here; it was ended there before. */
  forgetSignIn(): Promise<void>;
}

export function createFarmClient({ farm, cookie, openInBrowser, log }: FarmClientOptions): FarmClient {
  const listeners = new Set<() => void>();
  let standing: Standing = cookie.current() === undefined ? { kind: 'signed-out' } : { kind: 'connecting' };
  /** Of the sign-in that the browser was sent for. */
  let verifier: string | undefined;
  /** Its node is being stopped: another answers to what isn't a WebSocket, and takes the cookie over. */
  let isMoving = false;

  function stand(next: Standing): void {
    if (JSON.stringify(next) === JSON.stringify(standing)) return;
    standing = next;
    for (const listener of listeners) listener();
  }

  async function noteFailure(failure: Failure): Promise<void> {
    if (failure.code === 'sign_in_needed') {
      await cookie.forget();
      if (standing.kind !== 'waiting') stand({ kind: 'signed-out' });
    } else if (
      ['farm_unreachable', 'farm_certificate_untrusted', 'farm_answer_invalid'].includes(failure.code)
    ) {
      if (standing.kind !== 'waiting' && standing.kind !== 'signed-out') stand({ kind: 'failed', failure });
    }
  }

  async function move(value: string): Promise<void> {
    const answered = await askFarm(farm, {
      method: 'HEAD',
      path: '/',
      headers: { Cookie: cookieHeaderOf(value) },
    });
    if (answered.ok) await cookie.note(answered.value.setCookie);
    isMoving = false;
  }

  async function exchange(code: string, spent: string): Promise<Result<void>> {
    const answered = await askFarm(farm, {
      method: 'POST',
      path: desktopSignInPaths.exchange,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ code, verifier: spent }).toString(),
    });
    if (!answered.ok) return answered;
    if (answered.value.status !== 204) return { ok: false, failure: readFailure(answered.value) };
    await cookie.note(answered.value.setCookie);
    return cookie.current() === undefined
      ? fail('farm_answer_invalid', 'it gave no cookie')
      : succeed(undefined);
  }

  return {
    standing: () => standing,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async openSocket(asked) {
      const value = cookie.current();
      if (value === undefined) return fail('sign_in_needed');
      if (isMoving) await move(value);
      const opened = await openFarmSocket(farm, {
        ...asked,
        cookie: cookieHeaderOf(cookie.current() ?? value),
        noteCookies: (headers) => void cookie.note(headers),
      });
      // Who signed in anew meanwhile isn't signed out by the end of what was before.
      const isOfNow = () => cookie.current()?.split('.')[0] === value.split('.')[0];
      if (!opened.ok) {
        if (isOfNow()) await noteFailure(opened.failure);
        return opened;
      }
      if (isOfNow()) stand({ kind: 'signed-in' });
      opened.value.once('close', (code, reason) => {
        const failure = failureOfClose({ code, reason: reason.toString() });
        if (failure?.code === 'node_draining') isMoving = true;
        else if (failure && isOfNow()) void noteFailure(failure);
      });
      return opened;
    },
    async signIn() {
      verifier = randomBytes(32).toString('base64url');
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      const address = `${farm.address}${desktopSignInPaths.ask}?challenge=${challenge}`;
      stand({ kind: 'waiting', address, checkWord: checkWordOf(challenge) });
      try {
        await openInBrowser(address);
      } catch (error) {
        // The page shows the address; it can be opened by hand.
        log.warn({ reason: String(error) }, 'The browser could not be opened');
      }
      return succeed(undefined);
    },
    async enterCode(text) {
      const code = readSignInCode(text);
      if (code === undefined) return fail('input_invalid', 'this is not the code that the browser shows');
      const spent = verifier;
      if (spent === undefined || standing.kind !== 'waiting') return fail('sign_in_refused');
      verifier = undefined;
      const exchanged = await exchange(code, spent);
      if (exchanged.ok) {
        log.info({}, 'Signed in to the farm');
        stand({ kind: 'connecting' });
      } else {
        log.warn({ failure: exchanged.failure }, 'The sign-in to the farm was refused');
        // A code is good once, and so is what it was asked with.
        stand({ kind: 'signed-out', failure: exchanged.failure });
      }
      return exchanged;
    },
    async forgetSignIn() {
      await cookie.forget();
      stand({ kind: 'signed-out' });
    },
  };
}
