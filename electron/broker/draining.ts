import type { TopologySource } from './ports.ts';
import type { SessionBook } from './sessionBook.ts';

/** Whether administrators want the manager empty: it takes no new session, and those on it go on. */
export const isDraining = (topology: TopologySource, managerId: string): boolean =>
  topology.current().managers.some(({ id, intent }) => id === managerId && intent === 'draining');

/** Marks the live sessions whose manager drains by now, and those whose manager doesn't any more. */
export function markDraining(book: SessionBook, topology: TopologySource): void {
  for (const entry of book.entries()) {
    const { state, draining: was = false } = entry.session;
    if (state.kind !== 'live') continue;
    const draining = isDraining(topology, state.managerId);
    if (draining !== was) book.update(entry, state, { draining });
  }
}
