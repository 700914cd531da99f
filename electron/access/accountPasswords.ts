import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import { passwordSchema } from '../../shared/model/access.ts';
import type { AccountChanges } from './accountChanges.ts';
import type { AccountDocument } from './accountDocument.ts';
import type { Passwords } from './passwords.ts';
import { createToken, hashToken } from './token.ts';
import { isWeakPassword } from './weakPassword.ts';

export interface AccountPasswords {
  /**
   * Fails with `sign_in_refused` for an unknown name and a wrong password alike, after the same work; with `account_disabled` only
   * for the right password.
   */
  checkPassword(name: string, password: string): Promise<Result<void>>;
  /** Fails with `password_weak` or `account_unknown`. An invitation ends by it. */
  setPassword(name: string, password: string): Promise<Result<void>>;
  /** A token under which a password can be chosen, once, within a day. Until then nobody signs in by the old one. */
  invite(name: string): Promise<Result<{ readonly token: string }>>;
  /** Whose invitation this is; fails with `invitation_used`. */
  invitee(token: string): Result<{ readonly name: string }>;
  /** Fails with `invitation_used` or `password_weak`; after the latter the invitation still counts. */
  acceptInvitation(token: string, password: string): Promise<Result<{ readonly name: string }>>;
}

const invitationLifetimeMs = 24 * 3_600_000;

export function createAccountPasswords({
  changes,
  passwords,
  now,
}: {
  readonly changes: AccountChanges;
  readonly passwords: Passwords;
  readonly now: () => number;
}): AccountPasswords {
  const isOpen = ({ invitation, isDisabled }: AccountDocument, tokenHash: string) =>
    !isDisabled && invitation?.tokenHash === tokenHash && invitation.endsAt > now();

  async function hashStrong(name: string, password: string): Promise<Result<string>> {
    const judged = judgePassword(name, password);
    return judged.ok ? passwords.hash(password) : judged;
  }

  return {
    async checkPassword(name, password) {
      const account = changes.find(name);
      const verified = await passwords.verify(password, account?.passwordHash);
      if (!verified.ok) return verified;
      const { isRight, rehashed } = verified.value;
      if (!isRight || !account) return fail('sign_in_refused');
      if (account.isDisabled) return fail('account_disabled');
      // Not worth failing for: it is tried again at the next sign-in.
      if (rehashed !== undefined)
        await changes.changeKnown(name, (current) =>
          succeed(
            current.passwordHash === account.passwordHash ? { ...current, passwordHash: rehashed } : current,
          ),
        );
      return succeed(undefined);
    },
    async setPassword(name, password) {
      const hash = await hashStrong(name, password);
      if (!hash.ok) return hash;
      return withoutValue(
        await changes.changeKnown(name, ({ invitation: _over, ...kept }) =>
          succeed({ ...kept, passwordHash: hash.value }),
        ),
      );
    },
    async invite(name) {
      const token = createToken();
      const invited = await changes.changeKnown(name, ({ passwordHash: _over, ...kept }) =>
        succeed({
          ...kept,
          invitation: { tokenHash: hashToken(token), endsAt: now() + invitationLifetimeMs },
        }),
      );
      return invited.ok ? succeed({ token }) : invited;
    },
    invitee(token) {
      const tokenHash = hashToken(token);
      const found = changes.all().find((account) => isOpen(account, tokenHash));
      return found ? succeed({ name: found.name }) : fail('invitation_used');
    },
    async acceptInvitation(token, password) {
      const tokenHash = hashToken(token);
      const invited = changes.all().find((account) => isOpen(account, tokenHash));
      if (!invited) return fail('invitation_used');
      const hash = await hashStrong(invited.name, password);
      if (!hash.ok) return hash;
      const accepted = await changes.changeKnown(invited.name, (current) => {
        if (!isOpen(current, tokenHash)) return fail('invitation_used');
        const { invitation: _over, ...kept } = current;
        return succeed({ ...kept, passwordHash: hash.value });
      });
      return accepted.ok ? succeed({ name: invited.name }) : accepted;
    },
  };
}

/** Fails with `password_weak`. */
export const judgePassword = (name: string, password: string): Result<void> =>
  passwordSchema.safeParse(password).success && !isWeakPassword(password, name)
    ? succeed(undefined)
    : fail('password_weak');

export const withoutValue = (result: Result<unknown>): Result<void> =>
  result.ok ? succeed(undefined) : result;
