import { fail, succeed } from '../../shared/contract/failure.ts';
import type { Restrictions } from '../../shared/model/policy.ts';
import type { SecretStore } from './ports.ts';

/**
 * The arguments of guacd that a policy forces, for every protocol: those that the protocol doesn't have are left out when they are
 * sent. Printing is a transfer of files, too: it arrives here as a PDF.
 */
export function restrictedParameters(restrictions: Restrictions | undefined): Record<string, string> {
  const { clipboard = 'both', fileTransfer = true } = restrictions ?? {};
  return {
    ...((clipboard === 'none' || clipboard === 'to-host') && { 'disable-copy': 'true' }),
    ...((clipboard === 'none' || clipboard === 'from-host') && { 'disable-paste': 'true' }),
    ...(!fileTransfer && {
      'enable-drive': 'false',
      'enable-sftp': 'false',
      'enable-printing': 'false',
      'disable-upload': 'true',
      'disable-download': 'true',
      'sftp-disable-upload': 'true',
      'sftp-disable-download': 'true',
    }),
  };
}

/**
 * The secrets of hosts under a policy that forbids storing them: none are read or written, so that people are asked each time. What
 * was stored before is left alone, and still goes with its host.
 */
export function forbidStoring(secrets: SecretStore, managedBy: string): SecretStore {
  const nothing = { password: false, privateKey: false, passphrase: false };
  return {
    kind: 'none',
    read: () => Promise.resolve(succeed({})),
    write: (_hostId, secret) =>
      Promise.resolve(
        Object.values(secret).some(Boolean)
          ? fail('policy_forbids', `storing passwords and keys: managed by ${managedBy}`)
          : succeed(undefined),
      ),
    remove: (hostIds) => secrets.remove(hostIds),
    describe: () => Promise.resolve(succeed(nothing)),
    listHostIds: () => secrets.listHostIds(),
  };
}
