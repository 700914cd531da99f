import { expect, test } from 'vitest';
import { createRouterClient, implement, ORPCError } from '@orpc/server';
import { registry } from '../../../../shared/contract/registry.ts';
import type { Pool } from '../../../../shared/model/pool.ts';
import type { RegistryMember } from '../../../../shared/model/registryHealth.ts';
import type { Client } from '../records/useAnswer.ts';
import { createPoolChecks, summariseCheck } from './poolChecks.ts';
import type { PoolChecks } from './poolChecks.ts';

const pool = (change: Partial<Pool> = {}): Pool => ({
  id: 'north',
  name: 'North',
  endpoints: ['https://a:1', 'https://b:1', 'https://c:1'],
  slack: 2,
  leaseSeconds: 30,
  ...change,
});
const member = (endpoint: string, change: Partial<RegistryMember> = {}): RegistryMember => ({
  endpoint,
  alarms: [],
  warnings: [],
  ...change,
});
const failed = (endpoint: string) => member(endpoint, { failure: { code: 'registry_unavailable' } });

/** Real calls, in this process. */
function clientOf(script: (pool: Pool) => AsyncGenerator<RegistryMember>): Client {
  const check = implement({ registry }).registry.check.handler(({ input }) => script(input.pool));
  return createRouterClient({ registry: { check } }) as unknown as Client;
}

async function untilDone(checks: PoolChecks) {
  await expect.poll(() => checks.getState().get('north')?.isRunning).toBe(false);
  const check = checks.getState().get('north');
  if (check === undefined) throw new Error('no check');
  return check;
}

test('members are there as they answer', async () => {
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => (goOn = resolve));
  const checks = createPoolChecks(
    clientOf(async function* () {
      yield member('https://b:1', { role: 'leader' });
      await gate;
      yield failed('https://a:1');
    }),
  );
  checks.check(pool());
  await expect.poll(() => checks.getState().get('north')?.members.length).toBe(1);
  expect(checks.getState().get('north')?.isRunning).toBe(true);
  goOn();
  const check = await untilDone(checks);
  expect(check.members.map(({ endpoint }) => endpoint)).toEqual(['https://b:1', 'https://a:1']);
  expect(check.failure).toBeUndefined();
});

test('a check that can’t be made is a failure, and a second one takes the place of the first', async () => {
  let made = 0;
  const checks = createPoolChecks(
    clientOf(async function* ({ endpoints }) {
      if (++made === 1) throw new ORPCError('FAILED', { data: { code: 'private_key_missing' } });
      for (const endpoint of endpoints) yield member(endpoint);
    }),
  );
  checks.check(pool());
  expect((await untilDone(checks)).failure?.code).toBeDefined();
  checks.check(pool({ endpoints: ['https://d:1'] }));
  await expect.poll(() => checks.getState().get('north')?.members.length).toBe(1);
  expect((await untilDone(checks)).failure).toBeUndefined();
});

test('a check is summed up by who answers', () => {
  const summary = (members: readonly RegistryMember[], endpoints = pool().endpoints) =>
    summariseCheck({ isRunning: false, pool: pool({ endpoints }), members });
  const [a, b, c] = ['https://a:1', 'https://b:1', 'https://c:1'].map((endpoint) => member(endpoint));
  if (a === undefined || b === undefined || c === undefined) throw new Error('three members');
  expect(summary([a, b, c])).toEqual({ tone: 'good', word: 'all 3 answer' });
  expect(summary([a, b, failed('https://c:1')])).toEqual({ tone: 'warning', word: '2 of 3 answer' });
  expect(summary([a])).toEqual({ tone: 'bad', word: '1 of 3 answers' });
  expect(summary([])).toEqual({ tone: 'bad', word: 'none answers' });
  expect(summary([a], ['https://a:1'])).toEqual({ tone: 'good', word: 'answers' });
  expect(summary([failed('https://a:1')], ['https://a:1'])).toEqual({ tone: 'bad', word: 'does not answer' });
  expect(summary([a, b, { ...c, alarms: ['NOSPACE'] }])).toEqual({ tone: 'bad', word: 'raises an alarm' });
  expect(summary([a, b, { ...c, warnings: ['old'] }])).toMatchObject({ tone: 'warning' });
});
