import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { defaultGroupId } from '../shared/model/proximityGroup.ts';
import { fail, type Result, succeed } from '../shared/contract/failure.ts';
import type { GuacdOffer } from '../shared/model/guacdOffer.ts';
import { localManagerId, type SessionManager } from '../shared/model/sessionManager.ts';
import type { Settings } from '../shared/model/settings.ts';
import type { OwnManager } from './broker/ports.ts';
import type { ClientCertificate } from './guacd/line.ts';
import type { LocalManagerReport, LocalManagerRequest, LocalManagerStart } from './localManagerMessages.ts';
import type { EngineName } from './manager/engineNames.ts';
import { findGuacdWay, type GuacdWay, type Machine, thisMachine } from './manager/guacdOffer.ts';
import { createAuthority, issueCertificate } from './secrets/certificateAuthority.ts';

export interface LocalManagerOptions {
  /** The built thread of the manager. */
  readonly workerFile: URL;
  readonly engine: EngineName;
  /** The SSH agent of whoever sits at this app. */
  readonly agentSocket?: string | undefined;
  /** Of Proxima. */
  readonly version: string;
  /** Where guacd may be installed. */
  readonly machine?: Machine;
}

/** A manager of this machine. */
export interface LocalManager extends OwnManager {
  /** The settings with this manager in their Default group, for as long as they name no manager themselves. */
  serve(settings: Settings): Settings;
  /** What is to be shown to this manager; `undefined` where it is another one. */
  clientCertificateFor(manager: Pick<SessionManager, 'address' | 'port'>): ClientCertificate | undefined;
  stop(): Promise<void>;
}

const address = '127.0.0.1';
const certificateLifetimeDays = 365;
const startTimeoutMs = 20_000;
const stopTimeoutMs = 3_000;
const firstRestartMs = 500;
const slowestRestartMs = 30_000;
/** Images and packages come over the network. */
const installLimitMs = 600_000;
const keptOutputCharacters = 2_000;

/**
 * Where no session manager is configured, runs one on this machine for the Default group: a Proxima manager in a thread of its own,
 * on loopback, that lets in nobody but this process. Its authority exists for this start only, and its keys are never written.
 * Started again where it dies. `undefined` where it can't be started; the log says why.
 */
export async function startLocalManager(
  settings: Settings,
  dataFolder: string,
  options: LocalManagerOptions,
  log: Logger,
): Promise<LocalManager | undefined> {
  if (settings.managers.length > 0) return undefined;
  const { version, engine, workerFile, agentSocket, machine = thisMachine } = options;
  const identity = await createIdentity();
  const thread = (port: number) =>
    startThread(
      workerFile,
      {
        engine: { engine, folder: join(dataFolder, 'local-manager'), version, agentSocket },
        certificatePem: identity.server.certificatePem,
        privateKeyPem: identity.server.privateKeyPem,
        clientAuthoritiesPem: identity.authorityPem,
        port,
      },
      log,
    );
  const first = await thread(0);
  if (!first) return undefined;
  const { port } = first;
  const keeper = keepRunning(first, () => thread(port), log);
  return {
    serve: (current) =>
      current.managers.length > 0 || !current.usesLocalManager
        ? current
        : addManager(current, port, identity.authorityPem),
    clientCertificateFor: (manager) =>
      manager.address === address && manager.port === port ? identity.client : undefined,
    stop: keeper.stop,
    engine: first.engine,
    guacdOffer: async () => describeOffer(await findGuacdWay(machine)),
    adoptGuacd: (install) => adoptGuacd(install, machine, keeper.current, log),
  };
}

/** An authority, and one certificate of it for each of the two ends. */
async function createIdentity() {
  const authority = await createAuthority({
    commonName: 'Proxima local session manager',
    lifetimeDays: certificateLifetimeDays,
  });
  const names = { dnsNames: [], ipAddresses: [] };
  const [server, client] = await Promise.all([
    issueCertificate(authority, {
      commonName: 'localhost',
      dnsNames: ['localhost'],
      ipAddresses: [address],
      usage: 'server',
    }),
    issueCertificate(authority, { commonName: 'Proxima', ...names, usage: 'client' }),
  ]);
  return { authorityPem: authority.certificatePem, server, client };
}

interface Thread {
  readonly port: number;
  /** What it opens sessions with, in words. */
  readonly engine: string;
  /** Settles once it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Looks for guacd. Resolves to why there is none, or to `undefined`. */
  adoptGuacd(): Promise<string | undefined>;
  stop(): Promise<void>;
}

async function startThread(
  workerFile: URL,
  start: LocalManagerStart,
  log: Logger,
): Promise<Thread | undefined> {
  const worker = new Worker(workerFile, { workerData: start });
  worker.unref();
  let tellStopped: () => void = () => undefined;
  /** Who has asked for guacd. */
  const waiting: ((why: string | undefined) => void)[] = [];
  const ask = (request: LocalManagerRequest) => worker.postMessage(request, []);
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const listening = new Promise<Pick<Thread, 'port' | 'engine'> | undefined>((resolve) => {
    const timer = setTimeout(() => give(undefined, 'it does not answer'), startTimeoutMs);
    function give(started: Pick<Thread, 'port' | 'engine'> | undefined, why = '') {
      clearTimeout(timer);
      if (!started) log.error({ why }, 'The local session manager did not start');
      resolve(started);
    }
    worker.on('error', (error) => {
      log.error({ error }, 'The local session manager broke down');
      give(undefined, error.message);
    });
    worker.on('message', (report: LocalManagerReport) => {
      if (report.kind === 'log') log[report.level](report.fields, report.text);
      else if (report.kind === 'stopped') tellStopped();
      else if (report.kind === 'guacd') for (const tell of waiting.splice(0)) tell(report.why);
      else if (report.kind === 'failed') give(undefined, report.why);
      else {
        log.info({ engine: report.engine, port: report.port }, 'Local session manager started');
        give(report);
      }
    });
    void ended.then(() => clearTimeout(timer));
  });
  const started = await listening;
  if (!started) {
    await worker.terminate();
    return undefined;
  }
  return {
    ...started,
    ended,
    adoptGuacd() {
      const answer = new Promise<string | undefined>((resolve) => waiting.push(resolve));
      ask('use guacd');
      return Promise.race([answer, ended.then(() => 'the session manager broke down')]);
    },
    async stop() {
      const stopped = new Promise<void>((resolve) => (tellStopped = resolve));
      ask('stop');
      let timer: NodeJS.Timeout | undefined;
      const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, stopTimeoutMs)));
      await Promise.race([stopped, ended, tooLong]);
      clearTimeout(timer);
      await worker.terminate();
    },
  };
}

/** Starts the manager again where it ends by itself, with back-off. */
function keepRunning(first: Thread, restart: () => Promise<Thread | undefined>, log: Logger) {
  let current: Thread | undefined;
  let isStopping = false;
  let restartMs = firstRestartMs;
  let timer: NodeJS.Timeout | undefined;
  let starting: Promise<void> = Promise.resolve();

  function keep(thread: Thread | undefined) {
    current = thread;
    if (!thread) return startLater();
    void thread.ended.then(() => {
      current = undefined;
      startLater();
    });
  }
  function startLater() {
    if (isStopping) return;
    log.warn({ restartMs }, 'The local session manager ended; it is started again');
    timer = setTimeout(() => {
      starting = restart().then(async (thread) => {
        if (isStopping) await thread?.stop();
        else keep(thread);
      });
    }, restartMs).unref();
    restartMs = Math.min(slowestRestartMs, restartMs * 2);
  }
  keep(first);
  return {
    current: () => current,
    async stop() {
      isStopping = true;
      clearTimeout(timer);
      await starting;
      await current?.stop();
    },
  };
}

const describeOffer = ({ means, command, canRun }: GuacdWay): GuacdOffer => ({ means, command, canRun });

async function adoptGuacd(
  install: boolean,
  machine: Machine,
  current: () => Thread | undefined,
  log: Logger,
): Promise<Result<void>> {
  if (install) {
    const { canRun, command, run } = await findGuacdWay(machine);
    if (!canRun) return fail('guacd_missing', 'Proxima may not install it here');
    log.info({ command }, 'guacd is installed, as an administrator asked for');
    const [program, ...args] = run;
    const { code, output } = await machine.run(program, args, installLimitMs);
    log.info({ code, output: output.slice(-keptOutputCharacters) }, 'The installation has ended');
    if (code !== 0) return fail('guacd_missing', lastLineOf(output) || 'the installation failed');
  }
  const thread = current();
  const why = thread ? await thread.adoptGuacd() : 'the session manager of this machine does not run';
  return why === undefined ? succeed(undefined) : fail('guacd_missing', why);
}

const lastLineOf = (output: string) => output.trim().split('\n').at(-1)?.slice(0, 200) ?? '';

function addManager(settings: Settings, port: number, certificatesPem: string): Settings {
  const manager = {
    id: localManagerId,
    name: 'localhost',
    address,
    port,
    weight: 1,
    sessionLimit: null,
    intent: 'enabled',
  } as const;
  const groups = settings.groups.map((group) =>
    group.id === defaultGroupId
      ? { ...group, managerIds: [manager.id], trust: { kind: 'authorities', certificatesPem } as const }
      : group,
  );
  return { ...settings, managers: [manager], groups };
}
