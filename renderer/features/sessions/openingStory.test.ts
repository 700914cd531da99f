import { expect, test } from 'vitest';
import type { Session } from '../../../shared/model/session.ts';
import { tellOpening } from './openingStory.ts';

const session: Session = {
  id: '00000000-0000-4000-8000-000000000010',
  user: 'ada',
  hostId: '00000000-0000-4000-8000-000000000020',
  hostName: 'web-01',
  address: '10.0.0.1',
  protocol: 'ssh',
  state: { kind: 'requested' },
  openedAt: 0,
  attempts: [],
};

test('tells the way through the states', () => {
  const step = (state: Session['state'], now = 1000) => tellOpening(state, session, 0, now).step;
  expect(step({ kind: 'requested' })).toBe('Asking Proxima for a session');
  expect(step({ kind: 'placing' })).toBe('Choosing a session manager');
  expect(step({ kind: 'connecting', managerId: 'm-1' })).toBe('Connecting through m-1');
});

test('counts a queue down, and never below nothing', () => {
  const step = (now: number) => tellOpening({ kind: 'placing', waitingUntil: 30_000 }, session, 0, now).step;
  expect(step(7_500)).toBe('No session manager is free. Waiting for one: 23 s left');
  expect(step(99_000)).toContain('0 s left');
});

test('names the manager, and says so when the host takes its time', () => {
  const named = { ...session, managerName: 'guacd east' };
  const { step } = tellOpening({ kind: 'connecting', managerId: 'm-1' }, named, 0, 8_000);
  expect(step).toBe('Connecting through guacd east. web-01 takes its time to answer');
});

test('tells what was tried in vain, and only that', () => {
  const attempts: Session['attempts'] = [
    {
      managerId: 'a',
      name: 'east',
      startedAt: 0,
      durationMs: 9,
      failure: { code: 'manager_unreachable' },
    },
    { managerId: 'b', name: 'west', startedAt: 9, durationMs: 9 },
  ];
  const { setbacks } = tellOpening({ kind: 'live', managerId: 'b' }, { ...session, attempts }, 0, 20);
  expect(setbacks).toEqual(['The session manager east does not accept connections.']);
});

test('knows nothing of a session that was not heard of yet', () => {
  expect(tellOpening({ kind: 'requested' }, undefined, 0, 0).setbacks).toEqual([]);
});
