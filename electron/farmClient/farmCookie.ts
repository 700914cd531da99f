import { createHash } from 'node:crypto';
import type { SecretStore } from '../broker/ports.ts';

/** Who this app is signed in as at its farm: `<secret>.<route>`. Never leaves this process but for the farm. */
export interface FarmCookie {
  current(): string | undefined;
  /** Of `Set-Cookie` headers; what isn't ours is left alone. */
  note(headers: readonly string[] | undefined): Promise<void>;
  forget(): Promise<void>;
}

/** Read from where passwords are kept, and written there; where nothing protects them it lasts as long as this process. */
export async function openFarmCookie(
  address: string,
  secrets: Pick<SecretStore, 'kind' | 'read' | 'write'>,
): Promise<FarmCookie> {
  const entry = entryOf(address);
  const stored = secrets.kind === 'none' ? undefined : await secrets.read(entry);
  const known = stored?.ok ? stored.value.password : undefined;
  let value = known !== undefined && isCookie(known) ? known : undefined;

  async function keep(next: string | undefined): Promise<void> {
    if (next === value) return;
    value = next;
    // Where it can't be written, its person signs in again at the next start.
    if (secrets.kind !== 'none') await secrets.write(entry, next === undefined ? {} : { password: next });
  }

  return {
    current: () => value,
    async note(headers) {
      for (const header of headers ?? []) {
        const [, given = ''] = /^__Host-proxima=([^;]*)/.exec(header) ?? [];
        if (isCookie(given)) await keep(given);
      }
    },
    forget: () => keep(undefined),
  };
}

export const cookieHeaderOf = (value: string): string => `__Host-proxima=${value}`;

const isCookie = (value: string) => /^[\w-]{43}\.[\w-]{1,64}$/.test(value);

/** An entry's name has the form of a host's id (RFC 9562, section 5.8). */
function entryOf(address: string): string {
  const hex = createHash('sha256').update(`proxima farm ${address}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
