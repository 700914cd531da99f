import { fail, succeed } from '../../shared/contract/failure.ts';
import type { Accounts } from './accounts.ts';
import type { FormProvider } from './identityProvider.ts';

/** The local accounts, as a provider among others. */
export function createLocalProvider(accounts: Pick<Accounts, 'checkPassword' | 'identityOf'>): FormProvider {
  return {
    kind: 'form',
    async authenticate(name, password) {
      const checked = await accounts.checkPassword(name, password);
      if (!checked.ok) return checked;
      const identity = accounts.identityOf(name);
      return identity ? succeed(identity) : fail('sign_in_refused');
    },
  };
}
