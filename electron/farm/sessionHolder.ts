import type { Collection } from '../collections/collection.ts';
import type { SessionBook } from '../broker/sessionBook.ts';
import type { HeldSession } from './heldSession.ts';
import type { NodeDirectory } from './nodeDirectory.ts';

export interface SessionHolderPorts {
  readonly held: Collection<HeldSession>;
  readonly book: Pick<SessionBook, 'entries' | 'find' | 'onChange'>;
  readonly directory: Pick<NodeDirectory, 'ownRoute' | 'ownInstance' | 'isThere'>;
  readonly sealConnectionId: (sessionId: string, connectionId: string) => string;
  /** Another node has it now. */
  readonly endTaken: (sessionId: string) => void;
  readonly now: () => number;
}

export interface SessionHolder {
  /** What is written stays, so that others can take it up. */
  close(): Promise<void>;
}

const sweepIntervalMs = 30_000;
/** From when a node was first found gone. */
const keptAfterNodeMs = 10 * 60_000;

/** Writes down the live sessions of this node while they are, and clears away those that nobody came back for. */
export function holdSessions(ports: SessionHolderPorts): SessionHolder {
  const { held, book, directory, now } = ports;
  const own = { route: directory.ownRoute, instance: directory.ownInstance };
  /** Ids whose document is written, or being written. */
  const written = new Set<string>();
  const orphanedSince = new Map<string, number>();
  let work: Promise<unknown> = Promise.resolve();

  const inTurn = (change: () => Promise<unknown>) => {
    work = work.then(() => change()).catch(() => undefined);
  };

  function note(sessionId: string): void {
    const entry = book.find(sessionId);
    const state = entry?.session.state;
    if (entry?.line && state?.kind === 'live' && !written.has(sessionId)) {
      written.add(sessionId);
      const document: HeldSession = {
        version: 1,
        user: entry.origin.opener.user,
        hostId: entry.session.hostId,
        managerId: state.managerId,
        groupName: entry.session.groupName ?? '',
        sealedConnectionId: ports.sealConnectionId(sessionId, entry.line.connectionId),
        hadTypedCredential: entry.origin.hadTypedCredential,
        ...own,
        at: now(),
      };
      inTurn(() => held.putAll(new Map([[sessionId, document]])));
    } else if (written.has(sessionId) && (!state || state.kind === 'closed')) {
      written.delete(sessionId);
      inTurn(() => held.removeAll([sessionId]));
    }
  }

  function look(ids: readonly string[]): void {
    for (const id of ids) {
      const document = held.all().get(id);
      if (document && isOwn(document) && document.taken?.sessionId !== undefined) ports.endTaken(id);
    }
  }

  const isOwn = ({ route, instance }: HeldSession) => route === own.route && instance === own.instance;

  function sweep(): void {
    const over: string[] = [];
    for (const [id, document] of held.all()) {
      if (directory.isThere(document.route, document.instance)) {
        orphanedSince.delete(id);
        if (isOwn(document) && !written.has(id)) over.push(id);
      } else if (now() - (orphanedSince.get(id) ?? now()) > keptAfterNodeMs) over.push(id);
      else if (!orphanedSince.has(id)) orphanedSince.set(id, now());
    }
    for (const id of orphanedSince.keys()) if (!held.all().has(id)) orphanedSince.delete(id);
    if (over.length > 0) inTurn(() => held.removeAll(over));
  }

  const timer = setInterval(sweep, sweepIntervalMs);
  timer.unref();
  const stop = [book.onChange(note), held.onChange(look)];
  for (const { session } of book.entries()) note(session.id);
  return {
    async close() {
      clearInterval(timer);
      for (const end of stop) end();
      await work;
    },
  };
}
