import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Result, succeed } from '../shared/contract/failure.ts';
import type { Pool } from '../shared/model/pool.ts';
import type { RegistryMember } from '../shared/model/registryHealth.ts';
import type { CertificateStore, Registry } from './broker/ports.ts';
import { systemClock } from './registry/clock.ts';
import { beginEpoch, createEmbeddedRegistry } from './registry/embedded.ts';
import { createEtcdEngine } from './registry/etcd/engine.ts';
import type { EtcdIdentity } from './registry/etcd/identity.ts';
import { checkEndpoints, createMemberSource } from './registry/etcd/maintenance.ts';
import { createPooledRegistry, type PooledRegistry } from './registry/pools.ts';
import { createRegistry } from './registry/registry.ts';
import { sealConnectionId } from './registry/seal.ts';

interface RegistryOptions {
  readonly pools: readonly Pool[];
  readonly certificates: Pick<CertificateStore, 'readClient'>;
  readonly dataFolder: string;
  /** The route of this gateway; `''` for a desktop. */
  readonly route: string;
  readonly log: Logger;
  /** The pool of the farm itself, which this node is told of by its flags. */
  readonly farmPool?: FarmPool | undefined;
}

export interface FarmPool {
  readonly pool: Pool;
  readonly identity: EtcdIdentity;
}

/** What a process without a client certificate is called in the keys of a pool that asks for none. */
const nobody = 'anyone';

/** The registry over the pools of the settings, or of this machine alone. Fails with `store_failed`. */
export async function openRegistry(options: RegistryOptions): Promise<Result<PooledRegistry>> {
  const { pools, dataFolder, route, log } = options;
  const epochFile = join(dataFolder, 'registry-epoch.json');
  // Asked for here as well, so that a disk that takes nothing is told at the start, and not when sessions are lost by it.
  const writable = await beginEpoch(epochFile);
  if (!writable.ok) return writable;
  return succeed(
    await createPooledRegistry(pools, {
      async open(pool) {
        if (pool) return openPool(pool, options);
        const began = await beginEpoch(epochFile);
        const firstRevision = began.ok ? began.value : writable.value;
        return createEmbeddedRegistry({ firstRevision, route, log });
      },
      log,
    }),
  );
}

async function openPool(pool: Pool, options: RegistryOptions): Promise<Registry> {
  const { route, log } = options;
  const isFarms = pool.id === options.farmPool?.pool.id && pool.clientCertificate === undefined;
  const identity =
    isFarms && options.farmPool
      ? succeed(options.farmPool.identity)
      : await readIdentity(pool, options.certificates);
  // Without the certificate that the pool asks for its members refuse us, and say why; nothing here may keep Proxima from starting.
  if (!identity.ok)
    log.warn({ pool: pool.id, failure: identity.failure }, 'A client certificate can not be read');
  const known: EtcdIdentity = identity.ok ? identity.value : { authoritiesPem: pool.authoritiesPem };
  const engine = createEtcdEngine({ endpoints: pool.endpoints, identity: known });
  const members = createMemberSource(pool, known);
  const registry = createRegistry({
    kind: 'etcd',
    engine,
    pool,
    user: userOf(known),
    route,
    async seal(connectionId, sessionId, poolKey) {
      if (poolKey === undefined) return undefined;
      const sealed = await sealConnectionId(poolKey, sessionId, connectionId);
      return sealed.ok ? sealed.value : undefined;
    },
    members: () => members.ask(),
    clock: systemClock,
    wallNow: Date.now,
    random: Math.random,
    log,
  });
  return {
    ...registry,
    async close() {
      await registry.close();
      members.close();
      await engine.close();
    },
  };
}

/** The live check of a pool as an administrator has it before them. */
export async function* checkPool(
  pool: Pool,
  certificates: Pick<CertificateStore, 'readClient'>,
): AsyncGenerator<RegistryMember> {
  const identity = await readIdentity(pool, certificates);
  if (identity.ok) return yield* checkEndpoints(pool, identity.value);
  for (const endpoint of pool.endpoints)
    yield { endpoint, alarms: [], warnings: [], failure: identity.failure };
}

async function readIdentity(
  { authoritiesPem, clientCertificate: serial }: Pool,
  certificates: Pick<CertificateStore, 'readClient'>,
): Promise<Result<EtcdIdentity>> {
  if (serial === undefined) return succeed({ authoritiesPem });
  const clientCertificate = await certificates.readClient(serial);
  return clientCertificate.ok
    ? succeed({ authoritiesPem, clientCertificate: clientCertificate.value })
    : clientCertificate;
}

/** Whom etcd takes us for: the common name of what we show it. */
function userOf({ clientCertificate }: EtcdIdentity): string {
  if (!clientCertificate) return nobody;
  const { subject } = new X509Certificate(clientCertificate.certificatePem);
  return /^CN=(.+)$/m.exec(subject)?.[1] ?? nobody;
}
