import { expect, test } from 'vitest';
import { describeFailure, failureCodes } from './failure.ts';

test('names the host and the manager where they are known', () => {
  const { what } = describeFailure({ code: 'host_unreachable' }, { host: 'Web server' });
  expect(what).toBe('Web server could not be reached, or refused the connection.');
  const { what: closed } = describeFailure({ code: 'manager_closed' }, { manager: 'north-1' });
  expect(closed).toBe('The session manager north-1 closed the connection.');
});

test('a host without a name is a word of its sentence, wherever it stands', () => {
  expect(describeFailure({ code: 'host_timeout' }).what).toBe('The host did not answer in time.');
  expect(describeFailure({ code: 'no_manager_available' }).what).toBe(
    'No session manager that serves the host can take a session now.',
  );
  expect(describeFailure({ code: 'host_session_taken' }).what).toBe(
    'Someone else took over the session on the host.',
  );
});

test.each(failureCodes)('%s reads as a sentence without names', (code) => {
  const { what } = describeFailure({ code });
  expect(what).toMatch(/^[A-Z][^{}]*\.$/);
  expect(what).not.toMatch(/ The |\s{2}/);
});
