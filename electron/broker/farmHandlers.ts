import type { Result } from '../../shared/contract/failure.ts';
import type { FarmNode } from '../../shared/model/farm.ts';
import { audited } from './audited.ts';
import type { Caller } from './caller.ts';
import { acknowledge, type ContractImplementer, unwrap } from './contractImplementer.ts';
import type { AuditLog, Display, Unsubscribe } from './ports.ts';
import { watchState } from './watchState.ts';

export interface FarmHandlerPorts {
  /** This node among the others. */
  readonly directory: {
    nodes(): FarmNode[];
    drain(route: string, who: string): Promise<Result<void>>;
    onChange(listener: () => void): Unsubscribe;
  };
  readonly takeover: {
    resume(
      sessionId: string,
      display: Display,
      caller: Caller,
    ): Promise<Result<{ sessionId: string; how: 'still-here' | 're-attached' | 'opened-anew' }>>;
  };
  readonly audit: Pick<AuditLog, 'append'>;
}

/** Every node tells of its load every few seconds. */
const listIntervalMs = 500;

/** The parts of the contract about the nodes of a farm, and about sessions that go from one to another. */
export function farmHandlers(host: ContractImplementer, { directory, takeover, audit }: FarmHandlerPorts) {
  return {
    farm: {
      watch: host.farm.watch.handler(({ signal }) =>
        watchState(
          (listener) => directory.onChange(listener),
          () => ({ nodes: directory.nodes() }),
          signal,
          listIntervalMs,
        ),
      ),
      drain: host.farm.drain.handler(async ({ input: { route }, context: { caller } }) => {
        const who = caller.person().id;
        return acknowledge(
          await audited(audit, { who, what: `Drained the gateway “${route}”` }, () =>
            directory.drain(route, who),
          ),
        );
      }),
    },
    takeover: {
      resume: host.takeover.resume.handler(async ({ input, context: { caller } }) =>
        unwrap(await takeover.resume(input.sessionId, input.display, caller)),
      ),
    },
  };
}
