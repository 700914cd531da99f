import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Failure } from '../../shared/contract/failure.ts';
import { failureOfError } from './failureOfError.ts';
import { connect } from './hostConnection.ts';
import type { ContractLine } from './wire.ts';
import { watchStream } from './watchStream.ts';

/** A wire whose lines answer every call with its path, as long as they aren't broken. */
function fakeWire() {
  const lines: { break(): void; answersCalls: boolean; ended?: Failure }[] = [];
  return {
    lines,
    isThere: true,
    openContract(): ContractLine {
      let close = () => {};
      const closed = new Promise<void>((resolve) => (close = resolve));
      const line: (typeof lines)[number] = { break: close, answersCalls: this.isThere };
      lines.push(line);
      if (!this.isThere) close();
      const link = {
        call: (path: readonly string[]) =>
          line.answersCalls ? Promise.resolve(path.join('.')) : new Promise<never>(() => {}),
      };
      return { link, closed, endedBy: () => line.ended, close };
    },
    openTunnel: () => {
      throw new Error('no tunnel here');
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', new EventTarget());
  vi.stubGlobal('document', new EventTarget());
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settleDown = () => vi.advanceTimersByTimeAsync(0);

test('is connected once the host process has answered, and connects again after a loss', async () => {
  const wire = fakeWire();
  const connection = connect(wire);
  const states: string[] = [];
  connection.subscribe(() => states.push(connection.getState()));
  expect(connection.getState()).toBe('connecting');
  await settleDown();
  wire.lines[0]?.break();
  await settleDown();
  expect(connection.getState()).toBe('lost');
  await vi.advanceTimersByTimeAsync(250);
  expect(states).toEqual(['connected', 'lost', 'connected']);
  expect(wire.lines).toHaveLength(2);
});

test('calls wait for the first answer, and fail at once while the connection is lost', async () => {
  const wire = fakeWire();
  const connection = connect(wire);
  const early = connection.client.app.describe({});
  await settleDown();
  await expect(early).resolves.toBe('app.describe');
  wire.lines[0]?.break();
  await settleDown();
  const refused = await connection.client.app.describe({}).catch(failureOfError);
  expect(refused).toEqual({ code: 'host_process_lost' });
});

test('a line that stops answering is given up, although it never closed', async () => {
  const wire = fakeWire();
  const connection = connect(wire);
  await settleDown();
  wire.lines[0]!.answersCalls = false;
  await vi.advanceTimersByTimeAsync(29_000);
  expect(connection.getState()).toBe('connected');
  await vi.advanceTimersByTimeAsync(1_500);
  expect(wire.lines).toHaveLength(2);
  expect(connection.getState()).toBe('connected');
});

test('tries again at once when the network comes back', async () => {
  const wire = fakeWire();
  wire.isThere = false;
  const connection = connect(wire);
  while (wire.lines.length < 8) await vi.advanceTimersToNextTimerAsync();
  await settleDown();
  const tries = wire.lines.length;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(wire.lines).toHaveLength(tries);
  wire.isThere = true;
  window.dispatchEvent(new Event('online'));
  await settleDown();
  expect(connection.getState()).toBe('connected');
});

test('a stream is followed across a loss, and not after it was stopped', async () => {
  const wire = fakeWire();
  const connection = connect(wire);
  const heard: number[] = [];
  let opened = 0;
  const stop = watchStream(
    connection,
    async () => {
      opened++;
      return (async function* () {
        yield opened;
        throw new Error('the line broke');
      })();
    },
    (event) => heard.push(event),
  );
  await settleDown();
  expect(heard).toEqual([1]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(heard.slice(0, 3)).toEqual([1, 2, 3]);
  stop();
  const last = heard.length;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(heard).toHaveLength(last);
});

test('tells that its person has to sign in first, and connects again once they did', async () => {
  const wire = { ...fakeWire(), isSignedOut: () => Promise.resolve(true) };
  const connection = connect(wire);
  await settleDown();
  expect(connection.getState()).toBe('connected');
  const states: string[] = [];
  connection.subscribe(() => states.push(connection.getState()));
  wire.isThere = false;
  wire.lines[0]?.break();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(states).toEqual(['lost', 'signed-out']);
  wire.isThere = true;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(states).toEqual(['lost', 'signed-out', 'connected']);
});

test('moves to another gateway when this one is being stopped, and is never lost by that', async () => {
  const wire = { ...fakeWire(), isSignedOut: vi.fn<() => Promise<boolean>>(() => Promise.resolve(false)) };
  const connection = connect(wire);
  const states: string[] = [];
  await settleDown();
  connection.subscribe(() => states.push(connection.getState()));
  const [line] = wire.lines;
  line!.ended = { code: 'node_draining' };
  line!.break();
  const called = connection.client.app.describe({});
  await settleDown();
  expect(states).toEqual(['moving', 'connected']);
  expect([wire.isSignedOut.mock.calls.length, wire.lines.length]).toEqual([1, 2]);
  await expect(called).resolves.toBe('app.describe');
});
