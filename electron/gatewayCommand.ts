import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname, userInfo } from 'node:os';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { connectFarm } from './farmFlags.ts';
import { authorityOf } from './gateway/authority.ts';
import { createDrain, type Drain, waitForHandover } from './gateway/drain.ts';
import { createGateway } from './gateway/gateway.ts';
import { createMetrics } from './gateway/metrics.ts';
import { createMetricsHost } from './gateway/metricsHost.ts';
import {
  type FarmRegistry,
  type FilePair,
  type GatewayCommandOptions,
  gatewayUsage,
  readGatewayOptions,
} from './gatewayOptions.ts';
import { startHostProcess } from './hostProcess.ts';
import { openKeyedSecrets, openWithoutSecrets, takeKeyFromEnvironment } from './keyedSecrets.ts';
import { composeLbConfig } from './lbConfigCommand.ts';
import { openLog } from './log.ts';
import { readRendererFiles } from './rendererFiles.ts';
import { loadServerCertificate } from './secrets/serverCertificate.ts';
import { readKey } from './secretsCommand.ts';

/**
 * `gateway …`: runs until a signal, or prints what was asked for.
 *
 * @throws with a sentence for the person.
 */
export async function runGatewayCommand(args: readonly string[]): Promise<void> {
  if (args[0] === 'lb-config') {
    process.stdout.write(composeLbConfig(args.slice(1)));
    return;
  }
  const options = await readGatewayOptions(args);
  if (options === 'help') process.stdout.write(gatewayUsage);
  else await runGateway(options);
}

async function readPair(pair: FilePair | undefined) {
  if (!pair) return undefined;
  const [certificatePem, privateKeyPem] = await Promise.all([
    readFile(pair.certificate, 'utf8'),
    readFile(pair.key, 'utf8'),
  ]);
  return { certificatePem, privateKeyPem };
}

async function connect(registry: FarmRegistry, key: string | undefined) {
  if (key === undefined)
    throw new Error('a node of a farm needs the key of the farm: --key-file, or PROXIMA_KEY');
  return { ...(await connectFarm(registry)), key };
}

/** The names that a certificate of this gateway's own is for: balancers verify the public ones. */
function namesOf({ listen, publicNames }: GatewayCommandOptions) {
  const hosts = [
    listen.address,
    ...publicNames.map((name) => name.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')),
  ];
  const isAddress = (host: string) => isIP(host) !== 0;
  const dnsNames = hosts.filter((host) => !isAddress(host));
  return {
    dnsNames: [...new Set(isAddress(listen.address) ? ['localhost', ...dnsNames] : dnsNames)],
    ipAddresses: [...new Set(hosts.filter(isAddress))],
  };
}

/** Where other nodes reach this one, where nobody said so: by the name of this machine where it listens everywhere. */
function addressOf({ listen, isPlain }: GatewayCommandOptions, port: number): string {
  const isEverywhere = listen.address === '0.0.0.0' || listen.address === '::';
  return `${isPlain ? 'http' : 'https'}://${authorityOf(isEverywhere ? hostname() : listen.address, port)}`;
}

async function runGateway(options: GatewayCommandOptions): Promise<void> {
  const { dataFolder, listen, route } = options;
  const log = await openLog(dataFolder);
  const clientCertificate = await readPair(options.clientCertificate);
  const givenCertificate = await readPair(options.certificate);
  const rendererFiles = await readRendererFiles(new URL('../renderer', import.meta.url).pathname);
  const drain = createDrain();
  const key = await readKey(options.keyFile, takeKeyFromEnvironment());
  const host = await startHostProcess({
    version: packageJson.version,
    runsIn: 'gateway',
    dataFolder,
    openSecrets: async () => (key === undefined ? openWithoutSecrets() : openKeyedSecrets(dataFolder, key)),
    ...(options.registry && { farm: await connect(options.registry, key) }),
    log,
    administrator: userInfo().username,
    whatIfWorkerFile: new URL('./whatIfWorker.js', import.meta.url),
    ...(options.localEngine && {
      localManager: {
        workerFile: new URL('./localManagerWorker.js', import.meta.url),
        engine: options.localEngine,
      },
    }),
    ...(clientCertificate && { clientCertificate }),
    ...(options.hostFile !== undefined && { hostFile: options.hostFile }),
    gateway: {
      route,
      wantsToken: options.wantsToken,
      passwordWorkerFile: new URL('./passwordWorker.js', import.meta.url),
      drain,
    },
  });
  const closers: (() => Promise<void>)[] = [() => host.close()];
  const closeAll = async () => {
    for (const close of closers.splice(0)) await close();
  };
  try {
    const { access, node, farm } = host.gateway();
    const metrics = createMetrics({ node, drain, version: packageJson.version, route });
    closers.push(async () => metrics.close());
    if (options.metrics) {
      const metricsHost = await createMetricsHost(options.metrics, metrics);
      if (!metricsHost.ok) throw new Error(metricsHost.failure.detail ?? metricsHost.failure.code);
      closers.push(() => metricsHost.value.close());
    }
    // Only now: another Proxima that has the data folder would lose its certificate.
    const tls = options.isPlain
      ? undefined
      : (givenCertificate ?? (await loadServerCertificate(dataFolder, namesOf(options))));
    const gateway = await createGateway({
      listen,
      tls,
      trustedProxies: options.trustedProxies,
      ...(options.publicNames.length > 0 && { publicAuthorities: options.publicNames }),
      rendererFiles,
      router: host.router,
      attachTunnel: (sessionId, wire, caller) => host.attachTunnel(sessionId, wire, caller),
      access,
      route,
      node,
      drain,
      farm: farm.door,
      observer: metrics.observer,
      log,
    });
    if (!gateway.ok) throw new Error(gateway.failure.detail ?? gateway.failure.code);
    closers.push(() => gateway.value.close());
    const announced = await farm.announce({
      address: options.nodeAddress ?? addressOf(options, gateway.value.port),
      ...(tls && { certificatePem: tls.certificatePem }),
      load: () => ({ people: gateway.value.countPeople(), sessions: node.sessions().length }),
    });
    if (!announced.ok)
      log.warn({ failure: announced.failure }, 'The other nodes do not know of this one yet');
    process.stdout.write(`Proxima is at ${gateway.value.signInUrl()}\n`);
    const countSessions = () => node.sessions().length;
    endOnSignals({ drain, drainMs: options.drainMs, countSessions, closeAll, log });
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface Ending {
  readonly drain: Drain;
  readonly drainMs: number;
  readonly countSessions: () => number;
  readonly closeAll: () => Promise<void>;
  readonly log: Logger;
}

/** The first signal drains and then closes in order; the second ends the waiting; a third doesn't ask any more. */
function endOnSignals({ drain, drainMs, countSessions, closeAll, log }: Ending): void {
  const cut = new AbortController();
  let state: 'serving' | 'draining' | 'closing' = 'serving';

  async function end(): Promise<void> {
    drain.begin();
    state = 'draining';
    const sessions = countSessions();
    const left = await waitForHandover({ countSessions, timeoutMs: drainMs, cut: cut.signal });
    state = 'closing';
    log.info({ sessions, left }, 'The gateway ends');
    await closeAll();
    process.exit(0);
  }

  const noteSignal = () => {
    if (state === 'serving') void end();
    else if (state === 'draining') cut.abort();
    else process.exit(1);
  };
  process.on('SIGINT', noteSignal);
  process.on('SIGTERM', noteSignal);
}
