import type { Logger } from 'pino';
import type { AppDescription } from '../shared/contract/contract.ts';
import type { Person } from '../shared/model/access.ts';
import type { Host } from '../shared/model/host.ts';
import type { UpdatePolicy } from '../shared/model/policy.ts';
import type { Caller } from './broker/caller.ts';
import { foreseePlace } from './broker/foreseePlace.ts';
import type { HostEditor } from './broker/hostEditor.ts';
import { perPerson } from './broker/perPerson.ts';
import type { createPersonal } from './broker/personal.ts';
import type { PreferencesStore, Updates } from './broker/ports.ts';
import type { createSessionDesk } from './broker/sessionDesk.ts';
import { writeDiagnostics } from './desktop/diagnostics.ts';
import { createLinks } from './desktop/links.ts';
import { createNoUpdates } from './desktop/noUpdates.ts';
import type { openPreferences } from './desktop/preferences.ts';
import type { openRecovery } from './desktop/recovery.ts';
import { logFileOf } from './log.ts';
import type { Stores } from './openStores.ts';
import type { MachinePolicy } from './store/policy.ts';
import type { wirePeople } from './wirePeople.ts';
import type { wireSessions } from './wireSessions.ts';

/** What updates may know of the rest. */
export interface UpdatePorts {
  readonly preferences: PreferencesStore;
  readonly policy: UpdatePolicy | undefined;
  readonly countLiveSessions: () => number;
}

interface DesktopWiring {
  readonly stores: Stores;
  readonly policy: MachinePolicy;
  readonly editor: HostEditor;
  readonly personal: ReturnType<typeof createPersonal>;
  readonly preferences: Awaited<ReturnType<typeof openPreferences>>;
  readonly recovery: Awaited<ReturnType<typeof openRecovery>>;
  readonly sessions: Awaited<ReturnType<typeof wireSessions>>;
  readonly desk: ReturnType<typeof createSessionDesk>;
  readonly people: Pick<Awaited<ReturnType<typeof wirePeople>>, 'rights'>;
  readonly owner: Person;
  readonly runsIn: AppDescription['runsIn'];
  readonly describeApp: () => Omit<AppDescription, 'groups'>;
  readonly openUpdates: ((ports: UpdatePorts) => Updates) | undefined;
  /** The account that Proxima runs as. */
  readonly administrator: string;
  readonly dataFolder: string;
  readonly log: Logger;
  readonly now: () => number;
}

const whyNoUpdates = {
  gateway: 'A gateway does not update itself: whoever runs it installs new versions.',
  desktop: 'This Proxima was started without an update address: new versions are installed by hand.',
};

/** Links, what a crash interrupted, preferences, updates and diagnostics: what makes it an app of the desktop. */
export function wireDesktop(wiring: DesktopWiring) {
  const { stores, editor, personal, preferences, desk, owner, log, now } = wiring;
  const { hosts, settings } = stores;
  const { rights } = wiring.people;
  const { book, topology, cluster, registry } = wiring.sessions;

  const countLiveSessions = () =>
    book.entries().filter((entry) => entry.session.state.kind === 'live').length;
  const updates =
    wiring.openUpdates?.({
      preferences: preferences.store,
      policy: wiring.policy.updates,
      countLiveSessions,
    }) ?? createNoUpdates(whyNoUpdates[wiring.runsIn]);

  const preferencesOf = perPerson((personId): PreferencesStore =>
    wiring.runsIn === 'desktop'
      ? preferences.store
      : {
          current: () => personal.preferencesOf(personId),
          save: (preferred) => personal.savePreferences(personId, preferred),
          onChange: (listener) => personal.onChange(personId, listener),
        },
  );

  /** The hosts that a caller may see, with what is theirs about them. */
  function hostsOf(personId: string, caller: Caller) {
    const seen = hosts.vaults().filter(({ id }) => rights.has(caller, id, 'see'));
    const visible = new Set(seen.map(({ id }) => id));
    const dress = (host: Host | undefined) =>
      host && visible.has(host.vaultId) ? personal.dress(host, personId) : undefined;
    return {
      get: (hostId: string) => dress(hosts.hosts().get(hostId)),
      *values() {
        for (const host of hosts.hosts().values()) {
          const dressed = dress(host);
          if (dressed) yield dressed;
        }
      },
    };
  }
  const linksOf = perPerson((personId) =>
    createLinks({
      hostsOf: (caller = { person: () => owner }) => hostsOf(personId, caller),
      editor,
      check: (caller, vaultId, needed) => rights.check(caller, vaultId, needed, 'vault_unknown'),
      open: (caller, { host, display, credential }) => desk.open(caller, { host, display, credential }),
      preferences: preferencesOf(personId),
      foresee: (request) => foreseePlace(request, { topology, health: cluster.health, registry, now }),
      log,
      now,
    }),
  );

  return {
    linksOf,
    recovery: wiring.recovery,
    preferencesOf,
    updates,
    maySee(caller: Caller, hostId: string) {
      const host = hosts.hosts().get(hostId);
      return host !== undefined && rights.has(caller, host.vaultId, 'see');
    },
    readDiagnostics: () =>
      writeDiagnostics({
        describeApp: wiring.describeApp,
        settings,
        health: cluster.view,
        hosts,
        book,
        preferences: preferences.store,
        updates,
        administrator: wiring.administrator,
        logFile: logFileOf(wiring.dataFolder),
        now,
      }),
  };
}
