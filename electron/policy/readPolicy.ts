import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { posix, win32 } from 'node:path';
import type { PolicyDocument } from '../../shared/model/policy.ts';
import { parseRegistryPolicy } from './registry.ts';

/** Also the bundle's identifier in build/electronBuilder.config.ts. */
const preferenceDomain = 'org.proxima.desktop';
const registryKey = 'Software\\Policies\\Proxima';
/** Of a policy file, and of what a system's program prints. */
const maximumBytes = 4 * 1024 * 1024;
const programLimitMs = 10_000;

/** What of the system the policy is read with. */
export interface PolicySystem {
  readonly platform: NodeJS.Platform;
  readonly userName: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `undefined` where there is no such file. Rejects where it can't be read. */
  readText(path: string): Promise<string | undefined>;
  isThere(path: string): Promise<boolean>;
  /** Resolves to the exit code and what was printed. Rejects where the program can't be started, takes too long or prints too much. */
  run(
    program: string,
    args: readonly string[],
  ): Promise<{ readonly exitCode: number; readonly output: string }>;
}

/**
 * The policies that lie on this machine, strongest first. Those of the system's own management (group policy, managed preferences)
 * are stronger than the file. Never rejects: what can't be read is a document with a problem.
 */
export async function readPolicyDocuments(
  system: PolicySystem = thisSystem(),
): Promise<readonly PolicyDocument[]> {
  const { platform, environment, userName } = system;
  if (platform === 'win32') {
    const programFiles = environment['ProgramFiles'] ?? 'C:\\Program Files';
    return [
      ...(await readRegistry('HKLM', system)),
      ...(await readRegistry('HKCU', system)),
      ...(await readFileAt(win32.join(programFiles, 'Proxima', 'policy.json'), system)),
    ];
  }
  if (platform === 'darwin') {
    const managed = '/Library/Managed Preferences';
    return [
      ...(await readManagedPreferences(posix.join(managed, `${preferenceDomain}.plist`), system)),
      ...(await readManagedPreferences(posix.join(managed, userName, `${preferenceDomain}.plist`), system)),
      ...(await readFileAt('/Library/Application Support/Proxima/policy.json', system)),
    ];
  }
  return readFileAt('/etc/proxima/policy.json', system);
}

async function readFileAt(where: string, system: PolicySystem): Promise<PolicyDocument[]> {
  try {
    const text = await system.readText(where);
    return text === undefined ? [] : [parseText(where, text)];
  } catch (error) {
    return [{ where, problem: `it can't be read (${messageOf(error)})` }];
  }
}

/** Group policy; local machine and user have a key each. */
async function readRegistry(hive: 'HKLM' | 'HKCU', system: PolicySystem): Promise<PolicyDocument[]> {
  const where = `${hive}\\${registryKey}`;
  const program = win32.join(system.environment['SystemRoot'] ?? 'C:\\Windows', 'System32', 'reg.exe');
  try {
    const { exitCode, output } = await system.run(program, ['query', where, '/s']);
    // reg.exe says nothing else of a key that isn't there, in the language of the system.
    const content = exitCode === 0 ? parseRegistryPolicy(output) : undefined;
    return content ? [{ where, content }] : [];
  } catch (error) {
    return [{ where, problem: `it can't be read (${messageOf(error)})` }];
  }
}

/** What a configuration profile left, which may be in the binary form. */
async function readManagedPreferences(where: string, system: PolicySystem): Promise<PolicyDocument[]> {
  try {
    if (!(await system.isThere(where))) return [];
    const { exitCode, output } = await system.run('/usr/bin/plutil', [
      '-convert',
      'json',
      '-o',
      '-',
      '--',
      where,
    ]);
    if (exitCode !== 0)
      return [{ where, problem: `plutil can't convert it (${output.trim().slice(0, 200)})` }];
    const document = parseText(where, output);
    return 'content' in document ? [{ where, content: withoutPayload(document.content) }] : [document];
  } catch (error) {
    return [{ where, problem: `it can't be read (${messageOf(error)})` }];
  }
}

/** Without the keys of the profile itself, which some management servers leave beside ours. */
function withoutPayload(content: unknown): unknown {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return content;
  const own = Object.entries(content).filter(([name]) => !/^Payload[A-Z]/.test(name));
  return { version: 1, ...Object.fromEntries(own) };
}

function parseText(where: string, text: string): PolicyDocument {
  try {
    // Windows' editors put a byte order mark before the text.
    return { where, content: JSON.parse(text.replace(/^\uFEFF/, '')) };
  } catch (error) {
    return { where, problem: `it is not JSON (${messageOf(error)})` };
  }
}

function thisSystem(): PolicySystem {
  return {
    platform: process.platform,
    userName: userInfo().username,
    environment: process.env,
    readText: async (path) => {
      const found = await statIfThere(path);
      if (found === undefined) return undefined;
      if (found.size > maximumBytes) throw new Error(`it is larger than ${maximumBytes} bytes`);
      return readFile(path, 'utf8');
    },
    isThere: async (path) => (await statIfThere(path)) !== undefined,
    run: runProgram,
  };
}

async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Without a shell. */
export function runProgram(
  program: string,
  args: readonly string[],
): Promise<{ readonly exitCode: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: programLimitMs, maxBuffer: maximumBytes, windowsHide: true };
    execFile(program, args, limits, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, output: stdout });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, output: stdout || stderr });
      else reject(error);
    });
  });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
