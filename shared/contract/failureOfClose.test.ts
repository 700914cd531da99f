import { expect, test } from 'vitest';
import { failureOfClose } from './failureOfClose.ts';

test('a normal close is no failure', () => {
  expect(failureOfClose({ code: 1000, reason: '' })).toBeUndefined();
});

test('the reason names the failure', () => {
  expect(failureOfClose({ code: 4404, reason: '516 session_unknown' })).toEqual({ code: 'session_unknown' });
  expect(failureOfClose({ code: 4401, reason: 'sign_in_needed' })).toEqual({ code: 'sign_in_needed' });
});

test('a line that broke off blames the connection to the host process', () => {
  expect(failureOfClose({ code: 1006, reason: '' })).toEqual({ code: 'host_process_lost' });
});

test('an application code without a known reason is our own fault', () => {
  expect(failureOfClose({ code: 4400, reason: 'odd' })).toEqual({ code: 'internal' });
});
