import { fail, type Result } from '../../shared/contract/failure.ts';
import type { ClusterOrder, NodeStart } from '../../shared/contract/registry.ts';
import type { Pool } from '../../shared/model/pool.ts';
import type { RegistryMember } from '../../shared/model/registryHealth.ts';
import type { SessionListing, SessionRecord } from '../../shared/model/sessionRecord.ts';
import { audited } from './audited.ts';
import { whoOf } from './caller.ts';
import { acknowledge, type ContractImplementer, unwrap } from './contractImplementer.ts';
import { dirtyKeys } from './dirtyKeys.ts';
import type { AuditLog, Registry, RegistryEvent } from './ports.ts';

export interface RegistryAdministrationPorts {
  readonly registry: Pick<Registry, 'list' | 'watch' | 'get' | 'health' | 'endSession' | 'signOutUser'>;
  readonly audit: Pick<AuditLog, 'append'>;
  /** Asks each endpoint of a pool that needn't be saved, as it answers. */
  readonly checkPool: (pool: Pool) => AsyncGenerator<RegistryMember>;
  readonly prepareCluster: (
    order: ClusterOrder,
    who: string,
  ) => Promise<Result<{ endpoints: string[]; nodes: NodeStart[] }>>;
}

/** Ten thousand sessions are some megabytes: they are told at most this often, and more seldom where they are many. */
const listIntervalMs = 1_000;
const manySessions = 2_000;

/** The registry's part of the contract. */
export function registryHandlers(host: ContractImplementer, ports: RegistryAdministrationPorts) {
  const { registry, audit } = ports;

  return {
    check: host.registry.check.handler(({ input }) => ports.checkPool(input.pool)),
    sessions: host.registry.sessions.handler(({ signal }) => watchSessions(registry, signal)),
    endSession: host.registry.endSession.handler(async ({ input: { sessionId }, context }) => {
      const who = whoOf(context);
      const found = unwrap(await registry.get(sessionId));
      const ended = found
        ? await audited(
            audit,
            {
              who,
              what: `Ended a session of “${found.user}” on “${found.hostName}”`,
              details: [`session ${sessionId}`, `manager ${found.managerId}`, `held by ${found.owner}`],
            },
            () => registry.endSession(sessionId, who),
          )
        : fail('session_unknown');
      return acknowledge(ended);
    }),
    signOutUser: host.registry.signOutUser.handler(async ({ input: { user }, context }) => {
      const who = whoOf(context);
      return acknowledge(
        await audited(audit, { who, what: `Signed “${user}” out everywhere` }, () =>
          registry.signOutUser(user, who),
        ),
      );
    }),
    prepareCluster: host.registry.prepareCluster.handler(async ({ input, context }) =>
      unwrap(await ports.prepareCluster(input, whoOf(context))),
    ),
  };
}

/** The list as it is, and again after changes; between them events keep it, so that it is asked for anew only after a gap. */
async function* watchSessions(
  registry: RegistryAdministrationPorts['registry'],
  signal: AbortSignal | undefined,
): AsyncGenerator<{ sessions: SessionListing[] }> {
  const records = new Map<string, SessionRecord>();
  /** What came while the list was on its way; later than the list, or in it already. */
  let arriving: RegistryEvent[] = [];
  let isListed = false;
  const changes = dirtyKeys(
    (markDirty) =>
      registry.watch((event) => {
        if (isListed && event.kind !== 'resync') apply(records, event);
        else arriving.push(event);
        if (event.kind === 'resync') isListed = false;
        markDirty('sessions');
      }),
    signal,
  );
  let change = changes.next();
  while (true) {
    if (!isListed) {
      arriving = [];
      const listed = unwrap(await registry.list());
      // A pool that is away tells nothing: what it last told is remembered, and the panel says that it may be old.
      const { pools } = registry.health();
      const away = new Set(pools.filter(({ status }) => status.kind !== 'live').map(({ poolId }) => poolId));
      for (const { id, poolId } of [...records.values()]) if (!away.has(poolId)) records.delete(id);
      for (const record of listed) records.set(record.id, record);
      for (const event of arriving) apply(records, event);
      // After a gap while it was on its way, the next round lists anew.
      isListed = !arriving.some(({ kind }) => kind === 'resync');
    }
    yield { sessions: [...records.values()].map(listing) };
    const isMany = records.size > manySessions;
    await new Promise((resolve) => setTimeout(resolve, isMany ? 5 * listIntervalMs : listIntervalMs));
    if ((await change).done) return;
    change = changes.next();
  }
}

function apply(records: Map<string, SessionRecord>, event: RegistryEvent): void {
  if (event.kind === 'put') records.set(event.record.id, event.record);
  else if (event.kind === 'removed') records.delete(event.sessionId);
}

function listing({ version: _version, sealedConnectionId: _sealed, ...told }: SessionRecord): SessionListing {
  return told;
}
