import { randomUUID } from 'node:crypto';
import { fail, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Session } from '../../shared/model/session.ts';
import { type Opening, type OpeningPorts, openSession } from './openSession.ts';
import type { TunnelWire } from './ports.ts';

/** What people and their windows do with sessions. */
export interface Sessions {
  /** Starts opening and returns at once; the session book tells how it goes. */
  open(opening: Opening): Session;
  /** Gives the picture of a live session to a window's tunnel. */
  attach(sessionId: string, wire: TunnelWire): Promise<Result<void>>;
  /** Ends a session or its opening; forgets a closed one. */
  close(sessionId: string): Result<void>;
  /** Ends everything; resolves when no socket is left. */
  closeAll(): Promise<void>;
}

export function createSessions(ports: OpeningPorts): Sessions {
  const { book, now } = ports;
  const running = new Set<Promise<void>>();

  return {
    open(opening) {
      const entry = book.add({
        id: randomUUID(),
        hostId: opening.host.id,
        hostName: opening.host.name,
        address: opening.host.address,
        protocol: opening.host.protocol,
        state: { kind: 'requested' },
        openedAt: now(),
        attempts: [],
      });
      const work = openSession(entry, opening, ports).finally(() => running.delete(work));
      running.add(work);
      return entry.session;
    },

    async attach(sessionId, wire) {
      const entry = book.find(sessionId);
      if (entry?.line) return entry.line.attach(wire);
      const failure = failureOf(entry ? 'session_closed' : 'session_unknown');
      wire.close(failure);
      return { ok: false, failure };
    },

    close(sessionId) {
      const entry = book.find(sessionId);
      if (!entry) return fail('session_unknown');
      if (entry.session.state.kind === 'closed') book.forget(sessionId);
      entry.opening.abort();
      entry.line?.close();
      return succeed(undefined);
    },

    async closeAll() {
      const entries = book.entries();
      for (const entry of entries) {
        book.update(entry, { kind: 'closed', reason: 'failed', failure: failureOf('broker_stopping') });
        entry.opening.abort();
        entry.line?.close();
      }
      await Promise.all([...running, ...entries.map((entry) => entry.line?.ended)]);
    },
  };
}
