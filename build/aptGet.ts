import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const policyFile = '/usr/sbin/policy-rc.d';
const savedPolicyFile = '/usr/sbin/policy-rc.d.proxima-saved';
const policyMark = '# Written by Proxima for the time of one installation';
const lockFile = '/run/proxima-install.lock';
const lockWaitMs = 600_000;
const heartbeatMs = 5_000;
const lockRetryMs = 1_000;
const aptLockWaitSeconds = 120;

/**
 * Runs apt-get without questions, its output replacing `logFile`, and reports a line with the seconds passed every
 * five. Waits for another apt that holds the lock.
 *
 * The output goes to a file and not through a pipe, so that packages half way in are finished even when this
 * process is killed.
 *
 * @returns the exit status; 127 when apt-get can't be started.
 */
export async function runAptGet(
  args: readonly string[],
  step: string,
  logFile: string,
  report: (line: string) => void,
): Promise<number> {
  const startedAt = Date.now();
  report(`${step} …`);
  const heartbeat = setInterval(() => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    report(`${step}: ${seconds} s, ${readLastLine(logFile)}`);
  }, heartbeatMs);
  try {
    for (;;) {
      const status = await runOnce(args, logFile);
      // Of its locks, apt itself waits only for dpkg's.
      const isLocked =
        status !== 0 && /Could not get lock|Unable to lock/.test(readFileSync(logFile, 'utf8'));
      if (!isLocked || Date.now() - startedAt > aptLockWaitSeconds * 1000) return status;
      await sleep(lockRetryMs);
    }
  } finally {
    clearInterval(heartbeat);
  }
}

function runOnce(args: readonly string[], logFile: string): Promise<number> {
  const log = openSync(logFile, 'w');
  return new Promise<number>((resolve) => {
    const child = spawn('apt-get', [...aptOptions, ...args], {
      stdio: ['ignore', log, log],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    });
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code ?? 1));
  }).finally(() => closeSync(log));
}

const aptOptions = [
  '--assume-yes',
  '-o',
  `DPkg::Lock::Timeout=${aptLockWaitSeconds}`,
  '-o',
  'Dpkg::Use-Pty=0',
  '-o',
  'Dpkg::Options::=--force-confold',
];

/** The last line of apt's output that says something, cut to what fits beside the step's own words. */
export function readLastLine(logFile: string): string {
  const lines = existsSync(logFile) ? readFileSync(logFile, 'utf8').split('\n') : [];
  const last = lines.findLast((line) => line.trim() !== '') ?? 'waiting for apt';
  return last.trim().slice(0, 90);
}

/** Whether apt knows a version of the package that it could install. */
export function hasCandidate(name: string): boolean {
  const { stdout } = spawnSync('apt-cache', ['policy', name], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  return /Candidate: (?!\(none\))\S/.test(stdout ?? '');
}

/**
 * Does `work` while no package may start a daemon (policy-rc.d, `invoke-rc.d(8)`), one process of this project at a
 * time. Whatever policy the machine had is back afterwards: also on failure, on Ctrl-C, and at the next call after
 * the process was killed.
 */
export async function withoutServiceStarts<T>(
  report: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  await takeLock(report);
  const interruptions: NodeJS.Signals[] = [];
  const interrupt = (signal: NodeJS.Signals) => interruptions.push(signal);
  for (const signal of endingSignals) process.on(signal, interrupt);
  try {
    restorePolicy();
    denyServiceStarts();
    return await work();
  } finally {
    restorePolicy();
    rmSync(lockFile, { force: true });
    for (const signal of endingSignals) process.off(signal, interrupt);
    const [signal] = interruptions;
    if (signal) process.kill(process.pid, signal);
  }
}

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function denyServiceStarts(): void {
  if (existsSync(policyFile)) renameSync(policyFile, savedPolicyFile);
  writeFileSync(policyFile, `#!/bin/sh\n${policyMark}\nexit 101\n`, { mode: 0o755 });
}

function restorePolicy(): void {
  const isOurs = existsSync(policyFile) && readFileSync(policyFile, 'utf8').includes(policyMark);
  if (isOurs) rmSync(policyFile);
  if (existsSync(savedPolicyFile) && !existsSync(policyFile)) renameSync(savedPolicyFile, policyFile);
}

async function takeLock(report: (line: string) => void): Promise<void> {
  const giveUpAt = Date.now() + lockWaitMs;
  let isReported = false;
  while (Date.now() < giveUpAt) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isStale()) {
      rmSync(lockFile, { force: true });
      continue;
    }
    if (!isReported) report('Waiting for another installation of Proxima on this machine …');
    isReported = true;
    await sleep(500);
  }
  throw new Error(`another installation has held ${lockFile} for ten minutes`);
}

function isStale(): boolean {
  try {
    const owner = Number(readFileSync(lockFile, 'utf8'));
    return owner > 0 && !existsSync(`/proc/${owner}`);
  } catch {
    return false;
  }
}
