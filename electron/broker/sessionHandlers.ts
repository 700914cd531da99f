import type { SessionEvent } from '../../shared/contract/contract.ts';
import { failureOf } from '../../shared/contract/failure.ts';
import type { Host } from '../../shared/model/host.ts';
import type { Caller } from './caller.ts';
import type { CallerRights } from './callerRights.ts';
import { acknowledge, type ContractImplementer, rejection } from './contractImplementer.ts';
import { dirtyKeys } from './dirtyKeys.ts';
import type { HostStore } from './ports.ts';
import type { SessionDesk } from './sessionDesk.ts';

export interface SessionHandlerPorts {
  readonly hosts: Pick<HostStore, 'hosts'>;
  readonly desk: SessionDesk;
  readonly rights: CallerRights;
  /** A host that this caller opened from a link without saving it. */
  readonly findUnsaved: (caller: Caller, hostId: string) => Host | undefined;
}

/** The part of the contract about sessions. */
export function sessionHandlers(host: ContractImplementer, ports: SessionHandlerPorts) {
  const { hosts, desk, rights } = ports;

  return {
    watch: host.sessions.watch.handler(({ context, signal }) => watchSessions(desk, context.caller, signal)),
    open: host.sessions.open.handler(({ input, context: { caller } }) => {
      const { hostId, display, credential } = input;
      const target = hosts.hosts().get(hostId) ?? ports.findUnsaved(caller, hostId);
      if (!target) throw rejection(failureOf('host_unknown'));
      rights.demand(caller, target.vaultId, ['open'], 'host_unknown');
      return { sessionId: desk.open(caller, { host: target, display, credential }).id };
    }),
    noteDrawn: host.sessions.noteDrawn.handler(({ input: { sessionId, drawn }, context }) =>
      acknowledge(desk.noteDrawn(context.caller, sessionId, drawn)),
    ),
    close: host.sessions.close.handler(({ input, context }) =>
      acknowledge(desk.close(context.caller, input.sessionId)),
    ),
  };
}

/** Stands for all sessions; no id of a session is that. */
const everything = 'everything';

async function* watchSessions(
  desk: SessionDesk,
  caller: Caller,
  signal: AbortSignal | undefined,
): AsyncGenerator<SessionEvent> {
  const changes = dirtyKeys(
    (markDirty) => desk.onChange((sessionId) => markDirty(sessionId ?? everything)),
    signal,
  );
  const started = changes.next();
  const sessions = [...desk.viewAll(caller)];
  /** Of others it isn't even told that they are forgotten. */
  const told = new Set(sessions.map(({ id }) => id));
  yield { kind: 'all', sessions };
  for (let next = await started; !next.done; next = await changes.next()) {
    const dirty = new Set(next.value);
    if (dirty.delete(everything))
      for (const id of [...told, ...desk.viewAll(caller).map((session) => session.id)]) dirty.add(id);
    for (const sessionId of dirty) {
      const session = desk.view(caller, sessionId);
      if (session) {
        told.add(sessionId);
        yield { kind: 'put', session };
      } else if (told.delete(sessionId)) yield { kind: 'forgotten', sessionId };
    }
  }
}
