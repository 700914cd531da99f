import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { AccountChanges } from './accountChanges.ts';
import { withoutValue } from './accountPasswords.ts';
import type { AccountDocument } from './accountDocument.ts';
import type { Sealer } from './sealer.ts';
import {
  createRecoveryCodes,
  createTotpSecret,
  hashRecoveryCode,
  stepOfCode,
  totpAddress,
} from './secondFactor.ts';

/** What an authenticator app is to be told; a secret. */
export interface TotpOffer {
  /** `otpauth://totp/…` */
  readonly uri: string;
  /** Base32, for whoever can't read the picture of it. */
  readonly secret: string;
}

export interface AccountSecondFactors {
  /** A new secret, in use once it is confirmed. */
  beginSecondFactor(name: string): Promise<Result<TotpOffer>>;
  /** What was begun within the last ten minutes. */
  begunSecondFactor(name: string): TotpOffer | undefined;
  /** Takes the begun secret into use, in place of an earlier one. Fails with `sign_in_refused` where the code isn't of it. */
  confirmSecondFactor(name: string, code: string): Promise<Result<{ recoveryCodes: string[] }>>;
  /** Uses a code up, of the app or for recovery. Fails with `sign_in_refused`, also for a code that was used before. */
  useCode(name: string, code: string): Promise<Result<void>>;
  removeSecondFactor(name: string): Promise<Result<void>>;
}

const purpose = 'second factor';
const beginningLifetimeMs = 600_000;
const codeLengthLimit = 64;

export function createAccountSecondFactors({
  changes,
  sealer,
  now,
}: {
  readonly changes: AccountChanges;
  readonly sealer: Sealer;
  readonly now: () => number;
}): AccountSecondFactors {
  const open = (sealed: string) => sealer.open(purpose, sealed);

  function secretBegunBy({ beginningSecondFactor }: AccountDocument): string | undefined {
    return beginningSecondFactor && beginningSecondFactor.endsAt > now()
      ? open(beginningSecondFactor.sealedSecret)
      : undefined;
  }

  return {
    async beginSecondFactor(name) {
      const secret = createTotpSecret();
      const begun = await changes.changeKnown(name, (current) =>
        succeed({
          ...current,
          beginningSecondFactor: {
            sealedSecret: sealer.seal(purpose, secret),
            endsAt: now() + beginningLifetimeMs,
          },
        }),
      );
      if (!begun.ok) return begun;
      return succeed({ secret, uri: totpAddress(secret, begun.value?.name ?? name) });
    },
    begunSecondFactor(name) {
      const account = changes.find(name);
      const secret = account && secretBegunBy(account);
      return secret === undefined ? undefined : { secret, uri: totpAddress(secret, account?.name ?? name) };
    },
    async confirmSecondFactor(name, code) {
      const recoveryCodes = createRecoveryCodes();
      const confirmed = await changes.changeKnown(name, (current) => {
        const secret = secretBegunBy(current);
        const step = secret === undefined ? undefined : stepOfCode(secret, code, { now: now(), lastStep: 0 });
        if (secret === undefined || step === undefined) return fail('sign_in_refused');
        const { beginningSecondFactor: _done, ...kept } = current;
        return succeed({
          ...kept,
          secondFactor: {
            sealedSecret: sealer.seal(purpose, secret),
            lastStep: step,
            recoveryCodeHashes: recoveryCodes.map(hashRecoveryCode),
          },
        });
      });
      return confirmed.ok ? succeed({ recoveryCodes }) : confirmed;
    },
    async useCode(name, code) {
      if (code.length > codeLengthLimit) return fail('sign_in_refused');
      return withoutValue(
        await changes.changeKnown(name, (current) => {
          const { secondFactor } = current;
          if (!secondFactor) return fail('sign_in_refused');
          const { sealedSecret, lastStep, recoveryCodeHashes } = secondFactor;
          const secret = open(sealedSecret);
          const step = secret === undefined ? undefined : stepOfCode(secret, code, { now: now(), lastStep });
          if (step !== undefined)
            return succeed({ ...current, secondFactor: { ...secondFactor, lastStep: step } });
          const left = recoveryCodeHashes.filter((hash) => hash !== hashRecoveryCode(code));
          if (left.length === recoveryCodeHashes.length) return fail('sign_in_refused');
          return succeed({ ...current, secondFactor: { ...secondFactor, recoveryCodeHashes: left } });
        }),
      );
    },
    async removeSecondFactor(name) {
      return withoutValue(
        await changes.changeKnown(name, (current) => {
          const { secondFactor: _gone, beginningSecondFactor: _begun, ...kept } = current;
          return succeed(kept);
        }),
      );
    },
  };
}
