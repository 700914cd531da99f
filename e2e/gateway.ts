import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { generalVault, type HostDraft, type Secret } from '../shared/model/host.ts';
import type { RigHost } from './rig/hosts.ts';
import { defaultGroupId, type ProximityGroup, type Trust } from '../shared/model/proximityGroup.ts';
import type { SessionManager } from '../shared/model/sessionManager.ts';
import { emptySettings, type Settings } from '../shared/model/settings.ts';

/** A real gateway process with a data folder of its own. */
export interface GatewayProcess {
  /** With the one-time token. */
  readonly signInUrl: string;
  readonly origin: string;
  readonly dataFolder: string;
  readonly pid: number;
  /** All that it wrote to stdout and stderr. */
  output(): string;
  /** Every file below its data folder, by path. */
  readFiles(): Promise<Map<string, Buffer>>;
  /** Ends it as Ctrl-C does; the data folder stays. */
  stop(): Promise<void>;
  /** The same data folder, a new process. */
  restart(): Promise<GatewayProcess>;
  /** Ends it and removes the data folder. */
  dispose(): Promise<void>;
}

export interface GatewayOptions {
  readonly settings?: Settings;
  readonly hosts?: readonly RigHost[];
  readonly flags?: readonly string[];
  readonly dataFolder?: string;
}

const program = new URL('../dist/electron/headless.js', import.meta.url).pathname;
const startTimeoutMs = 20_000;

/** A host with everything filled in that a test doesn't care about. `number` makes its id. */
export function sampleHost(
  number: number,
  draft: Partial<HostDraft> & Pick<HostDraft, 'name' | 'protocol' | 'port'>,
  secret: Secret = {},
): RigHost {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const { vaultId: _, ...rest } = { vaultId: generalVault.id, ...draft };
  return {
    id,
    draft: {
      address: '127.0.0.1',
      tags: [],
      favourite: false,
      username: '',
      domain: '',
      settings: {},
      ...rest,
    },
    secret,
  };
}

export function sampleManager(
  id: string,
  port: number,
  change: Partial<SessionManager> = {},
): SessionManager {
  return {
    id,
    name: id,
    address: '127.0.0.1',
    port,
    weight: 1,
    sessionLimit: null,
    intent: 'enabled',
    ...change,
  };
}

/** Settings with one group, the Default one. */
export function settingsFor(
  managers: readonly SessionManager[],
  trust: Trust,
  change: Partial<ProximityGroup> = {},
): Settings {
  const [defaultGroup] = emptySettings.groups;
  if (!defaultGroup) throw new Error('no Default group');
  return {
    ...emptySettings,
    managers: [...managers],
    groups: [
      { ...defaultGroup, id: defaultGroupId, managerIds: managers.map(({ id }) => id), trust, ...change },
    ],
  };
}

export async function startGateway(options: GatewayOptions = {}): Promise<GatewayProcess> {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'proxima-e2e-')));
  const keyFile = join(dataFolder, '..', `${dataFolder.split('/').at(-1)}.key`);
  await writeFile(keyFile, 'the key of this test', { mode: 0o600 });
  if (options.settings) await writeFile(join(dataFolder, 'settings.json'), JSON.stringify(options.settings));
  const flags = [
    '--data',
    dataFolder,
    '--key-file',
    keyFile,
    ...['--local-manager', 'none'],
    ...(options.flags ?? []),
  ];
  const hostFile = `${keyFile}.hosts.json`;
  if (options.hosts) {
    await writeFile(hostFile, JSON.stringify({ vault: generalVault.name, hosts: options.hosts }), {
      mode: 0o600,
    });
    flags.push('--add-hosts', hostFile);
  }
  let output = '';
  const child = spawn(process.execPath, [program, 'gateway', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.on('data', (text: Buffer) => (output += text.toString()));
  const signInUrl = await readAddress(
    child,
    (line) => (output += `${line}\n`),
    () => output,
  );
  await rm(hostFile, { force: true });

  const stop = () => endProcess(child);
  const removeAll = async () => {
    await stop();
    await rm(dataFolder, { recursive: true, force: true });
    await rm(keyFile, { force: true });
  };
  return {
    signInUrl,
    origin: new URL(signInUrl).origin,
    dataFolder,
    pid: child.pid ?? 0,
    output: () => output,
    stop,
    dispose: removeAll,
    readFiles: () => readFolder(dataFolder),
    async restart() {
      await stop();
      return startGateway({ dataFolder, ...(options.flags && { flags: options.flags }) });
    },
  };
}

async function readAddress(
  child: ChildProcess,
  onLine: (line: string) => void,
  output: () => string,
): Promise<string> {
  if (!child.stdout) throw new Error('the gateway has no stdout');
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the gateway printed no address: ${output()}`)),
      startTimeoutMs,
    );
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${output()}`)));
    lines.on('line', (line) => {
      onLine(line);
      const address = /^Proxima is at (https:\S+)$/.exec(line)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
  });
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(timer);
}

async function readFolder(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  // A generation may be shifted away between the listing and the reading.
  const contents = await Promise.all(files.map((file) => readFile(file).catch(() => undefined)));
  return new Map(
    files.flatMap((file, index) => {
      const bytes = contents[index];
      return bytes ? [[file, bytes] as const] : [];
    }),
  );
}
