import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CertifiedKey,
  createAuthority,
  issueCertificate,
} from '../electron/secrets/certificateAuthority.ts';
import { settingsOf } from './fixtures.ts';
import { type GatewayProcess, startGateway } from './gateway.ts';
import { chooseAccount } from './rig/account.ts';
import { type BalancerHandle, type BalancerProduct, farmName, startBalancer } from './rig/balancer.ts';
import { hostsOf } from './rig/hosts.ts';
import { reservePort } from './rig/ports.ts';
import type { RigContext } from './rig/process.ts';
import type { Rig } from './rig/rig.ts';

export interface FarmNodeProcess {
  readonly route: string;
  readonly port: number;
  readonly gateway: GatewayProcess;
}

/** Two real nodes, and real balancers in front of them. */
export interface FarmNodes {
  readonly authority: CertifiedKey;
  readonly nodes: readonly [FarmNodeProcess, FarmNodeProcess];
  /** A balancer with this authority instead of the nodes' own finds none of them trustworthy. */
  startBalancer(product: BalancerProduct, authority?: CertifiedKey): Promise<BalancerHandle>;
  dispose(): Promise<void>;
}

/**
 * Each node has a data folder of its own, with the rig's hosts. `balancers`: how many there will be at most; the nodes have to know their
 * names from the beginning.
 */
export async function startFarmNodes(
  rig: Rig,
  balancers: number,
  flagsOf: (route: string) => readonly string[] = () => [],
): Promise<FarmNodes> {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-farm-'));
  await chmod(folder, 0o755);
  const context: RigContext = { folder, account: chooseAccount(), servers: new Set() };
  const authority = await createAuthority({ commonName: 'Proxima farm', lifetimeDays: 2 });
  const balancerPorts = Array.from({ length: balancers }, reservePort);
  const start = (route: string) =>
    startNode(route, { rig, folder, authority, balancerPorts, flags: flagsOf(route) });
  const nodes = await Promise.all([start('hosta'), start('hostb')]);
  const free = [...balancerPorts];
  return {
    authority,
    nodes,
    startBalancer(product, believed = authority) {
      const httpsPort = free.shift();
      if (httpsPort === undefined) throw new Error(`there were to be ${balancers} balancers`);
      return startBalancer(context, product, { nodes, authority: believed, httpsPort });
    },
    async dispose() {
      await Promise.all([...context.servers].map((server) => server.stop()));
      await Promise.all(nodes.map(({ gateway }) => gateway.dispose()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface NodeOptions {
  readonly rig: Rig;
  readonly folder: string;
  readonly authority: CertifiedKey;
  readonly balancerPorts: readonly number[];
  readonly flags: readonly string[];
}

async function startNode(
  route: string,
  { rig, folder, authority, balancerPorts, flags }: NodeOptions,
): Promise<FarmNodeProcess> {
  const port = reservePort();
  const certificate = await issueCertificate(authority, {
    commonName: route,
    dnsNames: [farmName],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  const [certificateFile, keyFile, config] = ['pem', 'key', 'json'].map((kind) =>
    join(folder, `${route}.${kind}`),
  );
  if (certificateFile === undefined || keyFile === undefined || config === undefined)
    throw new Error('no files');
  await writeFile(certificateFile, certificate.certificatePem);
  await writeFile(keyFile, certificate.privateKeyPem, { mode: 0o600 });
  const names = balancerPorts.map((balancerPort) => `${farmName}:${balancerPort}`);
  await writeFile(
    config,
    JSON.stringify({
      listen: `127.0.0.1:${port}`,
      'public-name': names,
      'trusted-proxies': ['127.0.0.1'],
      certificate: certificateFile,
      key: keyFile,
    }),
  );
  const gateway = await startGateway({
    settings: settingsOf(rig),
    hosts: hostsOf(rig),
    flags: ['--config', config, '--route', route, ...flags],
  });
  return { route, port, gateway };
}
