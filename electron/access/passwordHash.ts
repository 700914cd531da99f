import { argon2id, argon2Verify } from 'hash-wasm';
import { randomBytes } from 'node:crypto';

/** Argon2id (RFC 9106). */
export interface HashCost {
  readonly memoryKib: number;
  readonly iterations: number;
  readonly parallelism: number;
}

/** What is worked on, away from the thread that relays sessions. */
export type PasswordWork =
  | { readonly kind: 'hash'; readonly password: string; readonly cost: HashCost }
  | { readonly kind: 'verify'; readonly password: string; readonly hash: string };

/** The parameters and the salt are in the hash: a PHC string, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
const phcPattern =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{22,}$/;
/** A changed document must not ask for all memory. */
const memoryLimitKib = 1024 * 1024;

const saltBytes = 16;
const hashBytes = 32;

/** `undefined` where this is no hash of ours. */
export function costOf(hash: string): HashCost | undefined {
  const match = phcPattern.exec(hash);
  if (!match) return undefined;
  const [memoryKib = 0, iterations = 0, parallelism = 0] = match.slice(1).map(Number);
  return memoryKib <= memoryLimitKib ? { memoryKib, iterations, parallelism } : undefined;
}

/** Passwords are compared as Unicode NFC (RFC 8265, section 4.2). */
export async function doPasswordWork(work: PasswordWork): Promise<string | boolean> {
  const password = work.password.normalize('NFC');
  if (work.kind === 'verify')
    return (
      password !== '' &&
      costOf(work.hash) !== undefined &&
      (await argon2Verify({ password, hash: work.hash }))
    );
  return argon2id({
    password,
    salt: randomBytes(saltBytes),
    memorySize: work.cost.memoryKib,
    iterations: work.cost.iterations,
    parallelism: work.cost.parallelism,
    hashLength: hashBytes,
    outputType: 'encoded',
  });
}
