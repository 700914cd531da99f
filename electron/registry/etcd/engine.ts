import { fail, failureOf, succeed, type Failure, type Result } from '../../../shared/contract/failure.ts';
import type { Engine, KeyValue, Operation } from '../engine.ts';
import { explainCallError, isCompacted } from './callFailure.ts';
import { openChannel, type CallResult, type Channel } from './channel.ts';
import { parseEndpoint, type EtcdIdentity } from './identity.ts';
import { rangeOf, type ResponseOf } from './protocol.ts';
import { createRotation, type CallDeadlines, type Rotation } from './rotation.ts';
import { watchOn, type WatchDeadlines } from './watch.ts';
import { toKeyValue, toWireCompare, toWireOperation } from './wire.ts';

export interface EtcdEngineOptions {
  /** As `endpointSchema` has them; at least one. */
  readonly endpoints: readonly string[];
  readonly identity: EtcdIdentity;
  readonly deadlines?: Partial<EtcdDeadlines>;
  /** Which endpoint is asked first; left out: any. */
  readonly firstEndpoint?: number;
}

export type EtcdDeadlines = CallDeadlines & Omit<WatchDeadlines, 'attemptMs'>;

/** etcd with its defaults has a new leader within 1.6 s, and within 3.7 s where the old one hangs. */
const defaultDeadlines: EtcdDeadlines = {
  attemptMs: 500,
  callMs: 5_000,
  progressMs: 1_000,
  silenceMs: 2_500,
  behindMs: 3_000,
};
const pageSize = 1_000;
const listRestarts = 3;

/**
 * An {@link Engine} on etcd's v3 API. A change whose fate is unknown fails with `registry_outcome_unknown` and isn't repeated here:
 * its caller knows by what it would recognise its own. Everything else is asked of one member after the other until the deadline.
 */
export function createEtcdEngine(options: EtcdEngineOptions): Engine {
  const deadlines = { ...defaultDeadlines, ...options.deadlines };
  const opened = options.endpoints.map((url) => openChannel(parseEndpoint(url), options.identity));
  const unusable = opened.find((result) => !result.ok);
  const channels = opened.flatMap((result) => (result.ok ? [result.value] : []));
  if (unusable || channels.length === 0)
    return createUnusableEngine(unusable?.failure ?? failureOf('registry_unavailable', 'no endpoint'));
  const rotation = createRotation(channels, deadlines, options.firstEndpoint);

  return {
    async transact({ compare, then, otherwise = [] }) {
      const isRepeatable = [...then, ...otherwise].every(isRead);
      const request = {
        compare: compare.map(toWireCompare),
        success: then.map(toWireOperation),
        failure: otherwise.map(toWireOperation),
      };
      const answer = await rotation.call('Txn', request, isRepeatable);
      if (!answer.ok) return answer;
      const { succeeded, responses, header } = answer.value;
      const read = responses.map(({ responseRange }) => (responseRange?.kvs ?? []).map(toKeyValue));
      return succeed({ succeeded, revision: Number(header?.revision ?? 0), read });
    },
    list: (prefix) => listAll(rotation, prefix),
    watch(prefix, fromRevision, listener) {
      const channel = rotation.current();
      return watchOn(channel, { prefix, fromRevision }, deadlines, listener, () => rotation.moveOn(channel));
    },
    async grantLease(ttlSeconds) {
      // A lease that was granted unheard ends by itself.
      const answer = await rotation.call('LeaseGrant', { ttl: ttlSeconds, id: 0 }, true);
      return answer.ok ? succeed({ leaseId: answer.value.id, ttlSeconds: Number(answer.value.ttl) }) : answer;
    },
    async keepLeaseAlive(leaseId) {
      const answer = await rotation.attempt((channel, timeoutMs) => beat(channel, leaseId, timeoutMs));
      if (!answer.ok) return answer;
      const ttlSeconds = Number(answer.value.ttl);
      return ttlSeconds > 0 ? succeed({ ttlSeconds }) : fail('registry_lease_lost');
    },
    async revokeLease(leaseId) {
      const answer = await rotation.call('LeaseRevoke', { id: leaseId }, true);
      return answer.ok ? succeed(undefined) : answer;
    },
    async close() {
      for (const channel of channels) channel.close();
    },
  };
}

const isRead = ({ kind }: Operation) => kind === 'get' || kind === 'list';

/** In pages, all of the first one's revision; anew where that was compacted meanwhile. */
async function listAll(
  rotation: Rotation,
  prefix: string,
  restarts = listRestarts,
): Promise<Result<{ readonly revision: number; readonly entries: readonly KeyValue[] }>> {
  const { key, rangeEnd } = rangeOf(prefix);
  const entries: KeyValue[] = [];
  let revision = 0;
  let from: Buffer = key;
  for (;;) {
    const page = await rotation.call('Range', { key: from, rangeEnd, limit: pageSize, revision }, true);
    if (!page.ok) {
      if (isCompacted(page.failure) && restarts > 0) return listAll(rotation, prefix, restarts - 1);
      return page;
    }
    const { header, kvs, more } = page.value;
    revision ||= Number(header?.revision ?? 0);
    for (const entry of kvs) entries.push(toKeyValue(entry));
    const last = kvs.at(-1);
    if (!more || last === undefined) return succeed({ revision, entries });
    // The next key after it that there can be.
    from = Buffer.concat([last.key, Buffer.from([0])]);
  }
}

/** One beat on a stream of its own: they come every few seconds, and any member takes them. */
async function beat(
  channel: Channel,
  leaseId: string,
  timeoutMs: number,
): Promise<CallResult<ResponseOf<'LeaseKeepAlive'>>> {
  const startedAt = performance.now();
  const opened = await channel.open('LeaseKeepAlive', timeoutMs);
  if (!opened.ok) return opened;
  const stream = opened.value;
  return new Promise((resolve) => {
    const settle = (result: CallResult<ResponseOf<'LeaseKeepAlive'>>) => {
      clearTimeout(timer);
      stream.cancel();
      resolve(result);
    };
    const remainingMs = Math.max(0, timeoutMs - (performance.now() - startedAt));
    const timer = setTimeout(
      () => settle({ ok: false, ...explainCallError({ code: 4, details: 'no answer to a beat' }) }),
      remainingMs,
    );
    stream.on('data', (value) => settle({ ok: true, value }));
    stream.on('error', (error) => settle({ ok: false, ...explainCallError(error) }));
    stream.on('end', () => settle({ ok: false, ...explainCallError({ code: 14, details: 'ended' }) }));
    stream.write({ id: leaseId });
  });
}

/** Says with every call why nothing can be asked with this identity. */
function createUnusableEngine(failure: Failure): Engine {
  const refuse = async () => ({ ok: false, failure }) as const;
  return {
    transact: refuse,
    list: refuse,
    watch(_prefix, _fromRevision, { onEnd }) {
      let isCancelled = false;
      setImmediate(() => isCancelled || onEnd({ kind: 'broken', failure }));
      return { cancel: () => void (isCancelled = true) };
    },
    grantLease: refuse,
    keepLeaseAlive: refuse,
    revokeLease: refuse,
    async close() {},
  };
}
