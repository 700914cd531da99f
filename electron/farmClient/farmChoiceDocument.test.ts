import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FarmChoice } from '../../shared/model/farmChoice.ts';
import { decideFarm, readFarmChoice, writeFarmChoice } from './farmChoiceDocument.ts';

const farm: FarmChoice = {
  address: 'https://proxima.example',
  verification: { kind: 'pins', pins: [`${'A'.repeat(43)}=`] },
};
const other: FarmChoice = { address: 'https://other.example', verification: { kind: 'system' } };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-farm-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('comes back as it was chosen, and is none at first', async () => {
  expect(await readFarmChoice(folder)).toEqual({ farm: null });
  expect(await writeFarmChoice(folder, farm)).toMatchObject({ ok: true });
  expect(await readFarmChoice(folder)).toEqual({ farm });
  await writeFarmChoice(folder, null);
  expect(await readFarmChoice(folder)).toEqual({ farm: null });
});

it.each([
  ['{', 'it is not JSON'],
  ['{"version":2,"farm":null}', 'version'],
  [
    '{"version":1,"farm":{"address":"http://proxima.example","verification":{"kind":"system"}}}',
    'farm.address',
  ],
  [
    '{"version":1,"farm":{"address":"https://ada@proxima.example","verification":{"kind":"system"}}}',
    'farm.address',
  ],
  [
    '{"version":1,"farm":{"address":"https://proxima.example","verification":{"kind":"none"}}}',
    'farm.verification',
  ],
  [
    '{"version":1,"farm":{"address":"https://proxima.example","verification":{"kind":"pins","pins":[]}}}',
    'pins',
  ],
])('tells that it can not be used: %s', async (content, why) => {
  await writeFile(join(folder, 'farm.json'), content);
  expect(await readFarmChoice(folder)).toEqual({ problem: expect.stringContaining(why) as string });
});

it('is decided by the policy, then by the command line, then by the person', () => {
  const policy = { farm: other, managedBy: 'IT' };
  const commandLine = 'https://proxima.example/x';
  expect(decideFarm({ policy, commandLine, chosen: farm })).toEqual({ farm: other, decidedBy: 'IT' });
  expect(decideFarm({ commandLine, chosen: farm })).toEqual({ farm, decidedBy: 'the command line (--farm)' });
  expect(decideFarm({ commandLine, chosen: other }).farm).toEqual({
    ...farm,
    verification: { kind: 'system' },
  });
  expect(decideFarm({ chosen: farm })).toEqual({ farm });
  expect(() => decideFarm({ commandLine: 'http://x', chosen: null })).toThrow(/--farm http:\/\/x/);
});
