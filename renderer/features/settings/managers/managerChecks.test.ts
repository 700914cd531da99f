import { expect, test } from 'vitest';
import { createRouterClient, implement } from '@orpc/server';
import { administration } from '../../../../shared/contract/administration.ts';
import { failureOf } from '../../../../shared/contract/failure.ts';
import type { ManagerCheckEvent } from '../../../../shared/model/managerCheck.ts';
import { emptySettings } from '../../../../shared/model/settings.ts';
import type { Settings } from '../../../../shared/model/settings.ts';
import type { Client } from '../records/useAnswer.ts';
import { allSteps, describeTime, tellExpiry, tellFailure } from './checkWords.ts';
import { createManagerChecks, subjectOf, subjectsToCheck } from './managerChecks.ts';
import type { ManagerCheck } from './managerChecks.ts';

const manager = (id: string, port = 4822) => ({
  id,
  name: id,
  address: '127.0.0.1',
  port,
  weight: 1,
  sessionLimit: null,
  intent: 'enabled' as const,
});

type Script = (managerId: string, signal: AbortSignal | undefined) => AsyncGenerator<ManagerCheckEvent>;

/** Real calls, in this process. */
function clientOf(script: Script): Client {
  const os = implement(administration);
  const check = os.managers.check.handler(({ input, signal }) => script(input.manager.id, signal));
  return createRouterClient({ managers: { check } }) as unknown as Client;
}

const passed = (step: 'dns' | 'tcp'): ManagerCheckEvent => ({
  kind: 'step',
  step: { step, outcome: 'passed', durationMs: 3 },
});

async function untilDone(checks: ReturnType<typeof createManagerChecks>, id: string): Promise<ManagerCheck> {
  await expect.poll(() => checks.getState().get(id)?.state).toBe('done');
  const check = checks.getState().get(id);
  if (check === undefined) throw new Error('no check');
  return check;
}

test('a check gathers its steps in order, and what was found', async () => {
  const checks = createManagerChecks(
    clientOf(async function* () {
      yield { kind: 'step', step: { step: 'tcp', outcome: 'running' } };
      yield passed('tcp');
      yield passed('dns');
      yield { kind: 'done', security: 'secured', certificateNotAfter: 5 };
    }),
  );
  checks.check({ manager: manager('m'), trust: { kind: 'unverified' } });
  const check = await untilDone(checks, 'm');
  expect(check.steps.map(({ step, outcome }) => [step, outcome])).toEqual([
    ['dns', 'passed'],
    ['tcp', 'passed'],
  ]);
  expect(check).toMatchObject({ security: 'secured', certificateNotAfter: 5 });
  expect(tellFailure(check)).toBeUndefined();
  expect(allSteps(check).map(({ outcome }) => outcome)).toEqual([
    'passed',
    'passed',
    ...Array(4).fill('waiting'),
  ]);
});

test('a failed step is named with what to do', async () => {
  const checks = createManagerChecks(
    clientOf(async function* () {
      yield {
        kind: 'step',
        step: { step: 'tcp', outcome: 'failed', failure: failureOf('manager_unreachable') },
      };
      yield { kind: 'done' };
    }),
  );
  checks.check({ manager: manager('m'), trust: { kind: 'plain' } });
  const story = tellFailure(await untilDone(checks, 'm'));
  expect(story?.step).toBe('Connection (TCP)');
  expect(story?.what).toMatch(/m does not accept connections/);
});

test('a check that can’t be made is a failure, not a success', async () => {
  const checks = createManagerChecks(
    // oxlint-disable-next-line require-yield -- a stream that breaks before its first event
    clientOf(async function* () {
      throw new Error('broken');
    }),
  );
  checks.check({ manager: manager('m'), trust: { kind: 'plain' } });
  expect(tellFailure(await untilDone(checks, 'm'))).toMatchObject({ step: undefined });
});

test('few run at once, and a second check of the same manager takes the place of the first', async () => {
  let open = 0;
  let most = 0;
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const checks = createManagerChecks(
    clientOf(async function* () {
      most = Math.max(most, ++open);
      await gate;
      open--;
      yield { kind: 'done', security: 'secured' };
    }),
  );
  for (let id = 0; id < 20; id++) checks.check({ manager: manager(`m${id}`), trust: { kind: 'plain' } });
  checks.check({ manager: manager('m19', 4823), trust: { kind: 'plain' } });
  release();
  const last = await untilDone(checks, 'm19');
  expect(last.subject.manager.port).toBe(4823);
  expect(most).toBeLessThanOrEqual(6);
});

test('a save is followed by checks of what is reached in another way, and of nothing else', () => {
  const [defaultGroup] = emptySettings.groups;
  if (defaultGroup === undefined) throw new Error('no Default group');
  const before: Settings = {
    ...emptySettings,
    managers: [manager('a'), manager('b')],
    groups: [{ ...defaultGroup, managerIds: ['a'] }],
  };
  const ids = (after: Settings) => subjectsToCheck(before, after).map((subject) => subject.manager.id);
  expect(ids({ ...before, managers: [{ ...manager('a'), weight: 3, name: 'new' }, manager('b')] })).toEqual(
    [],
  );
  expect(ids({ ...before, managers: [manager('a', 1), manager('b'), manager('c')] })).toEqual(['a', 'c']);
  expect(
    ids({ ...before, groups: [{ ...defaultGroup, managerIds: ['a'], trust: { kind: 'plain' } }] }),
  ).toEqual(['a']);
  expect(subjectOf(manager('a'), before.groups)).toMatchObject({ groupName: 'Default' });
});

test('times and expiry are told as people read them', () => {
  expect(describeTime(0.2)).toBe('< 1 ms');
  expect(describeTime(12.4)).toBe('12 ms');
  expect(describeTime(2345)).toBe('2.3 s');
  const now = Date.UTC(2026, 10, 20);
  const inDays = (days: number) => now + days * 86_400_000;
  expect(tellExpiry(undefined, now)).toBeUndefined();
  expect(tellExpiry(inDays(31), now)).toBeUndefined();
  expect(tellExpiry(inDays(30), now)).toBe('certificate expires in 30 days');
  expect(tellExpiry(inDays(1), now)).toBe('certificate expires in 1 day');
  expect(tellExpiry(inDays(-2), now)).toMatch(/^certificate expired on/);
});
