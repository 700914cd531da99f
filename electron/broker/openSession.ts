import type { Failure } from '../../shared/contract/failure.ts';
import { failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Credential, Host } from '../../shared/model/host.ts';
import type { Attempt, ManagerTrace, PlacementTrace } from '../../shared/model/placement.ts';
import { permitsTrust, type Restrictions } from '../../shared/model/policy.ts';
import type { Trust } from '../../shared/model/proximityGroup.ts';
import { preferReported } from '../../shared/model/reportedCounts.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { connectionParameters } from './connectionParameters.ts';
import { decideAfterFailure, mayPassByItself } from './failover.ts';
import { closeFailed, goLive, type LivePorts } from './liveSession.ts';
import { type Placement, place, type TieBreak } from './placement.ts';
import type {
  ChannelOpener,
  ConnectionParameters,
  Display,
  HealthView,
  ManagerLookup,
  NewSession,
  SecretStore,
} from './ports.ts';
import type { SessionEntry, SessionOpener } from './sessionBook.ts';
import { createStopwatch, type Stopwatch } from './stopwatch.ts';

export interface OpeningPorts extends LivePorts {
  readonly health: HealthView;
  readonly channels: ChannelOpener;
  readonly secrets: Pick<SecretStore, 'read'>;
  readonly tieBreak: TieBreak;
  /** Monotonic, in ms: how long the steps of an opening take. */
  readonly clock: () => number;
  /** What this machine's policy forbids. */
  readonly restrictions?: Restrictions | undefined;
}

export interface Opening {
  readonly opener: SessionOpener;
  readonly host: Host;
  readonly display: Display;
  readonly credential: Credential | undefined;
  /** The manager that a session is moved away from. */
  readonly avoidedManagerId?: string;
}

/**
 * The natural path of one session: place, claim, channel, first `sync`; else the next candidate. Ends with the session `live`
 * or `closed`, and never throws. Aborting `entry.opening` ends it wherever it is; a claim that was made is given back.
 */
export async function openSession(entry: SessionEntry, opening: Opening, ports: OpeningPorts): Promise<void> {
  const { book, registry } = ports;
  const stopwatch = createStopwatch(ports.clock);
  entry.stopwatch = stopwatch;
  const failure = await reachFirstPicture(entry, opening, stopwatch, ports);
  if (failure === undefined) return;
  void registry.release(entry.session.id);
  if (entry.opening.signal.aborted) book.update(entry, { kind: 'closed', reason: 'user' });
  else closeFailed(entry, failure, ports);
}

/** Resolves to `undefined` once the session is live, or to what to tell the person. */
async function reachFirstPicture(
  entry: SessionEntry,
  opening: Opening,
  stopwatch: Stopwatch,
  ports: OpeningPorts,
): Promise<Failure | undefined> {
  const { book, topology, now } = ports;
  const { signal } = entry.opening;
  const queueEnds = now() + topology.current().queueTimeoutMs;
  const failedBefore = new Map<string, Failure>();
  let mayFallBack = false;
  stopwatch.begin('placing');
  book.update(entry, { kind: 'placing' });

  while (!signal.aborted) {
    const claimed = await claimPlace(entry, opening, stopwatch, failedBefore, mayFallBack, ports);
    if ('failure' in claimed) return claimed.failure;
    const { placement, place: taken } = claimed;

    if (taken === undefined) {
      const last = [...failedBefore.values()].at(-1);
      const obstacles = placement.trace.managers.map((trace) => obstacleOf(trace, failedBefore));
      const told = last ?? obstacles.find((obstacle) => obstacle.failure)?.failure;
      const isHosts = last !== undefined && !last.code.startsWith('manager_');
      if (isHosts || mayFallBack) return told ?? failureOf('no_manager_available');
      const mayPass = obstacles.some((obstacle) => obstacle.mayPass);
      if (mayPass) {
        book.update(entry, { kind: 'placing', waitingUntil: queueEnds });
        await waitForChange(queueEnds - now(), ports.health, signal);
        forgetRecovered(failedBefore, ports.health);
      }
      mayFallBack = !mayPass || now() >= queueEnds;
      continue;
    }

    const attempt = await tryManager(entry, opening, stopwatch, placement, taken, ports);
    if (attempt.kind === 'live') return undefined;
    if (attempt.kind === 'stop') return attempt.failure;
    failedBefore.set(taken.manager.id, attempt.failure);
  }
  return failureOf('session_closed');
}

/** What the registry is told; nothing that is secret is at hand here. */
export function describeSession({ session }: SessionEntry, { host, opener }: Opening): NewSession {
  const { id, hostId, hostName, address, protocol, openedAt } = session;
  return {
    id,
    user: opener.user,
    roles: [...opener.roles],
    rights: [...opener.rights],
    hostId,
    hostName,
    address,
    vaultId: host.vaultId,
    protocol,
    openedAt,
  };
}

/** Why it runs there, short enough to be sent to every member of a cluster. */
function summarisePlacement({ groups, managers }: PlacementTrace): string[] {
  const chosen = groups.filter(({ verdict }) => verdict !== 'no-match' && verdict !== 'not-reached');
  const ranked = managers
    .filter(({ rank }) => rank !== undefined)
    .toSorted((left, right) => (left.rank ?? 0) - (right.rank ?? 0));
  return [
    ...chosen.slice(-4).map(({ name, verdict, why }) => `${name}: ${verdict}, ${why}`),
    ...ranked
      .slice(0, 20)
      .map(({ name, counts }) => `${name}: ${counts.active} active, ${counts.pending} pending`),
  ].map((line) => line.slice(0, 300));
}

/** What doesn't need the place, and so goes on while it is claimed. */
interface Ahead {
  readonly manager: SessionManager;
  /** Who isn't trusted by the machine's policy is told no secret, and not looked for. */
  readonly way?: {
    readonly parameters: Promise<Result<ConnectionParameters>>;
    readonly lookup: ManagerLookup;
  };
}

type Claimed = { readonly failure: Failure } | { readonly placement: Placement; readonly place?: Ahead };

function goAhead(
  entry: SessionEntry,
  { host, display, credential }: Opening,
  stopwatch: Stopwatch,
  trust: Trust,
  manager: SessionManager,
  { channels, secrets, restrictions }: OpeningPorts,
): Ahead {
  if (!permitsTrust(restrictions, trust)) return { manager };
  async function readParameters(): Promise<Result<ConnectionParameters>> {
    stopwatch.begin('secret');
    const secret = await secrets.read(host.id);
    stopwatch.end('secret');
    if (!secret.ok && credential === undefined) return secret;
    const stored = secret.ok ? secret.value : {};
    return succeed(connectionParameters(host, stored, credential, display, restrictions));
  }
  stopwatch.begin('lookup');
  const lookup = channels.lookUp(manager, entry.opening.signal);
  void lookup.then(() => stopwatch.end('lookup'));
  return { manager, way: { parameters: readParameters(), lookup } };
}

async function claimPlace(
  entry: SessionEntry,
  opening: Opening,
  stopwatch: Stopwatch,
  failedBefore: ReadonlyMap<string, Failure>,
  mayFallBack: boolean,
  ports: OpeningPorts,
): Promise<Claimed> {
  const { book, health, registry, now, tieBreak } = ports;
  const { host, avoidedManagerId } = opening;
  const request = {
    vaultId: host.vaultId,
    address: host.address,
    ...(host.groupId !== undefined && { groupId: host.groupId }),
  };
  let placement: Placement | undefined;
  let ahead: Ahead | undefined;
  const claim = await registry.claim(describeSession(entry, opening), (view) => {
    const { groups, managers } = ports.topology.current();
    placement = place(
      request,
      {
        groups,
        managers,
        healthOf: (id) => health.healthOf(id),
        countsOf: (id) => preferReported(health.loadOf(id), view.byManager.get(id), now()),
        loadOf: (id) => health.loadOf(id)?.load,
        failedBefore: new Set([...failedBefore.keys(), ...(avoidedManagerId ? [avoidedManagerId] : [])]),
        mayFallBack,
      },
      now(),
      tieBreak,
    );
    const [first] = placement.candidates;
    const { poolId, trust } = placement.group;
    if (first && ahead?.manager !== first) ahead = goAhead(entry, opening, stopwatch, trust, first, ports);
    return first && { managerId: first.id, sessionLimit: first.sessionLimit, poolId };
  });
  if (!claim.ok) return { failure: claim.failure };
  if (placement === undefined) return { failure: failureOf('internal', 'the registry chose nothing') };

  const taken = ahead?.manager.id === claim.value?.managerId ? ahead : undefined;
  const manager = taken?.manager;
  if (manager) stopwatch.end('placing');
  book.update(entry, manager ? { kind: 'connecting', managerId: manager.id } : entry.session.state, {
    trace: placement.trace,
    groupName: placement.group.name,
    ...(manager && { managerName: manager.name }),
  });
  return { placement, ...(taken && { place: taken }) };
}

type Tried =
  | { readonly kind: 'live' }
  | { readonly kind: 'stop'; readonly failure: Failure }
  | { readonly kind: 'next-manager'; readonly failure: Failure };

async function tryManager(
  entry: SessionEntry,
  { host, display }: Opening,
  stopwatch: Stopwatch,
  placement: Placement,
  { manager, way }: Ahead,
  ports: OpeningPorts,
): Promise<Tried> {
  const { book, channels, health, now } = ports;
  const { signal } = entry.opening;
  if (!way) {
    const detail = `connections that are not encrypted and verified, as in “${placement.group.name}”: managed by ${ports.restrictions?.managedBy}`;
    return { kind: 'stop', failure: failureOf('policy_forbids', detail) };
  }
  const startedAt = now();
  const opened = await channels.open(
    {
      manager,
      trust: placement.group.trust,
      protocol: host.protocol,
      display,
      observer: stopwatch,
      ...way,
    },
    signal,
  );
  const parameters = await way.parameters;
  if (!parameters.ok) return { kind: 'stop', failure: parameters.failure };
  const attempt: Attempt = {
    managerId: manager.id,
    name: manager.name,
    startedAt,
    durationMs: now() - startedAt,
    ...(opened.ok ? { security: opened.value.security } : { failure: opened.failure }),
  };
  const attempts = [...entry.session.attempts, attempt];

  if (!opened.ok) {
    if (signal.aborted) return { kind: 'stop', failure: opened.failure };
    health.report(manager.id, { failure: opened.failure });
    book.update(entry, { kind: 'placing' }, { attempts });
    const decision = decideAfterFailure(opened.failure, {
      protocol: host.protocol,
      password: parameters.value['password'] !== '',
    });
    return { kind: decision, failure: opened.failure };
  }

  const line = opened.value;
  health.report(manager.id, {});
  stopwatch.begin('tunnel');
  if (signal.aborted) {
    line.close();
    await line.ended;
    return { kind: 'stop', failure: failureOf('session_closed') };
  }
  goLive(
    entry,
    line,
    { manager, groupId: placement.group.id, placement: summarisePlacement(placement.trace), attempts },
    ports,
  );
  return { kind: 'live' };
}

/** What keeps a manager from taking the session, and whether waiting may help: a wrong certificate doesn't mend itself. */
function obstacleOf(
  { managerId, verdict, health }: ManagerTrace,
  failedBefore: ReadonlyMap<string, Failure>,
): { readonly failure?: Failure | undefined; readonly mayPass: boolean } {
  const failure = failedBefore.get(managerId) ?? (verdict === 'down' ? health.failure : undefined);
  return { failure, mayPass: failure ? mayPassByItself(failure) : verdict === 'full' || verdict === 'down' };
}

/** Until a manager's health changes, the time is over, or the person gave up. */
async function waitForChange(timeMs: number, health: HealthView, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, Math.max(0, timeMs));
    const unsubscribe = health.onChange(finish);
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
  });
}

/** A manager that was down and answers again gets another try. */
function forgetRecovered(failedBefore: Map<string, Failure>, health: HealthView): void {
  for (const [managerId, failure] of failedBefore) {
    if (mayPassByItself(failure) && health.healthOf(managerId).state === 'up') failedBefore.delete(managerId);
  }
}
