import type { SecretStore } from './broker/ports.ts';
import { openEncryptedFile } from './secrets/encryptedFile.ts';

const keyVariable = 'PROXIMA_KEY';

/** The key in the environment, if there is one. Takes it out: no process that is started from here inherits it. */
export function takeKeyFromEnvironment(): string | undefined {
  const key = process.env[keyVariable];
  delete process.env[keyVariable];
  return key === '' ? undefined : key;
}

/**
 * Opens the encrypted file of passwords in a data folder.
 *
 * @throws with a sentence for the person: the key is another one or too short, or the file is damaged.
 */
export async function openKeyedSecrets(folder: string, key: string): Promise<SecretStore> {
  const opened = await openEncryptedFile({ folder, key });
  if (opened.ok) return opened.value;
  const { code, detail } = opened.failure;
  throw new Error(`the encrypted file of passwords can't be opened: ${detail ?? code}`);
}
