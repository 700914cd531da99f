import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import { type Host, type Vault, vaultSchema } from '../../shared/model/host.ts';
import { inSlices } from '../disk/slices.ts';
import { storedHostSchema } from './hostDocument.ts';

/** Checks hosts as they will be checked when they are read again, and keeps the fields that only their stored form has. */
export async function composeStoredHosts(
  hosts: readonly Host[],
  stored: ReadonlyMap<string, Host>,
): Promise<Result<readonly Host[]>> {
  const composed: Host[] = [];
  for await (const host of inSlices(hosts)) {
    const parsed = storedHostSchema.safeParse(host);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return fail('input_invalid', issue && `${issue.path.join('.')}: ${issue.message}`);
    }
    const before = stored.get(host.id) ?? {};
    const unknown = Object.entries(before).filter(([name]) => !Object.hasOwn(storedHostSchema.shape, name));
    composed.push({ ...Object.fromEntries(unknown), ...parsed.data });
  }
  return succeed(composed);
}

/** {@link composeStoredHosts} for a vault. */
export function composeStoredVault(vault: Vault, stored: Vault | undefined): Result<Vault> {
  const parsed = vaultSchema.safeParse(vault);
  return parsed.success
    ? succeed({ ...stored, ...parsed.data })
    : fail('input_invalid', parsed.error.issues[0]?.message);
}
