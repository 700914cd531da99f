import { expect, test } from 'vitest';
import { chooseOverlay } from './overlayChoice.ts';

const live = { kind: 'live', managerId: 'a' } as const;
const drawn = { kind: 'drawn' } as const;

test('nothing lies over the picture of a live session, even while the contract line is lost', () => {
  expect(chooseOverlay(live, drawn, 'connected')).toEqual({ kind: 'none' });
  expect(chooseOverlay(live, drawn, 'lost')).toEqual({ kind: 'none' });
});

test('a way to the manager that is sought again is told, whatever the picture does meanwhile', () => {
  for (const picture of [drawn, { kind: 'broken' }] as const)
    expect(chooseOverlay({ ...live, reconnecting: true }, picture, 'connected')).toEqual({
      kind: 'reconnecting',
    });
});

test('a loss of Proxima is said where the picture went with it', () => {
  expect(chooseOverlay(live, { kind: 'broken' }, 'lost')).toEqual({ kind: 'connection-lost' });
  expect(chooseOverlay({ kind: 'placing' }, { kind: 'opening' }, 'lost')).toEqual({
    kind: 'connection-lost',
  });
});

test('a session that has a window of its own is told about there', () => {
  for (const state of [live, { kind: 'closed', reason: 'ended' }] as const)
    expect(chooseOverlay(state, drawn, 'lost', { isElsewhere: true })).toEqual({ kind: 'elsewhere' });
});

test('whoever has to sign in first has lost Proxima, too', () => {
  expect(chooseOverlay(live, { kind: 'broken' }, 'signed-out')).toEqual({ kind: 'connection-lost' });
});

test('an opening is told until the first picture', () => {
  expect(chooseOverlay({ kind: 'requested' }, drawn, 'connected')).toEqual({ kind: 'opening' });
  expect(chooseOverlay(live, { kind: 'opening' }, 'connected')).toEqual({ kind: 'opening' });
  expect(chooseOverlay(live, { kind: 'broken' }, 'connected')).toEqual({ kind: 'opening' });
});

test('the end of a session outranks everything', () => {
  const failure = { code: 'host_error' } as const;
  expect(chooseOverlay({ kind: 'closed', reason: 'failed', failure }, drawn, 'lost')).toEqual({
    kind: 'failed',
    failure,
  });
  expect(chooseOverlay({ kind: 'closed', reason: 'ended' }, drawn, 'connected')).toEqual({
    kind: 'ended',
    by: 'host',
  });
  expect(chooseOverlay({ kind: 'closed', reason: 'user' }, drawn, 'connected')).toEqual({
    kind: 'ended',
    by: 'person',
  });
});

test('a picture that another window took is left to its person', () => {
  const failure = { code: 'host_session_taken' } as const;
  expect(chooseOverlay(live, { kind: 'given-up', failure }, 'connected')).toEqual({
    kind: 'picture-lost',
    failure,
  });
});

test('while another gateway takes the session up, that is said until its picture is there', () => {
  const away = { isAway: true };
  expect(chooseOverlay(live, drawn, 'connected', away)).toEqual({ kind: 'away' });
  expect(chooseOverlay(live, { kind: 'broken' }, 'lost', away)).toEqual({ kind: 'connection-lost' });
  const found = { isFound: true };
  expect(chooseOverlay({ kind: 'requested' }, drawn, 'connected', found)).toEqual({ kind: 'away' });
  expect(chooseOverlay(live, { kind: 'opening' }, 'connected', found)).toEqual({ kind: 'away' });
  expect(chooseOverlay(live, drawn, 'connected', found)).toEqual({ kind: 'none' });
  const failure = { code: 'host_unreachable' } as const;
  expect(chooseOverlay({ kind: 'closed', reason: 'failed', failure }, drawn, 'connected', found)).toEqual({
    kind: 'failed',
    failure,
  });
});
