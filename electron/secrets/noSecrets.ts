import { fail, succeed } from '../../shared/contract/failure.ts';
import type { SecretStore } from '../broker/ports.ts';
import { describeSecret, dropEmptyParts } from './secretEntry.ts';

/** Where nothing protects secrets, none are stored: people are asked at each opening. */
export function openNoSecrets(): SecretStore {
  return {
    kind: 'none',
    read: () => Promise.resolve(succeed({})),
    write: (_hostId, secret) =>
      Promise.resolve(
        dropEmptyParts(secret) === undefined ? succeed(undefined) : fail('secrets_unavailable'),
      ),
    remove: () => Promise.resolve(succeed(undefined)),
    describe: () => Promise.resolve(succeed(describeSecret({}))),
    listHostIds: () => Promise.resolve(succeed([])),
  };
}
