import type { AppDescription } from '../../../../shared/contract/contract.ts';
import type { Failure } from '../../../../shared/contract/failure.ts';
import { describeFailure } from '../../../../shared/contract/failure.ts';
import type { Certificate } from '../../../../shared/model/certificate.ts';
import type { FailureWords } from '../../../app/FailureNote.tsx';

type SecretStorage = AppDescription['secretStorage'];

export const kindWords = {
  authority: 'Authority',
  server: 'Server',
  client: 'Client',
} as const satisfies Record<Certificate['kind'], string>;

/** Where private keys are, after “Private keys stay …”. */
export const keyPlaces = {
  keychain: 'in the keychain of this computer',
  'encrypted-file': 'in the encrypted file of this gateway',
} as const satisfies Record<Exclude<SecretStorage, 'none'>, string>;

/** The words for a failed change; `input_invalid` tells what is wrong, and a missing keychain is about keys here, not passwords. */
export function tellFailure(failure: Failure): FailureWords {
  if (failure.code === 'secrets_unavailable') {
    return {
      what: 'There is no protected place for private keys on this system.',
      safe: 'Nothing was stored.',
      next: 'On Linux, start a keyring such as gnome-keyring; a gateway needs its key file.',
    };
  }
  if (failure.code === 'secrets_unreadable') {
    return {
      what: 'The private key could not be read.',
      safe: 'It was not changed.',
      next: 'Unlock the keychain, or start with the right key, and try again.',
    };
  }
  const words = describeFailure(failure);
  if (failure.code !== 'input_invalid' || failure.detail === undefined) return words;
  const detail = failure.detail.replace(/\.$/, '');
  return {
    what: `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`,
    safe: words.safe,
    next: 'Correct it, and try again.',
  };
}

/** What revoking means, before it is done. */
export function tellRevocation(certificate: Certificate, issued: number): string {
  const isFinal = 'A revocation can’t be taken back.';
  switch (certificate.kind) {
    case 'server':
      return (
        'From the next session on, brokers refuse a session manager that shows this certificate; sessions that run go on. ' +
        `To keep the machine in service, renew first and copy the new bundle to it. ${isFinal}`
      );
    case 'client':
      return (
        'If this broker shows it, it shows none from then on. Session managers refuse it once they have the new list: export the ' +
        `bundle of each of them again, and replace its revoked.crl.pem. ${isFinal}`
      );
    case 'authority':
      return (
        'It issues nothing more' +
        (issued === 0
          ? '. '
          : `, and ${issued === 1 ? 'the certificate' : `the ${issued} certificates`} that it issued can’t be used any more: have others in place first. `) +
        `Take it out of the trust of your proximity groups as well. ${isFinal}`
      );
    default:
      return certificate.kind satisfies never;
  }
}
