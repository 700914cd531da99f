import type { ProximityGroup } from '../../shared/model/proximityGroup.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { goLive } from './liveSession.ts';
import { describeSession, type Opening, type OpeningPorts } from './openSession.ts';
import type { SessionLine } from './ports.ts';
import type { SessionEntry } from './sessionBook.ts';

/** A session that another gateway opened, and whose manager still holds it. */
export interface AdoptedLine {
  readonly line: SessionLine;
  readonly manager: SessionManager;
  readonly group: ProximityGroup;
}

/**
 * Goes on with a line that was joined. Its place is claimed where it is, whatever the limit: the manager has it already. Where the
 * registry can't be asked it goes on without, as every session does.
 */
export async function adoptLine(
  entry: SessionEntry,
  opening: Opening,
  { line, manager, group }: AdoptedLine,
  ports: OpeningPorts,
): Promise<void> {
  const { book, registry, now } = ports;
  book.update(entry, { kind: 'placing' });
  book.update(
    entry,
    { kind: 'connecting', managerId: manager.id },
    { managerName: manager.name, groupName: group.name },
  );
  await registry.claim(describeSession(entry, opening), () => ({
    managerId: manager.id,
    sessionLimit: null,
    poolId: group.poolId,
  }));
  if (entry.opening.signal.aborted) {
    line.close();
    await line.ended;
    void registry.release(entry.session.id);
    book.update(entry, { kind: 'closed', reason: 'user' });
    return;
  }
  const attempt = { managerId: manager.id, name: manager.name, startedAt: now(), durationMs: 0 };
  const attempts = [{ ...attempt, security: line.security }];
  const placement = [`${group.name}: taken up from another gateway`];
  goLive(entry, line, { manager, groupId: group.id, placement, attempts }, ports);
}
