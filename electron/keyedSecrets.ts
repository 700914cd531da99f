import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Notice } from '../shared/contract/contract.ts';
import type { SecretStore } from './broker/ports.ts';
import { type EncryptedFile, openEncryptedFile } from './secrets/encryptedFile.ts';
import { type Keytar, openKeychain } from './secrets/keychain.ts';
import { openNoSecrets } from './secrets/noSecrets.ts';

/** Where secrets lie, and what a person has to know about that. */
export interface OpenedSecrets {
  readonly store: SecretStore;
  readonly notices: readonly Notice[];
}

/** The key in the environment, if there is one. Takes it out: no process that is started from here inherits it. */
export function takeKeyFromEnvironment(
  variable: 'PROXIMA_KEY' | 'PROXIMA_NEW_KEY' = 'PROXIMA_KEY',
): string | undefined {
  const key = process.env[variable];
  delete process.env[variable];
  return key === '' ? undefined : key;
}

/**
 * Opens the encrypted file of passwords in a data folder, which nobody else may have open.
 *
 * @throws with a sentence for the person: the key is another one or too short, or the file is damaged.
 */
export async function openKeyedSecrets(
  folder: string,
  key: string,
): Promise<OpenedSecrets & { readonly store: EncryptedFile }> {
  const opened = await openEncryptedFile({ folder, key });
  if (opened.ok) return { store: opened.value, notices: opened.value.notices };
  const { code, detail } = opened.failure;
  throw new Error(`the encrypted file of passwords can't be opened: ${detail ?? code}`);
}

/** Without a key and without a keychain, as the gateway runs where it is given none: passwords are asked for each time. */
export const openWithoutSecrets = (): OpenedSecrets => ({ store: openNoSecrets(), notices: [] });

/**
 * Opens the secrets of the desktop app: the keychain; but with a key the encrypted file in the data folder, as in the gateway: a
 * demo leaves no entries behind. Where there is no keychain either, a notice says so, and passwords are asked for each time.
 *
 * @throws as {@link openKeyedSecrets} does.
 */
export async function openDesktopSecrets(options: {
  readonly folder: string;
  readonly key: string | undefined;
  readonly log: Pick<Logger, 'warn'>;
  readonly loadKeytar?: () => Promise<Keytar>;
}): Promise<OpenedSecrets> {
  const { folder, key, log, loadKeytar } = options;
  if (key !== undefined) return openKeyedSecrets(folder, key);
  const keychain = await openKeychain(loadKeytar);
  if (keychain.ok) return { store: keychain.value, notices: await noticeFile(folder) };
  log.warn({ failure: keychain.failure }, 'No keychain here; passwords are asked for each time');
  return {
    store: openNoSecrets(),
    notices: [
      {
        id: 'no-keychain',
        title: 'Passwords are not stored',
        text: `Nothing on this system protects them (${keychain.failure.detail ?? keychain.failure.code}). Hosts are saved all the same, and Proxima asks for their passwords each time. ${whatHelps[process.platform] ?? ''}`.trim(),
      },
    ],
  };
}

const whatHelps: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'A keyring such as gnome-keyring, installed and unlocked, changes that at the next start.',
  darwin: 'Unlock the login keychain and start Proxima again.',
  win32: 'The Credential Manager service of Windows has to run.',
};

/** Whoever used a key before, and started without it now, misses the passwords in the file. */
async function noticeFile(folder: string): Promise<readonly Notice[]> {
  const path = join(folder, 'secrets.json');
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return [];
  return [
    {
      id: 'secrets-in-file',
      title: 'Some passwords are in an encrypted file',
      text: `${path} was made with a key, and Proxima was started without one, so that passwords come from the keychain. Start it with PROXIMA_KEY to use the file, or move what is in it to the keychain with --move-secrets=keychain.`,
    },
  ];
}
