import { parseArgs } from 'node:util';
import { routeSchema } from '../shared/model/farm.ts';
import { composeApache } from './gateway/fronts/apache.ts';
import type { Front, FrontNode, NodeTrust } from './gateway/fronts/front.ts';
import { composeHaproxy } from './gateway/fronts/haproxy.ts';
import { composeNginx } from './gateway/fronts/nginx.ts';

const usage = `Usage: node dist/electron/headless.js gateway lb-config apache|nginx|haproxy --nodes … --name … [options]

Prints the configuration of a balancer in front of a farm of gateways. The paths in it are those of the balancer's machine.

  --nodes ROUTE=URL,…          the nodes, as hosta=https://10.0.0.1:6443,hostb=https://10.0.0.2:6443
  --name NAME[:PORT]           the name under which people reach the farm; each node's certificate has to be for it, too,
                               and for the host of its own URL
  --certificate FILE           the balancer's own, with its chain (default /etc/ssl/proxima.pem)
  --key FILE                   its private key (default: in the same file)
  --node-authority FILE        the authority of the nodes' certificates (default: those that the system trusts)
  --accept-self-signed-nodes   don't verify the nodes: whoever gets between the balancer and a node can read everything
  --listen ADDRESS             the one address that it listens on (default: all)
  --http-port PORT             where http is redirected from (default 80)
  --help                       this text
`;

const products = { apache: composeApache, nginx: composeNginx, haproxy: composeHaproxy } as const;

const options = {
  nodes: { type: 'string' },
  name: { type: 'string' },
  certificate: { type: 'string', default: '/etc/ssl/proxima.pem' },
  key: { type: 'string' },
  'node-authority': { type: 'string' },
  'accept-self-signed-nodes': { type: 'boolean', default: false },
  listen: { type: 'string' },
  'http-port': { type: 'string', default: '80' },
  help: { type: 'boolean', default: false },
} as const;

const systemAuthorities = '/etc/ssl/certs/ca-certificates.crt';

/**
 * What `gateway lb-config` prints.
 *
 * @throws with a sentence for the person.
 */
export function composeLbConfig(args: readonly string[]): string {
  const { values: flags, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (flags.help) return usage;
  const [product = '', ...more] = positionals;
  if (!Object.hasOwn(products, product) || more.length > 0)
    throw new Error(
      `lb-config takes one of ${Object.keys(products).join(', ')}, not “${positionals.join(' ')}”`,
    );
  if (flags.nodes === undefined || flags.name === undefined)
    throw new Error('lb-config needs --nodes and --name');
  const { nodes, isTls } = parseNodes(flags.nodes);
  const certificate = checkPath('--certificate', flags.certificate);
  const front: Front = {
    ...parseName(flags.name),
    httpPort: parsePort('--http-port', flags['http-port']),
    listenAddress: flags.listen === undefined ? undefined : parseListenAddress(flags.listen),
    nodes,
    certificate,
    key: flags.key === undefined ? certificate : checkPath('--key', flags.key),
    trust: parseTrust(isTls, flags['node-authority'], flags['accept-self-signed-nodes']),
  };
  return products[product as keyof typeof products](front);
}

const namePattern = /^((?:[a-z0-9-]+\.)*[a-z0-9-]+)(?::(\d{1,5}))?$/;

function parseName(text: string): Pick<Front, 'name' | 'httpsPort'> {
  const [, name, port = '443'] = namePattern.exec(text.toLowerCase()) ?? [];
  if (name === undefined) throw new Error(`--name takes a name like proxima.example, not ${text}`);
  return { name, httpsPort: parsePort('--name', port) };
}

function parseNodes(text: string): { nodes: FrontNode[]; isTls: boolean } {
  const parsed = text.split(',').map((entry) => {
    const [, route, scheme, host, port] =
      /^([^=]*)=(https?):\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})\/?$/.exec(entry.trim()) ?? [];
    if (host === undefined || !routeSchema.safeParse(route).success)
      throw new Error(`--nodes takes ROUTE=URL like hosta=https://10.0.0.1:6443, not ${entry}`);
    return { route: route ?? '', host, port: parsePort('--nodes', port ?? ''), scheme };
  });
  const schemes = new Set(parsed.map(({ scheme }) => scheme));
  if (schemes.size > 1) throw new Error('--nodes are either all https or all http');
  if (new Set(parsed.map(({ route }) => route)).size < parsed.length)
    throw new Error('--nodes has a route twice: each node needs its own');
  return { nodes: parsed.map(({ scheme: _, ...node }) => node), isTls: schemes.has('https') };
}

function parseTrust(isTls: boolean, authority: string | undefined, acceptsAnyone: boolean): NodeTrust {
  if (authority !== undefined && acceptsAnyone)
    throw new Error('--node-authority and --accept-self-signed-nodes exclude each other');
  if (!isTls && (authority !== undefined || acceptsAnyone))
    throw new Error('nodes with http have no certificate that could be verified');
  if (!isTls) return { kind: 'plain' };
  if (acceptsAnyone) return { kind: 'anyone' };
  return { kind: 'authority', file: checkPath('--node-authority', authority ?? systemAuthorities) };
}

function parsePort(flag: string, text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw new Error(`${flag} has no port in ${text}`);
  return port;
}

function parseListenAddress(text: string): string {
  if (!/^(?:[\d.]+|\[[0-9A-Fa-f:.]+\])$/.test(text))
    throw new Error(`--listen takes an address, IPv6 in brackets, not ${text}`);
  return text;
}

/** What stands in a configuration file as it is. */
function checkPath(flag: string, text: string): string {
  if (!/^[\w./@+~-]+$/.test(text))
    throw new Error(`${flag} takes a path without blanks and special characters, not ${text}`);
  return text;
}
