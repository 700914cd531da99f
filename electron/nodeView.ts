import type { FailureCode } from '../shared/contract/failure.ts';
import type { Session } from '../shared/model/session.ts';
import type { HealthView, Registry, TopologySource } from './broker/ports.ts';
import type { NodeView, OpeningOutcome } from './gateway/nodeView.ts';

export interface NodeViewPorts {
  readonly sessions: { current(): readonly Session[]; onChange(listener: () => void): () => void };
  readonly registry: Pick<Registry, 'health'>;
  readonly health: Pick<HealthView, 'healthOf'>;
  readonly topology: TopologySource;
  readonly now: () => number;
}

/** What balancers and monitoring see of the broker. */
export function createNodeView({ sessions, registry, health, topology, now }: NodeViewPorts): NodeView {
  return {
    registry: () =>
      registry.health().pools.map(({ poolId, status, mirrors }) => ({
        poolId,
        status: status.kind,
        lagMs: mirrors.find(({ isOwn }) => isOwn)?.lagMs,
      })),
    countManagersUp: () =>
      topology.current().managers.filter(({ id }) => health.healthOf(id).state === 'up').length,
    sessions: () =>
      sessions
        .current()
        .filter(({ state }) => state.kind !== 'closed')
        .map(({ protocol, state }) => ({ protocol, state: state.kind })),
    onOpening(listener) {
      /** Those that have come to an end of their opening, so that each is told once. */
      const told = new Set(
        sessions
          .current()
          .filter(isOpened)
          .map(({ id }) => id),
      );
      return sessions.onChange(() => {
        const current = sessions.current();
        for (const session of current) {
          if (told.has(session.id) || !isOpened(session)) continue;
          told.add(session.id);
          const outcome = outcomeOf(session, now());
          if (outcome) listener(outcome);
        }
        const ids = new Set(current.map(({ id }) => id));
        for (const id of told) if (!ids.has(id)) told.delete(id);
      });
    },
  };
}

const isOpened = ({ state }: Session) => state.kind === 'live' || state.kind === 'closed';

/** `undefined` where somebody closed it before it came to anything. */
function outcomeOf({ protocol, state, openedAt }: Session, now: number): OpeningOutcome | undefined {
  const durationMs = Math.max(0, now - openedAt);
  if (state.kind === 'live') return { protocol, durationMs };
  const failureCode: FailureCode | undefined = state.kind === 'closed' ? state.failure?.code : undefined;
  return failureCode && { protocol, durationMs, failureCode };
}
