import type { Account } from '../../../../shared/model/access.ts';
import type { useWatched } from '../../../app/useWatched.ts';

/** The local accounts, for `useWatched`. */
export const watchAccounts: Parameters<typeof useWatched<{ accounts: Account[] }>>[0] = (client, signal) =>
  client.accounts.watch({}, { signal });
