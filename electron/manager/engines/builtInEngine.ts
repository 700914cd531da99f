import { fail, succeed } from '../../../shared/contract/failure.ts';
import type { Engine } from '../engine.ts';
import { openSession, type Session } from './session/session.ts';
import type { Protocol } from './stage.ts';

/** The version of the Guacamole protocol that it speaks. */
const protocolVersion = 'VERSION_1_5_0';
/** Clients take 15 s of silence for the end. */
const keepAliveMs = 5_000;

/**
 * An engine in this very process: it draws the pictures of its protocols itself, and speaks to clients as guacd does.
 *
 * @param options.version of the engine, as brokers are told.
 */
export function createBuiltInEngine(options: {
  readonly protocols: readonly Protocol[];
  readonly version: string;
}): Engine {
  const protocols = new Map(options.protocols.map((protocol) => [protocol.name, protocol]));
  const sessions = new Set<Session>();
  let timer: NodeJS.Timeout | undefined;

  function keep(session: Session) {
    sessions.add(session);
    timer ??= setInterval(() => {
      for (const { keepAlive } of sessions) keepAlive();
    }, keepAliveMs);
  }
  function forget(session: Session) {
    sessions.delete(session);
    if (sessions.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  /** Words for a person, with what to do about it. */
  const missing = (protocol: string) =>
    fail(
      'manager_lacks_protocol',
      `The built-in engine does not open ${protocol}: install guacd with its plug-in for it (libguac-client-${protocol})`,
    );

  return {
    describe: () => `built-in ${options.version}`,
    async argumentsOf(name) {
      const protocol = protocols.get(name);
      return protocol ? succeed({ version: protocolVersion, names: protocol.argumentNames }) : missing(name);
    },
    async open(handshake, signal) {
      const protocol = protocols.get(handshake.protocol);
      if (!protocol) return missing(handshake.protocol);
      if (signal.aborted) return fail('session_closed');
      // A protocol may end its session while it is being opened.
      const ended: { session?: Session; isOver: boolean } = { isOver: false };
      const session = openSession(protocol, handshake, () => {
        ended.isOver = true;
        if (ended.session) forget(ended.session);
      });
      ended.session = session;
      if (!ended.isOver) keep(session);
      return succeed(session.connection);
    },
    async close() {
      for (const session of sessions) session.end();
    },
  };
}
