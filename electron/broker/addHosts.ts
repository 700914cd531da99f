import { z } from 'zod';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import { generalVault, hostDraftSchema, hostIdSchema, secretSchema } from '../../shared/model/host.ts';
import type { HostEditor } from './hostEditor.ts';
import type { HostStore, SecretStore } from './ports.ts';

/** A file of hosts that are saved at start, with their secrets: sample hosts, or those that an administrator hands out. */
const hostFileSchema = z.object({
  vault: z.string().trim().min(1).max(100),
  hosts: z.array(
    z.object({
      id: hostIdSchema,
      draft: hostDraftSchema.omit({ vaultId: true }),
      secret: secretSchema,
    }),
  ),
});

/** Saves the hosts of a host file. Those that are there already, by id, are replaced. */
export async function addHosts(
  text: string,
  ports: { hosts: HostStore; secrets: SecretStore; editor: HostEditor; now: () => number },
): Promise<Result<number>> {
  const parsed = parseHostFile(text);
  if (!parsed.ok) return parsed;
  const { vault, hosts } = parsed.value;
  const known = [generalVault, ...ports.hosts.vaults()].find(({ name }) => name === vault);
  const saved = known ? succeed({ vaultId: known.id }) : await ports.editor.saveVault(undefined, vault);
  if (!saved.ok) return saved;
  for (const { id, secret } of hosts) {
    const written = await ports.secrets.write(id, secret);
    if (!written.ok) return written;
  }
  const { vaultId } = saved.value;
  const put = await ports.hosts.putHosts(
    hosts.map(({ id, draft }) => ({ ...draft, id, vaultId, updatedAt: ports.now() })),
  );
  return put.ok ? succeed(hosts.length) : put;
}

function parseHostFile(text: string): Result<z.infer<typeof hostFileSchema>> {
  try {
    const parsed = hostFileSchema.safeParse(JSON.parse(text));
    if (parsed.success) return succeed(parsed.data);
    const [issue] = parsed.error.issues;
    return fail('input_invalid', `${issue?.path.join('.')}: ${issue?.message}`);
  } catch {
    return fail('input_invalid', 'the host file is not JSON');
  }
}
