import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHostProcess } from './hostProcess.ts';
import { openKeyedSecrets } from './keyedSecrets.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-host-process-'));
});
afterEach(() => rm(folder, { recursive: true }));

const startDesktop = () =>
  startHostProcess({
    version: '0',
    runsIn: 'desktop',
    dataFolder: folder,
    openSecrets: () => openKeyedSecrets(folder, 'a key that is long enough'),
    log: pino({ level: 'silent' }),
    administrator: 'tester',
    whatIfWorkerFile: new URL('./whatIf/worker.ts', import.meta.url),
    readPolicies: async () => [],
  });

test('the desktop app starts where the key of what it holds was lost with the stored secrets', async () => {
  await (await startDesktop()).close();
  for (const name of ['secrets.json', 'secrets.1.json']) await rm(join(folder, name), { force: true });
  const next = await startDesktop();
  expect(next.owner.name).toBe('tester');
  await next.close();
});
