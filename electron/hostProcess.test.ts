import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HostProcessOptions, startHostProcess } from './hostProcess.ts';
import { openKeyedSecrets } from './keyedSecrets.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-host-process-'));
});
afterEach(() => rm(folder, { recursive: true }));

const startDesktop = (more: Partial<HostProcessOptions> = {}) =>
  startHostProcess({
    version: '0',
    runsIn: 'desktop',
    dataFolder: folder,
    openSecrets: () => openKeyedSecrets(folder, 'a key that is long enough'),
    log: pino({ level: 'silent' }),
    administrator: 'tester',
    whatIfWorkerFile: new URL('./whatIf/worker.ts', import.meta.url),
    readPolicies: async () => [],
    ...more,
  });

test('the desktop app starts where the key of what it holds was lost with the stored secrets', async () => {
  await (await startDesktop()).close();
  for (const name of ['secrets.json', 'secrets.1.json']) await rm(join(folder, name), { force: true });
  const next = await startDesktop();
  expect(next.owner.name).toBe('tester');
  await next.close();
});

test.each([
  ['without a policy it is', undefined, true],
  ['where a policy forbids it, it is not', false, false],
])("runs this machine's own session manager: %s", async (_, usesLocalManager, isRun) => {
  const marker = join(folder, 'was-run');
  const worker = join(folder, 'worker.mjs');
  await writeFile(
    worker,
    `import { writeFileSync } from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    writeFileSync(${JSON.stringify(marker)}, '');
    parentPort.postMessage({ kind: 'failed', why: 'only a test' });`,
  );
  const content = { version: 1, managedBy: 'IT', settings: { usesLocalManager } };
  const host = await startDesktop({
    localManager: { workerFile: pathToFileURL(worker), engine: 'auto' },
    readPolicies: async () => (usesLocalManager === undefined ? [] : [{ where: 'a policy', content }]),
  });
  await host.close();
  expect(
    await access(marker).then(
      () => true,
      () => false,
    ),
  ).toBe(isRun);
});
