import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Logger, pino } from 'pino';
import { z } from 'zod';
import { describeFailure } from '../shared/contract/failure.ts';
import { drainCommand, loadQuestion, resumeCommand } from '../shared/model/managerLoad.ts';
import { askManager } from './manager/askManager.ts';
import type { Engine } from './manager/engine.ts';
import { openGate, type Gate } from './manager/gate.ts';
import { readGateTls, type GateTls, type GateTlsFiles } from './manager/gateTls.ts';
import { engineNames } from './manager/engineNames.ts';
import { openEngine } from './manager/openEngine.ts';
import { defaultPolicy, managerPolicySchema, type ManagerPolicy } from './manager/policy.ts';

const usage = `Usage: node dist/electron/headless.js manager [options]
       node dist/electron/headless.js manager load|drain|resume --at HOST:PORT [--server-authority FILE --certificate FILE --key FILE]

proxima manager is a session manager that is safe to expose: it lets in whom its certificates allow, keeps clients to its policy,
and holds sessions whose client has vanished. It writes its log to stdout, one JSON object per line.

  --listen ADDRESS:PORT        where to listen; port 0 takes a free one (default 0.0.0.0:4822)
  --certificate FILE           PEM, with the chain
  --key FILE                   PEM, its private key
  --client-authority FILE      PEM, the authorities of the brokers' certificates; who shows none of theirs isn't let in
  --revoked FILE               client certificates that aren't let in any more: a list of serials, or CRLs (PEM); may be repeated
  --open                       let everybody in; without --certificate also without TLS
  --policy FILE                JSON, what clients may ask for (default: the safe defaults, docs/manager.md)
  --engine auto|guacd|built-in what opens the sessions (default auto: guacd where there is one, for the rest the built-in engine, which
                               needs nothing else and speaks SSH, Telnet and VNC)
  --guacd PATH                 the guacd to run on loopback, and to start again where it dies (default: the one that is found)
  --guacd-address HOST:PORT    a guacd that runs already; nobody else should reach it
  --hold-seconds N             how long a session goes on without its client (default 120; 0 not at all)
  --limit N                    how many sessions at once (default: as many as come)
  --drain-seconds N            after SIGTERM, how long sessions may go on (default 30)
  --data FOLDER                guacd's log and home, known hosts of the built-in engine (default $STATE_DIRECTORY, or ${join('~', '.local', 'share', 'proxima-manager')})
  --help                       this text

Certificates, revoked serials and policy are read again when their files change, and on SIGHUP. SIGUSR1 drains, SIGUSR2 takes
sessions again; SIGTERM drains and ends, a second one ends at once. “manager load” shows how busy a manager is; “manager drain”
and “resume” need a client certificate whose common name is among the policy's administrators.
`;

const options = {
  listen: { type: 'string', default: '0.0.0.0:4822' },
  certificate: { type: 'string' },
  key: { type: 'string' },
  'client-authority': { type: 'string' },
  revoked: { type: 'string', multiple: true },
  open: { type: 'boolean', default: false },
  policy: { type: 'string' },
  engine: { type: 'string', default: 'auto' },
  guacd: { type: 'string' },
  'guacd-address': { type: 'string' },
  'hold-seconds': { type: 'string', default: '120' },
  limit: { type: 'string' },
  'drain-seconds': { type: 'string', default: '30' },
  data: { type: 'string' },
  at: { type: 'string' },
  'server-authority': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const seconds = z.coerce.number().int().min(0).max(604_800);

const endpointSchema = z.string().transform((text, context) => {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match && port <= 65_535) return { host: match[1] ?? match[2] ?? '', port };
  context.addIssue({ code: 'custom', message: 'takes ADDRESS:PORT' });
  return z.NEVER;
});

const orderSchema = z.object({
  listen: endpointSchema,
  certificate: z.string().optional(),
  key: z.string().optional(),
  'client-authority': z.string().optional(),
  revoked: z.array(z.string()).default([]),
  open: z.boolean(),
  policy: z.string().optional(),
  engine: z.enum(engineNames),
  guacd: z.string().optional(),
  'guacd-address': endpointSchema.optional(),
  'hold-seconds': seconds,
  limit: z.coerce.number().int().min(1).max(1_000_000).optional(),
  'drain-seconds': seconds,
  data: z.string().optional(),
  at: endpointSchema.optional(),
  'server-authority': z.string().optional(),
});
type Order = z.infer<typeof orderSchema>;

const watchIntervalMs = 1_000;

/** Where the command writes; the log of a manager that runs goes to `out`, too. */
export interface CommandOutput {
  out(text: string): void;
  error(text: string): void;
}

/** `headless.js manager …`: resolves to the exit code once the manager has ended, or the question is answered. */
export async function runManagerCommand(
  rest: readonly string[],
  version: string,
  output: CommandOutput,
): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...rest], options, allowPositionals: true });
  const [action] = positionals;
  if (values.help) {
    output.out(usage);
    return 0;
  }
  const order = orderSchema.safeParse(values);
  const known = action === undefined || action === 'load' || action === 'drain' || action === 'resume';
  if (!order.success || !known || positionals.length > 1) {
    const [issue] = order.error?.issues ?? [];
    output.error(issue ? `--${issue.path.join('.')}: ${issue.message}\n` : usage);
    return 2;
  }
  if (action !== undefined) return ask(action, order.data, output);
  const log = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => output.out(line) },
  );
  await runManager(order.data, version, log);
  return 0;
}

async function ask(
  action: 'load' | 'drain' | 'resume',
  order: Order,
  { out, error }: CommandOutput,
): Promise<number> {
  if (!order.at) {
    error('--at: says which manager, as HOST:PORT\n');
    return 2;
  }
  const read = async (file: string | undefined) =>
    file === undefined ? undefined : await readFile(file, 'utf8');
  const question = { load: loadQuestion, drain: drainCommand, resume: resumeCommand }[action];
  const [authorityPem, certificatePem, privateKeyPem] = await Promise.all(
    [order['server-authority'], order.certificate, order.key].map(read),
  );
  const answer = await askManager({ ...order.at, authorityPem, certificatePem, privateKeyPem }, question);
  if (answer.ok) out(`${JSON.stringify(answer.value)}\n`);
  else error(`${describeFailure(answer.failure).what} ${answer.failure.detail ?? ''}\n`);
  return answer.ok ? 0 : 1;
}

/** Runs a manager until a signal ends it. */
async function runManager(order: Order, version: string, log: Logger): Promise<void> {
  const signals = hearSignals();
  try {
    const tlsFiles = chooseTlsFiles(order);
    const tls = tlsFiles && (await readGateTls(tlsFiles));
    if (order.open)
      log.warn(tls ? 'Open: no client certificate is asked for' : 'Open: no TLS, everybody is let in');
    const policy = await readPolicy(order.policy);
    const engine = await openOrderedEngine(order, version, log);
    const gate = await openGateOver(engine, order, tls, policy, version, log);
    const { host } = order.listen;
    const fields = { version, engine: engine.describe(), sessionLimit: order.limit ?? null };
    log.info({ ...fields, address: host, port: gate.port }, 'The manager listens');
    const stopWatching = watchSettings(order, tlsFiles, gate, signals, log);
    signals.on('SIGUSR1', () => gate.drain(true));
    signals.on('SIGUSR2', () => gate.drain(false));
    await waitForEnd(gate, order['drain-seconds'], signals);
    stopWatching();
    await gate.close();
    log.info('The manager has ended');
  } finally {
    signals.stop();
  }
}

async function openGateOver(
  engine: Engine,
  order: Order,
  tls: GateTls | undefined,
  policy: ManagerPolicy,
  version: string,
  log: Logger,
): Promise<Gate> {
  try {
    return await openGate({
      listen: { address: order.listen.host, port: order.listen.port },
      tls,
      engine,
      policy,
      sessionLimit: order.limit ?? null,
      holdSeconds: order['hold-seconds'],
      version,
      log,
    });
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function chooseTlsFiles(order: Order): GateTlsFiles | undefined {
  const { certificate, key, revoked, open } = order;
  const clientAuthority = order['client-authority'];
  if (open && clientAuthority !== undefined)
    throw new Error('--open lets everybody in, and --client-authority does not: one of them has to go');
  if (certificate === undefined && key === undefined && open) return undefined;
  if (certificate === undefined || key === undefined)
    throw new Error(
      '--certificate and --key are needed, and given together (or --open, to let everybody in)',
    );
  if (clientAuthority === undefined && !open)
    throw new Error(
      '--client-authority is needed, so that only brokers are let in (or --open, to let everybody in)',
    );
  return { certificate, key, clientAuthority, revoked };
}

async function readPolicy(file: string | undefined): Promise<ManagerPolicy> {
  if (file === undefined) return defaultPolicy;
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`the policy ${file} can't be read: ${describe(error)}`, { cause: error });
  }
  const parsed = managerPolicySchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `the policy ${file} has a mistake at ${issue?.path.join('.') || 'its top'}: ${issue?.message}`,
  );
}

const openOrderedEngine = (order: Order, version: string, log: Logger) =>
  openEngine(
    {
      engine: order.engine,
      executable: order.guacd,
      address: order['guacd-address'],
      folder:
        order.data ?? process.env['STATE_DIRECTORY'] ?? join(homedir(), '.local', 'share', 'proxima-manager'),
      version,
    },
    { info: (text) => log.info(text), warn: (text) => log.warn(text) },
  );

/** Reads certificates, revocations and policy again where a file changes, or on SIGHUP. What can't be used is left as it was. */
function watchSettings(
  order: Order,
  tlsFiles: GateTlsFiles | undefined,
  gate: Gate,
  signals: Signals,
  log: Logger,
): () => void {
  let reading = Promise.resolve();
  const reload = () => {
    reading = reading.then(async () => {
      try {
        if (tlsFiles) gate.replaceTls(await readGateTls(tlsFiles));
        gate.replacePolicy(await readPolicy(order.policy));
        log.info('Certificates and policy were read again');
      } catch (error) {
        log.error(`Certificates and policy stay as they were: ${describe(error)}`);
      }
    });
  };
  const files = [
    ...(tlsFiles ? [tlsFiles.certificate, tlsFiles.key, tlsFiles.clientAuthority, ...tlsFiles.revoked] : []),
    order.policy,
  ].filter((file) => file !== undefined);
  // Polled, because files are replaced in many ways, some of which a watch of the file doesn't see.
  for (const file of files) watchFile(file, { interval: watchIntervalMs, persistent: false }, reload);
  signals.on('SIGHUP', reload);
  return () => {
    for (const file of files) unwatchFile(file, reload);
  };
}

/** Until SIGINT, or until SIGTERM and the end of all sessions, or of the time for that. */
async function waitForEnd(gate: Gate, drainSeconds: number, signals: Signals): Promise<void> {
  const interrupted = new Promise<void>((resolve) => signals.on('SIGINT', resolve));
  await Promise.race([interrupted, new Promise<void>((resolve) => signals.on('SIGTERM', resolve))]);
  gate.drain(true);
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    interrupted,
    gate.whenEmpty(),
    new Promise<void>((resolve) => signals.on('SIGTERM', resolve)),
    new Promise<void>((resolve) => (timer = setTimeout(resolve, drainSeconds * 1000))),
  ]);
  clearTimeout(timer);
}

const signalNames = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
type SignalName = (typeof signalNames)[number];

interface Signals {
  on(name: SignalName, listener: () => void): void;
  stop(): void;
}

/** Takes all signals from the first moment on: Node.js itself would open a debugger on SIGUSR1. */
function hearSignals(): Signals {
  const listeners = new Map<SignalName, Set<() => void>>();
  const hear = (name: NodeJS.Signals) => {
    for (const listener of listeners.get(name as SignalName) ?? []) listener();
  };
  for (const name of signalNames) {
    listeners.set(name, new Set());
    process.on(name, hear);
  }
  return {
    on: (name, listener) => void listeners.get(name)?.add(listener),
    stop() {
      for (const name of signalNames) process.off(name, hear);
    },
  };
}

const describe = (error: unknown) => (error instanceof Error ? error.message : String(error));
