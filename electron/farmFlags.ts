import { readFile } from 'node:fs/promises';
import { endpointSchema, poolIdSchema } from '../shared/model/pool.ts';
import type { FarmRegistry } from './gatewayOptions.ts';
import type { Engine } from './registry/engine.ts';
import { createEtcdEngine } from './registry/etcd/engine.ts';
import type { EtcdIdentity } from './registry/etcd/identity.ts';

/** How commands are told of a farm's etcd, for `parseArgs`; named as the gateway's flags are. */
export const farmFlags = {
  registry: { type: 'string', multiple: true },
  'registry-authority': { type: 'string' },
  'registry-certificate': { type: 'string' },
  'registry-key': { type: 'string' },
  pool: { type: 'string', default: 'main' },
} as const;

export const farmFlagsUsage = `  --registry URL,…             the etcd members that all nodes share, such as https://etcd-1.example:2379
  --registry-authority FILE    PEM, the authority of the members' certificates
  --registry-certificate FILE  PEM, the client certificate of a gateway
  --registry-key FILE          PEM, its private key
  --pool ID                    the pool that the farm's documents lie in (default main)
`;

interface FarmFlags {
  readonly registry?: readonly string[] | undefined;
  readonly 'registry-authority'?: string | undefined;
  readonly 'registry-certificate'?: string | undefined;
  readonly 'registry-key'?: string | undefined;
  readonly pool: string;
}

/**
 * The farm that the flags name; `undefined` where they name none.
 *
 * @throws with a sentence for the person where they can't be understood.
 */
export function parseFarmFlags(flags: FarmFlags): FarmRegistry | undefined {
  const urls = (flags.registry ?? []).flatMap((text) => text.split(',')).map((url) => url.trim());
  if (urls.length === 0) return undefined;
  const wrong = urls.find((url) => !endpointSchema.safeParse(url).success);
  if (wrong !== undefined)
    throw new Error(`--registry takes an address like https://name:2379, not ${wrong}`);
  if (!poolIdSchema.safeParse(flags.pool).success)
    throw new Error(`--pool takes lower-case letters, digits and hyphens, at most 32, not ${flags.pool}`);
  const { 'registry-certificate': certificate, 'registry-key': key, 'registry-authority': authority } = flags;
  if ((certificate === undefined) !== (key === undefined))
    throw new Error('--registry-certificate and --registry-key are given together');
  const identity = certificate !== undefined && key !== undefined ? { certificate, key } : undefined;
  return { endpoints: urls, authority, identity, poolId: flags.pool };
}

/** A farm's etcd, not asked anything yet. */
export interface FarmConnection {
  readonly engine: Engine;
  readonly poolId: string;
}

/** The same, with what it takes to connect again. */
export interface ConnectedFarm extends FarmConnection {
  readonly endpoints: readonly string[];
  readonly identity: EtcdIdentity;
}

/** @throws the file system's error where a PEM file can't be read. */
export async function connectFarm({
  endpoints,
  authority,
  identity,
  poolId,
}: FarmRegistry): Promise<ConnectedFarm> {
  const read = (path: string) => readFile(path, 'utf8');
  const shown: EtcdIdentity = {
    authoritiesPem: authority === undefined ? undefined : await read(authority),
    clientCertificate: identity && {
      certificatePem: await read(identity.certificate),
      privateKeyPem: await read(identity.key),
    },
  };
  return { engine: createEtcdEngine({ endpoints, identity: shown }), poolId, endpoints, identity: shown };
}
