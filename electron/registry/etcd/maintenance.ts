import { failureOf, type Failure } from '../../../shared/contract/failure.ts';
import type { RegistryMember } from '../../../shared/model/registryHealth.ts';
import { openChannel, type CallResult, type Channel } from './channel.ts';
import { parseEndpoint, type EtcdIdentity } from './identity.ts';
import type { ResponseOf } from './protocol.ts';
import { warnOf } from './warnings.ts';

/** Of a pool that needn't be saved, as `endpointSchema` has them. */
interface PoolEndpoints {
  readonly endpoints: readonly string[];
}

const askMs = 1_500;
/** Behind the first answer, for what may be left out. */
const furtherMs = 1_000;
/** etcd 3.4 notes each question about rights in its log. */
const rightsKeptMs = 10 * 60_000;

/**
 * Asks each endpoint, all at once, and gives each answer as it comes: who it is, or why it doesn't
 * answer. Keeps nothing open.
 */
export async function* checkEndpoints(
  pool: PoolEndpoints,
  identity: EtcdIdentity,
): AsyncGenerator<RegistryMember> {
  const asking = new Map(
    pool.endpoints.map((url, index) => [
      index,
      checkEndpoint(url, identity).then((member) => ({ index, member })),
    ]),
  );
  while (asking.size > 0) {
    const { index, member } = await Promise.race(asking.values());
    asking.delete(index);
    yield member;
  }
}

async function checkEndpoint(url: string, identity: EtcdIdentity): Promise<RegistryMember> {
  const channel = openChannel(parseEndpoint(url), identity);
  if (!channel.ok) return describeSilence(url, channel.failure);
  try {
    return await askMember(channel.value, isOpenToAll);
  } finally {
    channel.value.close();
  }
}

/** The members of a pool, asked over connections that are kept. */
export interface MemberSource {
  /** Each in the order of the endpoints; at most one question to each at a time. */
  ask(): Promise<readonly RegistryMember[]>;
  close(): void;
}

export function createMemberSource(pool: PoolEndpoints, identity: EtcdIdentity): MemberSource {
  const channels = pool.endpoints.map((url) => ({ url, channel: openChannel(parseEndpoint(url), identity) }));
  const rights = new Map<Channel, { readonly isOpen: boolean; readonly at: number }>();
  let asking: Promise<readonly RegistryMember[]> | undefined;
  const askRights = async (channel: Channel) => {
    const known = rights.get(channel);
    if (known && performance.now() - known.at < rightsKeptMs) return known.isOpen;
    const isOpen = await isOpenToAll(channel);
    if (isOpen !== undefined) rights.set(channel, { isOpen, at: performance.now() });
    return isOpen;
  };
  const askAll = () =>
    Promise.all(
      channels.map(async ({ url, channel }) =>
        channel.ok ? askMember(channel.value, askRights) : describeSilence(url, channel.failure),
      ),
    );
  return {
    ask() {
      asking ??= askAll().finally(() => (asking = undefined));
      return asking;
    },
    close() {
      for (const { channel } of channels) if (channel.ok) channel.value.close();
    },
  };
}

/** What a member says of itself and its cluster. The round trip is one on a connection that was there before. */
async function askMember(
  channel: Channel,
  askRights: (channel: Channel) => Promise<boolean | undefined>,
): Promise<RegistryMember> {
  const { url } = channel.endpoint;
  const first = await channel.call('Status', {}, askMs);
  if (!first.ok) return describeSilence(url, await explain(channel, first));
  const startedAt = performance.now();
  const [status, members, isOpen] = await Promise.all([
    channel.call('Status', {}, furtherMs).then((answer) => ({
      answer: answer.ok ? answer.value : first.value,
      roundTripMs: answer.ok ? performance.now() - startedAt : undefined,
    })),
    channel.call('MemberList', {}, furtherMs),
    askRights(channel),
  ]);
  const { answer, roundTripMs } = status;
  const all = members.ok ? members.value.members : [];
  const name = all.find(({ id }) => id === answer.header?.memberId)?.name;
  const quotaBytes = Number(answer.dbSizeQuota);
  const databaseBytes = Number(answer.dbSize);
  const warnings = warnOf({
    version: answer.version,
    isSecured: channel.endpoint.isSecured,
    isOpenToAll: isOpen,
    votingMembers: members.ok ? all.filter(({ isLearner }) => !isLearner).length : undefined,
    databaseBytes,
    quotaBytes: quotaBytes > 0 ? quotaBytes : undefined,
  });
  return {
    endpoint: url,
    version: answer.version,
    databaseBytes,
    alarms: alarmsOf(answer.errors),
    warnings,
    ...(name !== undefined && name !== '' && { name }),
    ...roleOf(answer),
    ...(roundTripMs !== undefined && { roundTripMs }),
    ...(quotaBytes > 0 && { quotaBytes }),
  };
}

function describeSilence(url: string, failure: Failure): RegistryMember {
  return { endpoint: url, alarms: [], warnings: [], failure };
}

async function explain(
  channel: Channel,
  failed: Extract<CallResult<never>, { ok: false }>,
): Promise<Failure> {
  if (failed.failure.code !== 'registry_unavailable') return failed.failure;
  const found = await channel.explain();
  return found.code === 'registry_unavailable' && found.detail === undefined ? failed.failure : found;
}

function roleOf(answer: ResponseOf<'Status'>): Pick<RegistryMember, 'role' | 'failure'> {
  if (answer.isLearner) return { role: 'learner' };
  if (answer.leader === '0') return { failure: failureOf('registry_unavailable', 'it has no leader') };
  return { role: answer.leader === answer.header?.memberId ? 'leader' : 'follower' };
}

/** Among the errors of a status they read `memberID:1234 alarm:NOSPACE `. */
const alarmsOf = (errors: readonly string[]): string[] => [
  ...new Set(errors.flatMap((text) => /alarm:(\w+)/.exec(text)?.[1] ?? [])),
];

/**
 * Whether etcd checks nobody's rights; `undefined` where it doesn't tell. Before 3.5 there is no call for that, but a sign-in by
 * password, of nobody, is refused for different reasons.
 */
async function isOpenToAll(channel: Channel): Promise<boolean | undefined> {
  const status = await channel.call('AuthStatus', {}, furtherMs);
  if (status.ok) return !status.value.enabled;
  const signIn = await channel.call('Authenticate', { name: '', password: '' }, furtherMs);
  if (signIn.ok) return undefined;
  const words = signIn.failure.detail ?? '';
  if (words.includes('authentication is not enabled')) return true;
  return words.includes('authentication failed') ? false : undefined;
}
