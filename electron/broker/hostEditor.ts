import { randomUUID } from 'node:crypto';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import {
  generalVault,
  type Host,
  type HostDraft,
  type Secret,
  type StoredSecret,
} from '../../shared/model/host.ts';
import type { HostStore, SecretStore } from './ports.ts';

/** How long a removed host can be brought back, with its secret. */
const undoTimeMs = 60_000;

/** What people do with saved hosts: document and secret change together, or neither does. */
export interface HostEditor {
  read(hostId: string): Promise<Result<{ host: Host; stored: StoredSecret }>>;
  save(hostId: string | undefined, draft: HostDraft, secret: Secret): Promise<Result<{ hostId: string }>>;
  duplicate(hostId: string): Promise<Result<{ hostId: string }>>;
  remove(hostIds: readonly string[], who: string): Promise<Result<{ removalId: string }>>;
  /** Only by who removed them; `check` is asked for every vault that gets hosts back. */
  undoRemove(removalId: string, who: string, check: (vaultId: string) => Result<void>): Promise<Result<void>>;
  saveVault(vaultId: string | undefined, name: string): Promise<Result<{ vaultId: string }>>;
  removeVault(vaultId: string): Promise<Result<void>>;
  /** Carries out the removals that can't be undone any more. */
  close(): Promise<void>;
}

export interface HostEditorPorts {
  readonly hosts: HostStore;
  readonly secrets: SecretStore;
  readonly now: () => number;
}

const isEmpty = (secret: Secret) => Object.values(secret).every((part) => part === undefined);

/** Parts that are `''` are deleted, absent ones kept. */
function mergeSecret(stored: Secret, change: Secret): Secret {
  const merged = { ...stored, ...change };
  return Object.fromEntries(Object.entries(merged).filter(([, part]) => part !== '' && part !== undefined));
}

export function createHostEditor({ hosts, secrets, now }: HostEditorPorts): HostEditor {
  const removals = new Map<string, { hosts: readonly Host[]; who: string; timer: NodeJS.Timeout }>();

  const findHost = (hostId: string) => hosts.hosts().get(hostId);
  const hasVault = (vaultId: string) => hosts.vaults().some((vault) => vault.id === vaultId);

  async function forgetRemoval(removalId: string): Promise<void> {
    const removal = removals.get(removalId);
    if (!removal) return;
    clearTimeout(removal.timer);
    removals.delete(removalId);
    await secrets.remove(removal.hosts.map((host) => host.id));
  }

  return {
    async read(hostId) {
      const host = findHost(hostId);
      if (!host) return fail('host_unknown');
      const stored = await secrets.describe(hostId);
      return stored.ok ? succeed({ host, stored: stored.value }) : stored;
    },

    async save(hostId, draft, secret) {
      if (hostId !== undefined && !findHost(hostId)) return fail('host_unknown');
      if (!hasVault(draft.vaultId)) return fail('vault_unknown');
      const id = hostId ?? randomUUID();
      if (!isEmpty(secret)) {
        const stored = await secrets.read(id);
        if (!stored.ok) return stored;
        const written = await secrets.write(id, mergeSecret(stored.value, secret));
        if (!written.ok) return written;
      }
      const host: Host = { ...draft, id, updatedAt: now() };
      const put = await hosts.putHosts([host]);
      return put.ok ? succeed({ hostId: id }) : put;
    },

    async duplicate(hostId) {
      const host = findHost(hostId);
      if (!host) return fail('host_unknown');
      const copy: Host = {
        ...host,
        id: randomUUID(),
        name: `${host.name.slice(0, 190)} (copy)`,
        updatedAt: now(),
      };
      const stored = await secrets.read(hostId);
      if (!stored.ok) return stored;
      if (!isEmpty(stored.value)) {
        const written = await secrets.write(copy.id, stored.value);
        if (!written.ok) return written;
      }
      const put = await hosts.putHosts([copy]);
      return put.ok ? succeed({ hostId: copy.id }) : put;
    },

    async remove(hostIds, who) {
      const removed = hostIds.flatMap((hostId) => findHost(hostId) ?? []);
      if (removed.length === 0) return fail('host_unknown');
      const done = await hosts.removeHosts(removed.map((host) => host.id));
      if (!done.ok) return done;
      const removalId = randomUUID();
      const timer = setTimeout(() => void forgetRemoval(removalId), undoTimeMs);
      timer.unref();
      removals.set(removalId, { hosts: removed, who, timer });
      return succeed({ removalId });
    },

    async undoRemove(removalId, who, check) {
      const removal = removals.get(removalId);
      if (removal?.who !== who) return fail('host_unknown');
      const vaultIds = new Set(hosts.vaults().map((vault) => vault.id));
      const restored = removal.hosts.map((host) =>
        vaultIds.has(host.vaultId) ? host : { ...host, vaultId: generalVault.id },
      );
      for (const vaultId of new Set(restored.map((host) => host.vaultId))) {
        const checked = check(vaultId);
        if (!checked.ok) return checked;
      }
      const put = await hosts.putHosts(restored);
      if (!put.ok) return put;
      clearTimeout(removal.timer);
      removals.delete(removalId);
      return put;
    },

    async saveVault(vaultId, name) {
      if (vaultId !== undefined && !hasVault(vaultId)) return fail('vault_unknown');
      const id = vaultId ?? randomUUID();
      const put = await hosts.putVault({ id, name });
      return put.ok ? succeed({ vaultId: id }) : put;
    },

    async removeVault(vaultId) {
      if (!hasVault(vaultId)) return fail('vault_unknown');
      const inUse = [...hosts.hosts().values()].some((host) => host.vaultId === vaultId);
      if (inUse || vaultId === generalVault.id) return fail('vault_in_use');
      return hosts.removeVault(vaultId);
    },

    async close() {
      await Promise.all([...removals.keys()].map(forgetRemoval));
    },
  };
}
