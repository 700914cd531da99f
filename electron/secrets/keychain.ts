import { randomUUID } from 'node:crypto';
import type * as keytarModule from 'keytar';
import { z } from 'zod';
import { fail, succeed, type FailureCode, type Result } from '../../shared/contract/failure.ts';
import { hostIdSchema, type Secret } from '../../shared/model/host.ts';
import type { SecretStore } from '../broker/ports.ts';
import { describeSecret, dropEmptyParts, parseSecret } from './secretEntry.ts';

/** What is used of keytar. */
export type Keytar = Pick<
  typeof keytarModule,
  'getPassword' | 'setPassword' | 'deletePassword' | 'findCredentials'
>;

const service = 'Proxima';

/**
 * Windows takes at most 2,560 bytes in one credential (CRED_MAX_CREDENTIAL_BLOB_SIZE), which an RSA key exceeds. Longer texts
 * are spread over further credentials, everywhere alike.
 */
const maximumPieceLength = 2400;

/** In place of a secret: the accounts whose values, put together, are it. */
const piecesSchema = z.strictObject({ pieces: z.array(z.string()).min(1) });

const probeAccount = 'probe';
/** How long the start waits for the person to unlock a keyring. */
const unlockPatienceMs = 60_000;

/**
 * Opens the keychain of the operating system; where it is locked, the system asks the person to unlock it. Fails with
 * `secrets_unavailable` where there is none (without libsecret, without D-Bus, without a keyring) or it stays locked.
 */
export async function openKeychain(
  load: () => Promise<Keytar> = loadKeytar,
  patienceMs = unlockPatienceMs,
): Promise<Result<SecretStore>> {
  try {
    const keytar = await load();
    const late = new Promise<never>((_, reject) => {
      const giveUp = () => reject(new Error('the keychain was not unlocked in time'));
      setTimeout(giveUp, patienceMs).unref();
    });
    await Promise.race([probe(keytar), late]);
    return succeed(createKeychainStore(keytar));
  } catch (error) {
    return fail('secrets_unavailable', messageOf(error));
  }
}

/** A keyring that is locked answers as if it had nothing; only an entry shows that it keeps any. */
async function probe(keytar: Keytar): Promise<void> {
  const value = randomUUID();
  await keytar.setPassword(service, probeAccount, value);
  const kept = await keytar.getPassword(service, probeAccount);
  if (kept !== value) throw new Error('the keychain does not keep what it is given');
  await keytar.deletePassword(service, probeAccount);
}

async function loadKeytar(): Promise<Keytar> {
  const module: Keytar & { readonly default?: Keytar } = await import('keytar');
  return module.default ?? module;
}

function createKeychainStore(keytar: Keytar): SecretStore {
  /** Changes of one host one after the other, so that their pieces don't mix. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work, work);
    turn = result.catch(() => undefined);
    return result;
  };

  async function read(hostId: string): Promise<Result<Secret>> {
    const text = await keytar.getPassword(service, hostId);
    if (text === null) return succeed({});
    const accounts = parsePieces(text);
    const pieces = await Promise.all((accounts ?? []).map((account) => keytar.getPassword(service, account)));
    const secret = parseSecret(accounts === undefined ? text : pieces.join(''));
    return secret === undefined
      ? fail('secrets_unreadable', 'the entry in the keychain is not one of Proxima')
      : succeed(secret);
  }

  /** The pieces come first and the old ones go last, so that at every moment the entry is the old or the new secret. */
  async function write(hostId: string, secret: Secret | undefined): Promise<void> {
    const before = await keytar.getPassword(service, hostId);
    if (secret !== undefined) await replace(hostId, toAscii(JSON.stringify(secret)));
    else if (before !== null) await keytar.deletePassword(service, hostId);
    await deletePieces((before !== null && parsePieces(before)) || []);
  }

  async function replace(hostId: string, text: string): Promise<void> {
    if (text.length <= maximumPieceLength) return keytar.setPassword(service, hostId, text);
    const edition = randomUUID();
    const pieces: string[] = [];
    try {
      for (let start = 0; start < text.length; start += maximumPieceLength) {
        const account = `${hostId}/${edition}/${pieces.length + 1}`;
        pieces.push(account);
        await keytar.setPassword(service, account, text.slice(start, start + maximumPieceLength));
      }
      await keytar.setPassword(service, hostId, JSON.stringify({ pieces }));
    } catch (error) {
      await deletePieces(pieces).catch(() => undefined);
      throw error;
    }
  }

  async function deletePieces(accounts: readonly string[]): Promise<void> {
    for (const account of accounts) await keytar.deletePassword(service, account);
  }

  return {
    kind: 'keychain',
    read: (hostId) => guard('secrets_unreadable', () => inTurn(() => read(hostId))),
    write: (hostId, secret) =>
      guard('secrets_unavailable', async () =>
        succeed(await inTurn(() => write(hostId, dropEmptyParts(secret)))),
      ),
    remove: (hostIds) =>
      guard('secrets_unavailable', async () => {
        for (const hostId of hostIds) await inTurn(() => write(hostId, undefined));
        return succeed(undefined);
      }),
    describe: (hostId) =>
      guard('secrets_unreadable', async () => {
        const secret = await inTurn(() => read(hostId));
        return secret.ok ? succeed(describeSecret(secret.value)) : secret;
      }),
    listHostIds: () =>
      guard('secrets_unreadable', async () => {
        const credentials = await keytar.findCredentials(service);
        return succeed(
          credentials
            .map(({ account }) => account)
            .filter((account) => hostIdSchema.safeParse(account).success),
        );
      }),
  };
}

function parsePieces(text: string): readonly string[] | undefined {
  try {
    return piecesSchema.safeParse(JSON.parse(text)).data?.pieces;
  } catch {
    return undefined;
  }
}

/** One byte for each character, so that a piece's length is its size and no character is cut. */
const toAscii = (json: string): string =>
  json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

async function guard<T>(code: FailureCode, work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    return fail(code, messageOf(error));
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
