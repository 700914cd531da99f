import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { describeFailure, type Failure } from '../shared/contract/failure.ts';
import type { SecretStore } from './broker/ports.ts';
import { lockFolder } from './disk/folderLock.ts';
import { openCertificateDocument } from './secrets/certificateDocument.ts';
import { openEncryptedFile, rotateKey } from './secrets/encryptedFile.ts';
import { type Keytar, openKeychain } from './secrets/keychain.ts';
import { keyEntryOf } from './secrets/keyVault.ts';
import { moveSecrets } from './secrets/moveSecrets.ts';
import { openHostStore } from './store/hostStore.ts';

/** What a command has to say to a person; `exitCode` 1 where it changed nothing. */
interface CommandOutcome {
  readonly sentence: string;
  readonly exitCode: 0 | 1;
}

/** The key of a file, or that of the environment; a file wins. */
export async function readKey(
  file: string | undefined,
  given: string | undefined,
): Promise<string | undefined> {
  const key = file === undefined ? given : (await readFile(file, 'utf8')).trim();
  return key === '' ? undefined : key;
}

/** `secrets rotate`: seals the encrypted file of a data folder with another key, while no Proxima runs on it. */
export async function rotateSecrets(options: {
  readonly folder: string;
  readonly key: string | undefined;
  readonly newKey: string | undefined;
}): Promise<CommandOutcome> {
  const { folder, key, newKey } = options;
  if (key === undefined)
    return refuse('The key that the file has now is missing: give --key-file FILE, or PROXIMA_KEY.');
  if (newKey === undefined)
    return refuse('The new key is missing: give --new-key-file FILE, or PROXIMA_NEW_KEY.');
  return whileLocked(folder, async () => {
    const rotated = await rotateKey({ folder, key, newKey });
    if (!rotated.ok) return refuseFor(rotated.failure);
    const { entries, notices } = rotated.value;
    const told = notices.map(({ text }) => text);
    return accept(
      [
        `The new key opens ${count(entries)} in ${folder} from now on, and the old key none. Copies that you made of the folder still open with the old one.`,
        ...told,
      ].join(' '),
    );
  });
}

/**
 * `secrets move`: brings the secrets of a data folder from the encrypted file to the keychain of the account that runs this, or
 * back. Those of other data folders in the same keychain stay.
 */
export async function moveStoredSecrets(options: {
  readonly folder: string;
  readonly key: string | undefined;
  readonly to: string | undefined;
  readonly log: Logger;
  readonly loadKeytar?: () => Promise<Keytar>;
}): Promise<CommandOutcome> {
  const { folder, key, to, log, loadKeytar } = options;
  if (to !== 'keychain' && to !== 'file') return refuse('Say where to: “keychain” or “file”.');
  if (key === undefined)
    return refuse('The key of the encrypted file is missing: give --key-file FILE, or PROXIMA_KEY.');
  if (!(await isThere(folder))) return refuse(`There is no data folder ${folder}.`);
  const hosts = await openHostStore({ folder, log });
  if (!hosts.ok) return refuseFor(hosts.failure);
  try {
    const [file, keychain] = [await openEncryptedFile({ folder, key }), await openKeychain(loadKeytar)];
    if (!file.ok) return refuseFor(file.failure);
    if (!keychain.ok) return refuseFor(keychain.failure);
    const certificates = await openCertificateDocument({ folder, log });
    if (!certificates.ok) return refuseFor(certificates.failure);
    const known = [
      ...hosts.value.store.hosts().keys(),
      ...certificates.value.records.certificates.map(({ pin }) => keyEntryOf(pin)),
    ];
    const [entryIds, source, target]: [readonly string[], SecretStore, SecretStore] =
      to === 'keychain'
        ? [file.value.listEntryIds(), file.value, keychain.value]
        : [known, keychain.value, file.value];
    const moved = await moveSecrets(entryIds, source, target);
    if (!moved.ok) return refuseFor(moved.failure);
    const next =
      to === 'keychain' ? 'Start Proxima without the key from now on.' : 'Start Proxima with the key.';
    const place = to === 'keychain' ? 'the keychain' : join(folder, 'secrets.json');
    return accept(`Moved ${count(moved.value)} to ${place}. ${next}`);
  } finally {
    await hosts.value.store.close();
  }
}

async function whileLocked(folder: string, work: () => Promise<CommandOutcome>): Promise<CommandOutcome> {
  if (!(await isThere(folder))) return refuse(`There is no data folder ${folder}.`);
  const lock = await lockFolder(folder);
  if (!lock.ok) return refuseFor(lock.failure);
  try {
    return await work();
  } finally {
    await lock.value.release();
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const count = (entries: number): string => (entries === 1 ? '1 entry' : `${entries} entries`);
const accept = (sentence: string): CommandOutcome => ({ sentence, exitCode: 0 });
const refuse = (sentence: string): CommandOutcome => ({ sentence, exitCode: 1 });

function refuseFor(failure: Failure): CommandOutcome {
  const { what, safe, next } = describeFailure(failure);
  const detail = failure.detail === undefined ? '' : ` (${failure.detail})`;
  return refuse([`${what.replace(/\.$/, '')}${detail}.`, safe, next].filter(Boolean).join(' '));
}
