import { join } from 'node:path';
import { type CertifiedKey, issueCertificate } from '../../electron/secrets/certificateAuthority.ts';
import { createFolder, writePrivateFile } from './account.ts';
import { reservePort } from './ports.ts';
import { type RigContext, runProgram, type ServerProcess, startServer } from './process.ts';

/** A gateway that a balancer is to be put in front of. */
export interface BalancedNode {
  readonly route: string;
  readonly port: number;
}

export interface BalancerOptions {
  readonly nodes: readonly BalancedNode[];
  /** Issues the balancer's certificate, and is believed by it: the nodes' certificates are of it, too. */
  readonly authority: CertifiedKey;
  readonly httpsPort: number;
}

/** A real balancer with the configuration that `gateway lb-config` prints, as an ordinary process on loopback. */
export interface BalancerHandle {
  readonly origin: string;
  /** Where http is redirected from. */
  readonly httpPort: number;
  /** As it was printed. */
  readonly configuration: string;
  readonly server: ServerProcess;
  stop(): Promise<void>;
}

/** What is particular to one product. */
export interface BalancerProduct {
  readonly name: 'apache' | 'nginx' | 'haproxy';
  /** What a distribution has around the printed part; `site` is the file of that. */
  composeMain(folder: string, site: string): string;
  command(main: string, site: string): readonly string[];
}

const program = new URL('../../dist/electron/headless.js', import.meta.url).pathname;

/** The name of the farm: browsers take a certificate for it, and find it on loopback. */
export const farmName = 'localhost';

export async function startBalancer(
  context: RigContext,
  product: BalancerProduct,
  { nodes, authority, httpsPort }: BalancerOptions,
): Promise<BalancerHandle> {
  const { account } = context;
  const { name } = product;
  const folder = await createFolder(account, join(context.folder, name));
  const httpPort = reservePort();
  const certificate = await issueCertificate(authority, {
    commonName: farmName,
    dnsNames: [farmName],
    ipAddresses: [],
    usage: 'server',
  });
  const file = (base: string) => join(folder, base);
  const printed = await runProgram(process.execPath, [
    ...[program, 'gateway', 'lb-config', name],
    ...['--nodes', nodes.map(({ route, port }) => `${route}=https://127.0.0.1:${port}`).join(',')],
    ...['--name', `${farmName}:${httpsPort}`, '--listen', '127.0.0.1', '--http-port', String(httpPort)],
    ...['--certificate', file('balancer.pem'), '--node-authority', file('nodes.pem')],
  ]);
  const configuration = printed.toString();
  const site = file('proxima.conf');
  const files = {
    'balancer.pem': `${certificate.certificatePem}${certificate.privateKeyPem}`,
    'nodes.pem': authority.certificatePem,
    'proxima.conf': configuration,
    'main.conf': product.composeMain(folder, site),
  };
  for (const [base, text] of Object.entries(files)) await writePrivateFile(account, file(base), text);
  const server = await startServer(context, {
    name,
    home: folder,
    port: httpsPort,
    command: product.command(file('main.conf'), site),
  });
  return {
    origin: `https://${farmName}:${httpsPort}`,
    httpPort,
    configuration,
    server,
    stop: () => server.stop(),
  };
}
