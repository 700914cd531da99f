import type { SessionState } from '../../shared/model/session.ts';

type Kind = SessionState['kind'];

/** From each state to those that may follow it. `closed` is final. */
const followers: Readonly<Record<Kind, readonly Kind[]>> = {
  requested: ['placing', 'closed'],
  placing: ['placing', 'connecting', 'closed'],
  connecting: ['placing', 'live', 'closed'],
  live: ['live', 'closed'],
  closed: [],
};

/** The one function that moves a session's state: `next`, or the state as it was where that move doesn't exist. */
export function moveState(from: SessionState, next: SessionState): SessionState {
  return followers[from.kind].includes(next.kind) ? next : from;
}
