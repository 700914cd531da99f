import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Failure } from '../../../shared/contract/failure.ts';
import { createGuacamoleTunnel } from './guacamoleTunnel.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function openTunnel() {
  const sent: string[] = [];
  const ends: (Failure | undefined)[] = [];
  const taken: string[] = [];
  let receive = (_bytes: Uint8Array) => {};
  let close = (_failure?: Failure) => {};
  let left: AbortSignal | undefined;
  const tunnel = createGuacamoleTunnel(
    (signal) => {
      left = signal;
      return {
        send: (text) => sent.push(text),
        onMessage: (listener) => (receive = listener),
        onClose: (listener) => (close = listener),
      };
    },
    (bytes) => taken.push(new TextDecoder().decode(bytes)),
    (failure) => ends.push(failure),
  );
  tunnel.connect();
  return {
    tunnel,
    sent,
    ends,
    taken,
    receive: (text: string) => receive(bytesOf(text)),
    close: (failure?: Failure) => close(failure),
    isLeft: () => left?.aborted,
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('hands on the bytes as they come, and is open from the first of them', () => {
  const opened = openTunnel();
  expect(opened.tunnel.isConnected()).toBe(false);
  opened.receive('4.size,1.0,3.8');
  opened.receive('00,3.600;');
  expect(opened.taken).toEqual(['4.size,1.0,3.8', '00,3.600;']);
  expect(opened.tunnel.isConnected()).toBe(true);
});

test('sends lengths in code points', () => {
  const opened = openTunnel();
  opened.tunnel.sendMessage('key', 97, 1);
  opened.tunnel.sendMessage('argv', 0, 'text/plain', 'ü😀');
  expect(opened.sent).toEqual(['3.key,2.97,1.1;', '4.argv,1.0,10.text/plain,2.ü😀;']);
});

test('leaving ends neither the session nor counts as a failure', () => {
  const opened = openTunnel();
  opened.tunnel.sendMessage('disconnect');
  opened.tunnel.disconnect();
  opened.close({ code: 'host_process_lost' });
  opened.tunnel.sendMessage('nop');
  expect(opened.sent).toEqual([]);
  expect(opened.ends).toEqual([]);
  expect(opened.isLeft()).toBe(true);
});

test('tells once why the other side ended it', () => {
  const opened = openTunnel();
  opened.close({ code: 'session_closed' });
  opened.close({ code: 'internal' });
  expect(opened.ends).toEqual([{ code: 'session_closed' }]);
  expect(opened.tunnel.isConnected()).toBe(false);
});

test('hands on nothing once it was left', () => {
  const opened = openTunnel();
  opened.tunnel.disconnect();
  opened.receive('3.nop;');
  expect(opened.taken).toEqual([]);
});

test('takes a line for dead that was silent for fifteen seconds', () => {
  const opened = openTunnel();
  vi.advanceTimersByTime(14_000);
  opened.receive('3.nop;');
  vi.advanceTimersByTime(14_000);
  expect(opened.ends).toEqual([]);
  vi.advanceTimersByTime(1_001);
  expect(opened.ends).toEqual([{ code: 'host_process_lost' }]);
});
