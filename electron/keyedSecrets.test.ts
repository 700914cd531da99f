import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openKeyedSecrets, takeKeyFromEnvironment } from './keyedSecrets.ts';

const key = 'a key that is long enough';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-keyed-'));
});
afterEach(async () => {
  delete process.env['PROXIMA_KEY'];
  await rm(folder, { recursive: true, force: true });
});

it('takes the key out of the environment, also for processes that are started from here', () => {
  process.env['PROXIMA_KEY'] = key;
  expect(takeKeyFromEnvironment()).toBe(key);
  expect(takeKeyFromEnvironment()).toBeUndefined();
  const inherited = execFileSync(process.execPath, ['-p', 'process.env.PROXIMA_KEY'], { encoding: 'utf8' });
  expect(inherited.trim()).toBe('undefined');
  process.env['PROXIMA_KEY'] = '';
  expect(takeKeyFromEnvironment()).toBeUndefined();
});

it('opens what was stored under the same key, and says what is wrong with another', async () => {
  const hostId = '00000000-0000-4000-8000-000000000009';
  const first = await openKeyedSecrets(folder, key);
  expect(first.kind).toBe('encrypted-file');
  await first.write(hostId, { password: 'x' });
  const again = await openKeyedSecrets(folder, key);
  expect(await again.read(hostId)).toEqual({ ok: true, value: { password: 'x' } });
  await expect(openKeyedSecrets(folder, `another ${key}`)).rejects.toThrow(/can't be opened: the key is not/);
  await expect(openKeyedSecrets(folder, 'short')).rejects.toThrow(/shorter than 16 bytes/);
});
