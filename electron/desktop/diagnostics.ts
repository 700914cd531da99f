import { arch, freemem, platform, release, totalmem, type as systemName } from 'node:os';
import type { AppDescription } from '../../shared/contract/contract.ts';
import { parseAddress } from '../../shared/model/address.ts';
import { protocols } from '../../shared/model/protocol.ts';
import type { ProximityGroup } from '../../shared/model/proximityGroup.ts';
import type { UpdateState } from '../../shared/model/update.ts';
import type {
  ClusterHealthView,
  HostStore,
  PreferencesStore,
  SettingsStore,
  Updates,
} from '../broker/ports.ts';
import type { SessionBook } from '../broker/sessionBook.ts';
import { type Aliases, createAliases, listPhrases, replacePhrases } from './aliases.ts';
import { excerptLogLine, readLogTail } from './logExcerpt.ts';

export interface DiagnosticsPorts {
  readonly describeApp: () => Omit<AppDescription, 'groups'>;
  readonly settings: Pick<SettingsStore, 'current' | 'locked'>;
  readonly health: Pick<ClusterHealthView, 'current'>;
  readonly hosts: Pick<HostStore, 'hosts' | 'vaults'>;
  readonly book: SessionBook;
  readonly preferences: Pick<PreferencesStore, 'current'>;
  readonly updates: Pick<Updates, 'current'>;
  /** The account that Proxima runs as. */
  readonly administrator: string;
  readonly logFile: string;
  readonly now: () => number;
}

const mostSessions = 30;
const mebibyte = 1024 * 1024;

/**
 * What helps to find a fault, as text that a person reads before they give it away. It is put together of what is known to tell
 * nothing of people and hosts: numbers, choices, codes. Each name and address is `host-1`, `manager-2` throughout, and nothing
 * of the secret store is asked.
 */
export async function writeDiagnostics(ports: DiagnosticsPorts): Promise<string> {
  const aliases = createAliases();
  const logLines = await readLogTail(ports.logFile);
  return [
    'Proxima diagnostics',
    'Names and addresses of hosts, session managers and people are replaced, texts of others left out (…).',
    'Read it before you give it to somebody.',
    '',
    ...describeVersions(ports),
    ...section('Session managers', describeManagers(ports, aliases)),
    ...section('Groups', describeGroups(ports, aliases)),
    ...section('Policy', describePolicy(ports)),
    ...section('Hosts', describeHosts(ports)),
    ...section('Sessions', describeSessions(ports, aliases)),
    ...section('Preferences', describePreferences(ports)),
    ...section(`Log: the last ${logLines.length} lines`, describeLog(logLines, ports, aliases)),
    '',
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] => [
  '',
  title,
  ...(lines.length > 0 ? lines : ['none']).map((line) => `  ${line}`),
];

function describeVersions({ describeApp, updates, now }: DiagnosticsPorts): string[] {
  const { version, runsIn, secretStorage, notices } = describeApp();
  const { electron, chrome, node } = process.versions as Readonly<Record<string, string | undefined>>;
  return [
    `Written: ${new Date(now()).toISOString()}`,
    `Proxima: ${version}, ${runsIn}`,
    ...(electron === undefined ? [] : [`Electron: ${electron}, Chromium ${chrome}`]),
    `Node.js: ${node}`,
    `System: ${systemName()} ${release()}, ${platform()} ${arch()}`,
    `Memory: ${Math.round(freemem() / mebibyte)} of ${Math.round(totalmem() / mebibyte)} MiB free; Proxima has ${Math.round(process.memoryUsage.rss() / mebibyte)} MiB`,
    `Running for: ${Math.round(process.uptime() / 60)} minutes`,
    `Passwords: ${secretStorage}`,
    `Updates: ${describeUpdates(updates.current())}`,
    // Their texts name files and people.
    ...notices.map(({ title }) => `Notice: ${title}`),
  ];
}

function describeUpdates(state: UpdateState): string {
  if (state.kind === 'failed') return `failed, ${state.failure.code}`;
  return 'version' in state && /^\d+\.\d+\.\d+$/.test(state.version)
    ? `${state.kind}, ${state.version}`
    : state.kind;
}

function describeManagers({ health }: DiagnosticsPorts, aliases: Aliases): string[] {
  return health.current().managers.map((manager) => {
    const { state, failure, roundTripMs } = manager.health;
    const { active, pending, source } = manager.counts;
    return [
      `${aliases.of('manager', manager.managerId)}: ${kindOfAddress(manager.address)}, port ${manager.port}`,
      `${manager.intent}, weight ${manager.weight}, limit ${manager.sessionLimit ?? 'none'}`,
      [state, failure?.code, roundTripMs !== undefined && `${Math.round(roundTripMs)} ms`]
        .filter(Boolean)
        .join(' '),
      manager.security ?? 'no answer yet',
      `${active} active, ${pending} pending (${source})`,
    ].join('; ');
  });
}

const kindOfAddress = (address: string): string => parseAddress(address)?.family ?? 'a name';

function describeGroups({ settings }: DiagnosticsPorts, aliases: Aliases): string[] {
  const { settings: current, revision } = settings.current();
  const groups = current.groups.map((group) =>
    [
      `${aliases.of('group', group.id)}${group.id === 'default' ? ' (Default)' : ''}: priority ${group.priority}`,
      `selectors ${describeSelectors(group)}`,
      `managers ${group.managerIds.map((id) => aliases.of('manager', id)).join(', ') || 'none'}`,
      `trust ${group.trust.kind}${group.trust.kind === 'pins' ? ` (${group.trust.pins.length})` : ''}`,
      `fallback ${group.fallbackGroupId === null ? 'none' : aliases.of('group', group.fallbackGroupId)}`,
    ].join('; '),
  );
  return [`revision ${revision}, waits ${current.queueTimeoutMs} ms for a manager`, ...groups];
}

function describeSelectors({ selectors }: ProximityGroup): string {
  const entries = selectors.map(({ vaultIds = [], addresses = [], domains = [] }) =>
    [
      vaultIds.length > 0 && `${vaultIds.length} vaults`,
      addresses.length > 0 && `${addresses.length} addresses`,
      domains.length > 0 && `${domains.length} domains`,
    ]
      .filter(Boolean)
      .join(' and '),
  );
  return entries.join(' or ') || 'none';
}

function describePolicy({ settings, describeApp }: DiagnosticsPorts): string[] {
  const { managedBy: _, ...restrictions } = describeApp().restrictions ?? { managedBy: '' };
  return [
    ...settings.locked().map(({ path }) => `decides ${path}`),
    ...Object.entries(restrictions).map(([name, value]) => `${name}: ${value}`),
  ];
}

function describeHosts({ hosts }: DiagnosticsPorts): string[] {
  const all = [...hosts.hosts().values()];
  return [
    `${all.length} in ${hosts.vaults().length} vaults`,
    ...protocols.map((protocol) => `${protocol}: ${all.filter((host) => host.protocol === protocol).length}`),
  ];
}

function describeSessions({ book, now }: DiagnosticsPorts, aliases: Aliases): string[] {
  return book
    .entries()
    .slice(-mostSessions)
    .map(({ session }) => {
      const { state, attempts } = session;
      const failures = attempts.map(
        ({ failure, durationMs }) => `${failure?.code ?? 'live'} ${durationMs} ms`,
      );
      return [
        `${aliases.of('host', session.hostId)}: ${session.protocol}`,
        [state.kind, 'reason' in state && state.reason, 'failure' in state && state.failure?.code]
          .filter(Boolean)
          .join(' '),
        ...('managerId' in state ? [aliases.of('manager', state.managerId)] : []),
        ...(session.security ? [session.security] : []),
        `opened ${Math.round((now() - session.openedAt) / 1000)} s ago`,
        ...(failures.length > 0 ? [`tries: ${failures.join(', ')}`] : []),
      ].join('; ');
    });
}

const describePreferences = ({ preferences }: DiagnosticsPorts): string[] =>
  Object.entries(preferences.current()).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);

/** The sentences of the log are Proxima's own and name nobody; should one ever, it is replaced here. */
function describeLog(lines: readonly string[], ports: DiagnosticsPorts, aliases: Aliases): string[] {
  const names = aliasesOfNames(listPhrases(lines.map(sentenceOf)), ports, aliases);
  return lines.flatMap((line) => excerptLogLine(line, (text) => replacePhrases(text, names)).split('\n'));
}

const sentenceOf = (line: string): string => /"msg":"([^"\\]*)"/.exec(line)?.[1] ?? '';

/** Of everything that has a name, what is among the phrases: the list of hosts may have 100,000. */
function aliasesOfNames(
  phrases: ReadonlySet<string>,
  { settings, hosts, book, administrator }: DiagnosticsPorts,
  aliases: Aliases,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const note = (alias: () => string, ...texts: readonly (string | undefined)[]) => {
    for (const text of texts) {
      const phrase = text?.trim().toLowerCase();
      if (phrase && phrases.has(phrase)) found.set(phrase, alias());
    }
  };
  for (const host of hosts.hosts().values()) {
    note(() => aliases.of('host', host.id), host.name, host.address, ...host.tags);
    note(() => 'a user', host.username, host.domain);
  }
  for (const { session } of book.entries()) {
    note(() => aliases.of('host', session.hostId), session.hostName, session.address);
    note(() => 'a user', session.username, session.user, ...(session.watchers ?? []));
  }
  for (const { id, name } of hosts.vaults()) note(() => aliases.of('vault', id), name);
  const { managers, groups } = settings.current().settings;
  for (const { id, name, address, serverName } of managers)
    note(() => aliases.of('manager', id), id, name, address, serverName);
  for (const { id, name } of groups) note(() => aliases.of('group', id), id, name);
  note(() => 'a user', administrator);
  return found;
}
