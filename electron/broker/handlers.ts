import type { AppDescription, HostEvent, SessionEvent } from '../../shared/contract/contract.ts';
import { failureOf } from '../../shared/contract/failure.ts';
import { type Host, type HostSummary, hostSummarySchema } from '../../shared/model/host.ts';
import type { Session } from '../../shared/model/session.ts';
import { type AdministrationPorts, administrationHandlers } from './administrationHandlers.ts';
import { acknowledge, implementContract, rejection, unwrap } from './contractImplementer.ts';
import { type DesktopPorts, desktopHandlers } from './desktopHandlers.ts';
import { dirtyKeys } from './dirtyKeys.ts';
import type { HostEditor } from './hostEditor.ts';
import type { HostStore, TopologySource } from './ports.ts';
import { type RegistryAdministrationPorts, registryHandlers } from './registryHandlers.ts';
import type { SessionBook } from './sessionBook.ts';
import type { Sessions } from './sessions.ts';

export interface HandlerPorts {
  readonly describeApp: () => Omit<AppDescription, 'groups'>;
  readonly dismissNotice: (noticeId: string) => void;
  readonly topology: TopologySource;
  readonly hosts: HostStore;
  readonly editor: HostEditor;
  readonly book: SessionBook;
  readonly sessions: Sessions;
  readonly administration: AdministrationPorts;
  readonly registry: RegistryAdministrationPorts;
  readonly desktop: DesktopPorts;
}

/** Hosts of one `page` event: about 400 KB, some ten milliseconds of work at a time. */
const hostsPerPage = 2000;
const vaultsChanged = 'vaults';

const summaryFields = Object.keys(hostSummarySchema.shape) as (keyof HostSummary)[];

function summarise(host: Host): HostSummary {
  return Object.fromEntries(summaryFields.map((field) => [field, host[field]])) as unknown as HostSummary;
}

/** Implements the contract. Input and output are validated by oRPC on the way in and out, the same for every wire. */
export function createHandlers(ports: HandlerPorts) {
  const { topology, hosts, editor, book, sessions } = ports;
  const host = implementContract();

  return host.router({
    ...administrationHandlers(host, ports.administration),
    registry: registryHandlers(host, ports.registry),
    ...desktopHandlers(host, ports.desktop),
    app: {
      describe: host.app.describe.handler(() => ({
        ...ports.describeApp(),
        groups: topology.current().groups.map(({ id, name }) => ({ id, name })),
      })),
      dismissNotice: host.app.dismissNotice.handler(({ input }) => {
        ports.dismissNotice(input.noticeId);
        return {};
      }),
    },
    hosts: {
      watch: host.hosts.watch.handler(({ signal }) => watchHosts(hosts, signal)),
      read: host.hosts.read.handler(async ({ input }) => unwrap(await editor.read(input.hostId))),
      save: host.hosts.save.handler(async ({ input }) =>
        unwrap(await editor.save(input.hostId, input.draft, input.secret)),
      ),
      duplicate: host.hosts.duplicate.handler(async ({ input }) =>
        unwrap(await editor.duplicate(input.hostId)),
      ),
      setFavourite: host.hosts.setFavourite.handler(async ({ input }) =>
        acknowledge(await editor.setFavourite(input.hostId, input.favourite)),
      ),
      remove: host.hosts.remove.handler(async ({ input }) => unwrap(await editor.remove(input.hostIds))),
      undoRemove: host.hosts.undoRemove.handler(async ({ input }) =>
        acknowledge(await editor.undoRemove(input.removalId)),
      ),
    },
    vaults: {
      save: host.vaults.save.handler(async ({ input }) =>
        unwrap(await editor.saveVault(input.vaultId, input.name)),
      ),
      remove: host.vaults.remove.handler(async ({ input }) =>
        acknowledge(await editor.removeVault(input.vaultId)),
      ),
    },
    sessions: {
      watch: host.sessions.watch.handler(({ signal }) => watchSessions(book, signal)),
      open: host.sessions.open.handler(({ input }) => {
        const target = hosts.hosts().get(input.hostId) ?? ports.desktop.links.findUnsaved(input.hostId);
        if (!target) throw rejection(failureOf('host_unknown'));
        // The list's “recent” may lag; an opening doesn't wait for the disk.
        void editor.markOpened(target.id);
        const { display, credential } = input;
        return { sessionId: sessions.open({ host: target, display, credential }).id };
      }),
      close: host.sessions.close.handler(({ input }) => acknowledge(sessions.close(input.sessionId))),
    },
  });
}

async function* watchHosts(hosts: HostStore, signal: AbortSignal | undefined): AsyncGenerator<HostEvent> {
  // Subscribed before the first page is read, so that no change falls between the pages and the changes.
  const changes = dirtyKeys(
    (markDirty) =>
      hosts.onChange((change) => {
        if (change.kind === 'put') for (const host of change.hosts) markDirty(host.id);
        else if (change.kind === 'removed') for (const hostId of change.hostIds) markDirty(hostId);
        else markDirty(vaultsChanged);
      }),
    signal,
  );
  const started = changes.next();
  const all = [...hosts.hosts().values()];
  for (let from = 0; from === 0 || from < all.length; from += hostsPerPage) {
    const page = all.slice(from, from + hostsPerPage);
    const complete = from + hostsPerPage >= all.length;
    yield { kind: 'page', vaults: [...hosts.vaults()], hosts: page.map(summarise), complete };
    await new Promise(setImmediate);
  }
  for (let next = await started; !next.done; next = await changes.next()) {
    const keys = [...next.value].filter((key) => key !== vaultsChanged);
    if (keys.length < next.value.size) yield { kind: 'vaults', vaults: [...hosts.vaults()] };
    const put = keys.flatMap((hostId) => hosts.hosts().get(hostId) ?? []);
    if (put.length > 0) yield { kind: 'put', hosts: put.map(summarise) };
    const removed = keys.filter((hostId) => !hosts.hosts().has(hostId));
    if (removed.length > 0) yield { kind: 'removed', hostIds: removed };
  }
}

async function* watchSessions(
  book: SessionBook,
  signal: AbortSignal | undefined,
): AsyncGenerator<SessionEvent> {
  const changes = dirtyKeys((markDirty) => book.onChange(markDirty), signal);
  const started = changes.next();
  const all: Session[] = book.entries().map((entry) => entry.session);
  yield { kind: 'all', sessions: all };
  for (let next = await started; !next.done; next = await changes.next()) {
    for (const sessionId of next.value) {
      const entry = book.find(sessionId);
      yield entry ? { kind: 'put', session: entry.session } : { kind: 'forgotten', sessionId };
    }
  }
}
