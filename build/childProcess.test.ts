import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startChild } from './childProcess.ts';

const cwd = process.cwd();

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves once the text has come. */
function collect(script: string, options: { graceMs?: number } = {}) {
  let output = '';
  const child = startChild('sh', ['-c', script], { cwd, onOutput: (text) => (output += text), ...options });
  const seen = async (wanted: RegExp): Promise<string> => {
    for (let tries = 0; tries < 500 && !wanted.test(output); tries += 1) await sleep(10);
    return wanted.exec(output)?.[1] ?? '';
  };
  return { child, seen };
}

it('tells the output and the exit code', async () => {
  const { child, seen } = collect('echo "hello there"; exit 3');
  expect(await seen(/(hello there)/)).toBe('hello there');
  expect(await child.exited).toBe(3);
});

it('tells a program that is not there', async () => {
  const child = startChild('/nonexistent/program', [], { cwd, onErrorOutput: () => {} });
  expect(await child.exited).toBeGreaterThan(0);
  await child.end();
});

it('lets a process end by itself, and takes the rest of its group with it', async () => {
  const { child, seen } = collect(
    `sh -c 'trap "" TERM; while :; do sleep 1; done' & echo "helper $! ready"; trap "echo ended politely; exit 5" TERM; while :; do sleep 0.05; done`,
  );
  const helper = Number(await seen(/helper (\d+) ready/));
  expect(isAlive(helper)).toBe(true);
  await child.end();
  expect(await child.exited).toBe(5);
  // The kernel's first process may take a while to collect it.
  await expect.poll(() => isAlive(helper), { timeout: 5_000 }).toBe(false);
});

it('ends a process that does not want to', async () => {
  const { child, seen } = collect(`trap "" TERM; echo "deaf now"; while :; do sleep 0.05; done`, {
    graceMs: 100,
  });
  await seen(/(deaf)/);
  await child.end();
  expect(await child.exited).toBe(128);
});
