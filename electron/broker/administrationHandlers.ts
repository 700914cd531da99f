import type { SettingsView } from '../../shared/contract/administration.ts';
import { fail, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import type { ClusterHealth } from '../../shared/model/clusterHealth.ts';
import { type Settings, settingsSchema } from '../../shared/model/settings.ts';
import { type Caller, whoOf } from './caller.ts';
import { acknowledge, type ContractImplementer, rejection, unwrap } from './contractImplementer.ts';
import type {
  AuditLog,
  CertificateStore,
  CheckManager,
  ClusterHealthView,
  HostStore,
  SettingsStore,
  WhatIfEngine,
} from './ports.ts';
import { describeChanges } from '../../shared/model/settingsChanges.ts';
import { namesOfVaults } from './vaultNames.ts';
import { watchState } from './watchState.ts';

export interface AdministrationPorts {
  readonly settings: SettingsStore;
  readonly hosts: Pick<HostStore, 'vaults'>;
  readonly audit: AuditLog;
  readonly certificates: CertificateStore;
  readonly whatIf: WhatIfEngine;
  readonly checkManager: CheckManager;
  readonly health: ClusterHealthView;
  /** The caller's own. */
  readonly moveSession: (caller: Caller, sessionId: string) => Promise<Result<{ sessionId: string }>>;
}

/** Changes of the panel come at most this often. */
const healthIntervalMs = 1_000;

/** The administrators' half of the contract. */
export function administrationHandlers(host: ContractImplementer, ports: AdministrationPorts) {
  const { settings, hosts, audit, certificates, whatIf, health } = ports;

  const view = (): SettingsView => ({ ...settings.current(), locked: [...settings.locked()] });

  return {
    settings: {
      watch: host.settings.watch.handler(({ signal }) =>
        watchState((listener) => settings.onChange(listener), view, signal),
      ),
      save: host.settings.save.handler(async ({ input, context }) => {
        const saved = unwrap(await settings.save(input.base, input.settings, whoOf(context)));
        return saved.kind === 'saved'
          ? saved
          : { kind: 'conflict', current: view(), who: saved.who, theirs: [...saved.theirs] };
      }),
      history: host.settings.history.handler(async () => ({
        revisions: [...unwrap(await settings.history())],
      })),
      readRevision: host.settings.readRevision.handler(async ({ input }) => ({
        settings: unwrap(await settings.readRevision(input.revision)),
      })),
      compare: host.settings.compare.handler(({ input }) => ({
        changes: describeChanges(input.from, input.to, namesOfVaults(hosts)),
      })),
      exportText: host.settings.exportText.handler(() => {
        const { settings: current, revision } = settings.current();
        return {
          fileName: `proxima-settings-${revision}.json`,
          text: `${JSON.stringify(current, null, 2)}\n`,
        };
      }),
      readExport: host.settings.readExport.handler(({ input }) => {
        const read = unwrap(parseSettings(input.text));
        return {
          settings: read,
          changes: describeChanges(settings.current().settings, read, namesOfVaults(hosts)),
        };
      }),
    },
    managers: {
      check: host.managers.check.handler(async function* ({ input, signal }) {
        const stop = new AbortController();
        signal?.addEventListener('abort', () => stop.abort());
        try {
          yield* ports.checkManager(input.manager, input.trust, stop.signal);
        } finally {
          stop.abort();
        }
      }),
      moveSession: host.managers.moveSession.handler(async ({ input, context }) =>
        unwrap(await ports.moveSession(context.caller, input.sessionId)),
      ),
    },
    whatIf: {
      host: host.whatIf.host.handler(async ({ input }) =>
        unwrap(await whatIf.placeHost(input.whatIf, input.request)),
      ),
      allHosts: host.whatIf.allHosts.handler(async ({ input }) =>
        unwrap(await whatIf.placeAllHosts(input.whatIf)),
      ),
    },
    certificates: {
      list: host.certificates.list.handler(() => {
        const all = [...certificates.list()];
        // A chain begins with the certificate itself.
        const chain = certificates.clientCertificate()?.certificatePem;
        const shown = all.find(({ certificatePem }) => chain?.startsWith(certificatePem));
        return { certificates: all, ...(shown && { shown: shown.serial }) };
      }),
      createAuthority: host.certificates.createAuthority.handler(async ({ input, context }) =>
        unwrap(await certificates.createAuthority(input, whoOf(context))),
      ),
      issue: host.certificates.issue.handler(async ({ input, context }) =>
        unwrap(await certificates.issue(input.authority, input.request, whoOf(context))),
      ),
      renew: host.certificates.renew.handler(async ({ input, context }) =>
        unwrap(await certificates.renew(input.serial, input.lifetimeDays, whoOf(context))),
      ),
      revoke: host.certificates.revoke.handler(async ({ input, context }) =>
        acknowledge(await certificates.revoke(input.serial, whoOf(context))),
      ),
      exportBundle: host.certificates.exportBundle.handler(async ({ input, context }) =>
        unwrap(await certificates.exportBundle(input.serial, whoOf(context))),
      ),
      importFile: host.certificates.importFile.handler(async ({ input, context }) => ({
        serials: [...unwrap(await certificates.importFile(input, whoOf(context))).serials],
      })),
      chooseClient: host.certificates.chooseClient.handler(async ({ input, context }) =>
        acknowledge(await certificates.chooseClient(input.serial, whoOf(context))),
      ),
    },
    health: {
      watch: host.health.watch.handler(({ signal }) =>
        watchState(
          (listener) => health.onChange(listener),
          (): ClusterHealth => health.current(),
          signal,
          healthIntervalMs,
        ),
      ),
      probe: host.health.probe.handler(({ input }) => {
        const known = settings.current().settings.managers.some(({ id }) => id === input.managerId);
        if (!known) throw rejection(failureOf('input_invalid', 'there is no such manager'));
        health.probeNow(input.managerId);
        return {};
      }),
    },
    audit: {
      read: host.audit.read.handler(async () => {
        const { records, ...chain } = unwrap(await audit.read());
        return { records: [...records], ...chain };
      }),
    },
  };
}

function parseSettings(text: string): Result<Settings> {
  try {
    const parsed = settingsSchema.safeParse(JSON.parse(text));
    if (parsed.success) return succeed(parsed.data);
    const [issue] = parsed.error.issues;
    return fail('input_invalid', `${issue?.path.join('.')}: ${issue?.message}`);
  } catch {
    return fail('input_invalid', 'the file is not JSON');
  }
}
