import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGate, type Gate, type GateOptions } from './gate.ts';
import { createGuacdEngine } from './guacdEngine.ts';
import { findGuacd, startLocalGuacd } from './localGuacd.ts';
import { managerPolicySchema, type ManagerPolicy } from './policy.ts';

/** What a test may look up: one line for each event. */
export interface TestLog {
  readonly lines: string[];
  /** Those of them that are warnings. */
  readonly warnings: string[];
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export function createTestLog(): TestLog {
  const lines: string[] = [];
  const warnings: string[] = [];
  const tell = (fields: object, message: string) => `${message} ${JSON.stringify(fields)}`;
  return {
    lines,
    warnings,
    info: (fields, message) => void lines.push(tell(fields, message)),
    warn(fields, message) {
      lines.push(tell(fields, message));
      warnings.push(tell(fields, message));
    },
  };
}

/** A policy for servers on this very machine, with what else a test wants. */
export const loopbackPolicy = (more: object = {}): ManagerPolicy =>
  managerPolicySchema.parse({ version: 1, targets: { deny: [] }, ...more });

export const gateDefaults = {
  listen: { address: '127.0.0.1', port: 0 },
  sessionLimit: null,
  holdSeconds: 60,
  version: '1.2.3',
} as const;

/** What keeps the tests with real servers from running here. */
const lacks =
  findGuacd() === undefined
    ? 'guacd is not installed'
    : process.getuid?.() === 0
      ? undefined
      : 'the SSH server of the rig has to be started by root';
export const isWithoutServers = lacks !== undefined;
/** For the title of what is skipped. */
export const whyWithoutServers = lacks === undefined ? '' : ` (${lacks})`;

export interface TestGate extends Gate {
  /** As an operating system that runs out of memory does. */
  killGuacd(): void;
  closeAll(): Promise<void>;
}

/** A gate in front of a real guacd of its own. */
export async function openGateOverGuacd(
  options: Partial<GateOptions> & Pick<GateOptions, 'log'>,
): Promise<TestGate> {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-gate-'));
  let onRestart: () => void = () => undefined;
  const guacd = await startLocalGuacd(findGuacd() ?? 'guacd', {
    folder,
    log: () => {},
    onRestart: () => onRestart(),
  });
  const engine = createGuacdEngine({
    host: '127.0.0.1',
    port: guacd.port,
    stop: () => guacd.stop(),
    onRestart: (listener) => void (onRestart = listener),
  });
  const gate = await openGate({ ...gateDefaults, engine, policy: loopbackPolicy(), ...options });
  return {
    ...gate,
    killGuacd() {
      // Its children have the same command line; the eldest is the one that listens.
      const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isGuacdAt(name, guacd.port));
      const [eldest] = pids.map(Number).toSorted((left, right) => left - right);
      if (eldest !== undefined) process.kill(eldest, 'SIGKILL');
    },
    async closeAll() {
      await gate.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isGuacdAt(pid: string, port: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`\0-l\0${port}\0`);
  } catch {
    return false;
  }
}
