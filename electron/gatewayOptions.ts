import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { routeSchema } from '../shared/model/farm.ts';
import { endpointSchema, poolIdSchema } from '../shared/model/pool.ts';
import { authorityOf, isLoopbackAuthority } from './gateway/authority.ts';
import { type EngineName, engineNames } from './manager/engineNames.ts';
import { parseTrustedProxies, type TrustedProxies } from './gateway/trustedProxies.ts';

export const gatewayUsage = `Usage: node dist/electron/headless.js gateway [options]
       node dist/electron/headless.js gateway lb-config --help

proxima gateway is the broker over HTTPS and WebSocket, for browsers. Prints the address to open, with a one-time sign-in token in it.
gateway lb-config prints the configuration of a balancer in front of several.

  --config FILE                JSON with the same names, such as {"listen": "127.0.0.1:6443", "public-name": ["proxima.example"]};
                               what is given here wins
  --listen ADDRESS:PORT        where to listen; port 0 takes a free one (default 127.0.0.1:0)
  --public-name NAME[:PORT]    a name under which people reach it, as in their address bar; may be repeated
  --certificate FILE           PEM, with the chain (default: one made for the names above, kept in the data folder)
  --key FILE                   PEM, the certificate's private key
  --data FOLDER                stored hosts, settings and logs (default ${join('~', '.local', 'share', 'proxima')})
  --key-file FILE              opens the encrypted file of passwords; its content is the key. Without it passwords are not
                               stored, but asked for at each opening. Or the environment variable PROXIMA_KEY.
  --client-certificate FILE    PEM, shown to session managers that ask for one
  --client-key FILE            PEM, its private key
  --add-hosts FILE             hosts to save at start: JSON of {"vault", "hosts": [{"id", "draft", "secret"}]}
  --local-manager ENGINE       what this machine's own session manager opens sessions with, where none is configured: auto (guacd where
                               there is one, else the built-in engine), guacd, built-in, or none to have no such manager (default auto)
  --new-administrator-token    print a one-time token although there is an administrator: where nobody gets in who may administer

Behind a balancer:
  --trusted-proxies CIDR,…     balancers whose X-Forwarded-For, -Proto and -Host are believed; from anybody else they are ignored
  --plain                      HTTP without encryption, to a balancer on this machine; on loopback only
  --plain-behind-balancer      the same on any address. RISK: whoever listens on the way to the balancer reads passwords and
                               pictures, and can change them.
  --drain-seconds SECONDS      how long SIGTERM waits for sessions to be handed over (default 30 in a farm, else 0);
                               a second signal ends the waiting
  --metrics ADDRESS:PORT       numbers for Prometheus at http://ADDRESS:PORT/metrics, on loopback only (default: nowhere)

A node of a farm:
  --route ROUTE                the end of this node's sticky cookie, such as hosta: lower-case letters, digits and hyphens
  --node-address URL           where the other nodes reach it, such as https://10.0.0.5:6443 (default: where it listens)
  --registry URL,…             the etcd members that all nodes share, such as https://etcd-1.example:2379
  --registry-authority FILE    PEM, the authority of the members' certificates
  --registry-certificate FILE  PEM, the client certificate of this node
  --registry-key FILE          PEM, its private key
  --pool ID                    the pool that the farm's documents lie in (default main)

  --help                       this text
`;

export const gatewayFlags = {
  config: { type: 'string' },
  listen: { type: 'string' },
  'public-name': { type: 'string', multiple: true },
  certificate: { type: 'string' },
  key: { type: 'string' },
  data: { type: 'string' },
  'key-file': { type: 'string' },
  'client-certificate': { type: 'string' },
  'client-key': { type: 'string' },
  'add-hosts': { type: 'string' },
  'local-manager': { type: 'string' },
  'new-administrator-token': { type: 'boolean' },
  'trusted-proxies': { type: 'string', multiple: true },
  plain: { type: 'boolean' },
  'plain-behind-balancer': { type: 'boolean' },
  'drain-seconds': { type: 'string' },
  metrics: { type: 'string' },
  route: { type: 'string' },
  'node-address': { type: 'string' },
  registry: { type: 'string', multiple: true },
  'registry-authority': { type: 'string' },
  'registry-certificate': { type: 'string' },
  'registry-key': { type: 'string' },
  pool: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const path = z.string().min(1).optional();
const isGiven = z.boolean().default(false);
/** `a,b` or a list of them. */
const list = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((given) =>
    [given]
      .flat()
      .flatMap((text) => text.split(','))
      .map((text) => text.trim())
      .filter((text) => text !== ''),
  );

const optionsSchema = z.strictObject({
  listen: z.string().default('127.0.0.1:0'),
  'public-name': list.pipe(
    z.array(
      z
        .string()
        .toLowerCase()
        .regex(
          /^[a-z0-9.-]+(?::\d{1,5})?$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/,
          'takes a name like proxima.example',
        ),
    ),
  ),
  certificate: path,
  key: path,
  data: path,
  'key-file': path,
  'client-certificate': path,
  'client-key': path,
  'add-hosts': path,
  'local-manager': z
    .enum([...engineNames, 'none'], `takes ${engineNames.join(', ')} or none`)
    .default('auto'),
  'new-administrator-token': isGiven,
  'trusted-proxies': list,
  plain: isGiven,
  'plain-behind-balancer': isGiven,
  'drain-seconds': z.coerce.number('takes a number').int('takes whole seconds').min(0).max(3600).optional(),
  metrics: z.string().optional(),
  route: routeSchema.optional(),
  'node-address': endpointSchema.optional(),
  registry: list.pipe(z.array(endpointSchema)),
  'registry-authority': path,
  'registry-certificate': path,
  'registry-key': path,
  pool: poolIdSchema.default('main'),
});

export interface FilePair {
  readonly certificate: string;
  readonly key: string;
}

/** The etcd that all nodes of a farm share. */
export interface FarmRegistry {
  readonly endpoints: readonly string[];
  readonly authority?: string | undefined;
  readonly identity?: FilePair | undefined;
  readonly poolId: string;
}

export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

/** How a gateway is to be run: understood and checked, but nothing opened yet. */
export interface GatewayCommandOptions {
  readonly listen: ListenAddress;
  readonly isPlain: boolean;
  readonly publicNames: readonly string[];
  readonly certificate?: FilePair | undefined;
  readonly clientCertificate?: FilePair | undefined;
  readonly trustedProxies: TrustedProxies;
  readonly route: string;
  /** Where the other nodes reach it; left out, where it listens. */
  readonly nodeAddress?: string | undefined;
  readonly registry?: FarmRegistry | undefined;
  readonly drainMs: number;
  readonly metrics?: ListenAddress | undefined;
  readonly dataFolder: string;
  readonly keyFile?: string | undefined;
  readonly hostFile?: string | undefined;
  /** Of this machine's own session manager; left out, there is none. */
  readonly localEngine?: EngineName | undefined;
  readonly wantsToken: boolean;
}

const soleRoute = 'gateway';
const farmDrainSeconds = 30;

export const defaultDataFolder = (): string =>
  join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'proxima');

/**
 * Reads the flags, and the file that they name.
 *
 * @throws with a sentence for the person.
 */
export async function readGatewayOptions(args: readonly string[]): Promise<GatewayCommandOptions | 'help'> {
  const { values } = parseArgs({ args: [...args], options: gatewayFlags });
  const { config, help, ...flags } = values;
  if (help === true) return 'help';
  const configured = config === undefined ? {} : parseConfig(config, await readFile(config, 'utf8'));
  return interpret(check({ ...configured, ...flags }, (name) => `--${name}`));
}

function parseConfig(file: string, text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const object = z.record(z.string(), z.unknown()).safeParse(parsed);
  if (!object.success) throw new Error(`${file} has to be one JSON object`);
  check(object.data, (name) => `“${name}” in ${file}`);
  return object.data;
}

type Checked = z.infer<typeof optionsSchema>;

function check(given: object, nameOf: (name: string) => string): Checked {
  const checked = optionsSchema.safeParse(given);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  if (issue?.code === 'unrecognized_keys')
    throw new Error(`${nameOf(issue.keys[0] ?? '')} is no option of the gateway; --help tells them all`);
  throw new Error(`${nameOf(String(issue?.path[0] ?? ''))}: ${issue?.message ?? 'is not valid'}`);
}

function interpret(options: Checked): GatewayCommandOptions {
  const listen = parseListen('--listen', options.listen);
  const isPlain = options.plain || options['plain-behind-balancer'];
  const trustedProxies = parseTrustedProxies(options['trusted-proxies']);
  const certificate = pairOf(options, 'certificate', 'key');
  if (isPlain) checkPlain(options, listen);
  const metrics = options.metrics === undefined ? undefined : parseListen('--metrics', options.metrics);
  if (metrics && !isLoopback(metrics))
    throw new Error(
      '--metrics listens on loopback only, such as 127.0.0.1:9464: whoever reaches it may read',
    );
  const isInFarm = options.route !== undefined || options.registry.length > 0;
  if (options.registry.length > 0 && options.route === undefined)
    throw new Error('a node of a farm needs its own --route, such as hosta');
  return {
    listen,
    isPlain,
    // As browsers write it.
    publicNames: options['public-name'].map((name) => name.replace(/:443$/, '')),
    certificate,
    clientCertificate: pairOf(options, 'client-certificate', 'client-key'),
    trustedProxies,
    route: options.route ?? soleRoute,
    nodeAddress: options['node-address'],
    registry: registryOf(options),
    drainMs: (options['drain-seconds'] ?? (isInFarm ? farmDrainSeconds : 0)) * 1000,
    metrics,
    dataFolder: options.data ?? defaultDataFolder(),
    keyFile: options['key-file'],
    hostFile: options['add-hosts'],
    localEngine: options['local-manager'] === 'none' ? undefined : options['local-manager'],
    wantsToken: options['new-administrator-token'],
  };
}

const isLoopback = ({ address, port }: ListenAddress) => isLoopbackAuthority(authorityOf(address, port));

function checkPlain(options: Checked, listen: ListenAddress): void {
  if (!options['plain-behind-balancer'] && !isLoopback(listen))
    throw new Error(
      `--plain on ${listen.address} would send passwords and pictures readably through the network; on a network where nobody can listen, say --plain-behind-balancer`,
    );
  if (options['trusted-proxies'].length === 0 || options['public-name'].length === 0)
    throw new Error(
      '--plain is for a balancer that speaks HTTPS to the browsers: name it with --trusted-proxies, and the farm with --public-name',
    );
  if (options.certificate !== undefined || options.key !== undefined)
    throw new Error('--plain shows no certificate');
}

function registryOf(options: Checked): FarmRegistry | undefined {
  const identity = pairOf(options, 'registry-certificate', 'registry-key');
  const { registry: endpoints, pool: poolId } = options;
  const authority = options['registry-authority'];
  if (endpoints.length > 0) return { endpoints, authority, identity, poolId };
  if (identity ?? authority) throw new Error('--registry-… goes with --registry URL,…');
  return undefined;
}

function pairOf(
  options: Checked,
  certificateName: 'certificate' | 'client-certificate' | 'registry-certificate',
  keyName: 'key' | 'client-key' | 'registry-key',
): FilePair | undefined {
  const { [certificateName]: certificate, [keyName]: key } = options;
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw new Error(`--${certificateName} and --${keyName} are given together`);
  return { certificate, key };
}

/** `127.0.0.1:6443` or `[::1]:6443`. */
function parseListen(flag: string, text: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new Error(`${flag} takes ADDRESS:PORT, not ${text}`);
  return { address: match[1] ?? match[2] ?? '', port };
}
