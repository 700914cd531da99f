import { timingSafeEqual } from 'node:crypto';
import { createToken, hashToken } from './token.ts';

/** The token that is printed at the start, for whoever started the gateway: it works once. */
export interface OwnerToken {
  /** While it is unused, and still meant to be used. */
  current(): string | undefined;
  /** Uses it up where it is the right one. */
  redeem(token: string): boolean;
}

/** `isMeant`: not where there is an administrator already, unless a new token was asked for. */
export function createOwnerToken(isMeant: () => boolean): OwnerToken {
  let unused: string | undefined = createToken();
  const current = () => (isMeant() ? unused : undefined);
  return {
    current,
    redeem(token) {
      // A used token is compared too, with one that nobody knows: the answer takes the same time.
      const isRight = timingSafeEqual(
        Buffer.from(hashToken(token)),
        Buffer.from(hashToken(current() ?? createToken())),
      );
      if (isRight) unused = undefined;
      return isRight;
    },
  };
}
