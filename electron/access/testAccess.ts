import { type Result, succeed } from '../../shared/contract/failure.ts';
import { type Access, emptyAccess } from '../../shared/model/access.ts';
import { createOwner } from '../broker/caller.ts';
import { createMemoryCollection } from '../collections/memoryCollection.ts';
import { createGatewayAccess, type GatewayAccessOptions } from './access.ts';
import type { AccountDocument } from './accountDocument.ts';
import { doPasswordWork, type HashCost } from './passwordHash.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import type { SignInDocument } from './signIns.ts';

/** As cheap as Argon2 gets: tests hash many. */
export const testCost: HashCost = { memoryKib: 16, iterations: 1, parallelism: 1 };

/** Hashes on this thread. */
export const createTestPasswords = (cost = testCost): Passwords =>
  createPasswords(
    {
      work: async (work) => succeed(await doPasswordWork(work)),
      close: () => Promise.resolve(),
    },
    cost,
  );

export interface AuditedEntry {
  readonly who: string;
  readonly what: string;
  readonly details: string[];
}

/** Access over collections in memory, with what it wrote into the audit log, and settings that a test may change. */
export function createTestAccess(options: Partial<GatewayAccessOptions> = {}) {
  const audited: AuditedEntry[] = [];
  const settings: { access: Access } = { access: structuredClone(emptyAccess) };
  const collections = {
    accounts: createMemoryCollection<AccountDocument>(),
    signIns: createMemoryCollection<SignInDocument>(),
  };
  const access = createGatewayAccess({
    ...collections,
    access: () => settings.access,
    passwords: createTestPasswords(),
    keyMaterial: 'a key for tests only',
    owner: createOwner('owner'),
    isTokenWanted: false,
    route: 'hosta',
    createProvider: () => {
      throw new Error('there are local accounts only');
    },
    audit: {
      append(entry): Promise<Result<void>> {
        audited.push(entry);
        return Promise.resolve(succeed(undefined));
      },
    },
    ...options,
  });
  return { access, audited, settings, collections };
}
