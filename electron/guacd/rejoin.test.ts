import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fail, succeed, type FailureCode, type Result } from '../../shared/contract/failure.ts';
import type { Channel } from './channel.ts';
import { rejoin } from './rejoin.ts';

const channel = {} as Channel;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Fails as it is told, one after the other, and succeeds then. */
function failing(...codes: readonly FailureCode[]) {
  const left = [...codes];
  return vi.fn(async (): Promise<Result<Channel>> => {
    const code = left.shift();
    return code === undefined ? succeed(channel) : fail(code);
  });
}

async function settle(join: () => Promise<Result<Channel>>, holdMs = 60_000, stop = new AbortController()) {
  const joined = rejoin(join, holdMs, stop.signal);
  await vi.advanceTimersByTimeAsync(120_000);
  return joined;
}

it('joins at once, and again while the way is closed', async () => {
  const once = failing();
  expect(await rejoin(once, 1_000, new AbortController().signal)).toEqual(succeed(channel));
  const join = failing('manager_unreachable', 'manager_connect_timeout', 'manager_lost');
  expect(await settle(join)).toEqual(succeed(channel));
  expect(join).toHaveBeenCalledTimes(4);
});

it('believes a manager that does not have the session any more', async () => {
  const join = failing('manager_closed', 'manager_closed', 'manager_closed', 'manager_closed');
  expect(await settle(join)).toMatchObject({ ok: false, failure: { code: 'manager_closed' } });
  expect(join).toHaveBeenCalledTimes(3);
});

it('does not try again where that leads nowhere', async () => {
  const join = failing('manager_refused_client');
  expect(await settle(join)).toMatchObject({ ok: false });
  expect(join).toHaveBeenCalledTimes(1);
});

it('gives up when the session is held no longer, or nobody wants it', async () => {
  const never = vi.fn(async () => fail('manager_unreachable'));
  expect(await settle(never, 5_000)).toMatchObject({ ok: false });
  expect(never.mock.calls.length).toBeGreaterThan(4);
  expect(never.mock.calls.length).toBeLessThan(12);

  const stop = new AbortController();
  const joined = rejoin(never, 60_000, stop.signal);
  await vi.advanceTimersByTimeAsync(500);
  stop.abort();
  const calls = never.mock.calls.length;
  expect(await joined).toMatchObject({ ok: false });
  expect(never).toHaveBeenCalledTimes(calls + 1);
});
