import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Host } from '../../shared/model/host.ts';
import type { PlacementRequest, SessionCounts } from '../../shared/model/placement.ts';
import type { Settings } from '../../shared/model/settings.ts';
import type { HostWhatIf, WhatIf, WhatIfReport } from '../../shared/model/whatIf.ts';
import type { HealthView, HostChange, HostStore, TopologySource, WhatIfEngine } from '../broker/ports.ts';
import { inSlices } from '../disk/slices.ts';
import type { HostFacts } from './knownHost.ts';
import type { Answer, Circumstances, Question, WorkerMessage } from './question.ts';

/** Hosts that are copied to the worker at once; the event loop turns in between. */
const hostsPerMessage = 1_000;

interface WhatIfOptions {
  readonly hosts: Pick<HostStore, 'hosts' | 'onChange'>;
  readonly topology: TopologySource;
  /** Settings as they would be in use: with this machine's own session manager, where that would serve. Left out, as they are. */
  readonly inUse?: (settings: Settings) => Settings;
  readonly health: Pick<HealthView, 'healthOf'>;
  countsOf(managerId: string): SessionCounts;
  /** The built `worker.ts`. */
  readonly workerFile: URL;
  readonly log: Pick<Logger, 'error'>;
  readonly now: () => number;
}

interface ClosableWhatIfEngine extends WhatIfEngine {
  /** Ends the worker; questions that are still open fail. Calling it twice does no harm. */
  close(): Promise<void>;
}

type Reply = Result<WhatIfReport | HostWhatIf>;

/** One run of the worker thread. */
interface Run {
  ask(question: Question): Promise<Reply>;
  end(reason: string): Promise<void>;
}

/**
 * The what-if, on a thread of its own. It is started by the first question and gets the hosts once; from then on every change of
 * them. A newer question about all hosts overtakes an older one, which fails with `internal` and is worked on no further. Should the
 * worker crash, open questions fail with `internal`, and the next one starts another.
 */
export function createWhatIfEngine(options: WhatIfOptions): ClosableWhatIfEngine {
  const { topology, health, countsOf, now, inUse = (settings) => settings } = options;
  let run: Run | undefined;
  let isClosed = false;

  function describeCircumstances(asked: WhatIf): Circumstances {
    const whatIf = { ...asked, settings: inUse(asked.settings) };
    const { groups, managers } = topology.current();
    const ids = [...new Set([...managers, ...whatIf.settings.managers].map(({ id }) => id))];
    return {
      today: { groups, managers },
      whatIf,
      health: new Map(ids.map((id) => [id, health.healthOf(id)])),
      counts: new Map(ids.map((id) => [id, countsOf(id)])),
      now: now(),
    };
  }

  async function ask<T extends WhatIfReport | HostWhatIf>(question: Question): Promise<Result<T>> {
    if (isClosed) return fail('broker_stopping');
    run ??= startRun(options, () => {
      run = undefined;
    });
    return (await run.ask(question)) as Result<T>;
  }

  return {
    placeHost: (whatIf: WhatIf, request: PlacementRequest) =>
      ask<HostWhatIf>({ ...describeCircumstances(whatIf), kind: 'host', request }),
    placeAllHosts: (whatIf) => ask<WhatIfReport>({ ...describeCircumstances(whatIf), kind: 'allHosts' }),
    async close() {
      isClosed = true;
      await run?.end('Proxima is closing');
    },
  };
}

function startRun({ hosts, workerFile, log }: WhatIfOptions, onEnd: () => void): Run {
  /** The number of the newest question about all hosts; the worker looks at it while it works. */
  const newest = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(workerFile, { workerData: newest.buffer });
  worker.unref();
  const open = new Map<number, (reply: Reply) => void>();
  let lastId = 0;
  let hasEnded = false;
  /** What is sent, in the order in which it was asked for. */
  let turn: Promise<void> = Promise.resolve();

  const send = (message: WorkerMessage) => worker.postMessage(message, []);

  function inTurn(work: () => Promise<void>): void {
    turn = turn
      .then(async () => {
        if (!hasEnded) await work();
      })
      .catch((error: unknown) => void end(`the hosts could not be sent: ${String(error)}`));
  }

  function settle(id: number, reply: Reply): void {
    open.get(id)?.(reply);
    open.delete(id);
  }

  async function end(reason: string): Promise<void> {
    if (hasEnded) return;
    hasEnded = true;
    stopListening();
    onEnd();
    for (const id of [...open.keys()]) settle(id, fail('internal', reason));
    await worker.terminate();
  }

  async function sendHosts(changed: Iterable<Host>): Promise<void> {
    let waiting: HostFacts[] = [];
    for await (const { id, name, vaultId, address, groupId } of inSlices(changed)) {
      waiting.push({ id, name, vaultId, address, ...(groupId !== undefined && { groupId }) });
      if (waiting.length < hostsPerMessage) continue;
      send({ kind: 'put', hosts: waiting });
      waiting = [];
    }
    if (waiting.length > 0) send({ kind: 'put', hosts: waiting });
  }

  function follow(change: HostChange): void {
    if (change.kind === 'put') inTurn(() => sendHosts(change.hosts));
    if (change.kind === 'removed') inTurn(async () => send({ kind: 'remove', hostIds: change.hostIds }));
  }

  worker.on('message', ({ id, answer }: Answer) =>
    settle(id, answer ? succeed(answer) : fail('internal', 'a newer what-if took its place')),
  );
  worker.on('error', (error) => {
    log.error({ err: error }, 'The what-if worker failed');
    void end('the what-if worker failed');
  });
  worker.on('exit', () => void end('the what-if worker ended'));
  const all = [...hosts.hosts().values()];
  inTurn(() => sendHosts(all));
  const stopListening = hosts.onChange(follow);

  return {
    ask: (question) =>
      new Promise((resolve) => {
        lastId += 1;
        const id = lastId;
        open.set(id, resolve);
        if (question.kind === 'allHosts') Atomics.store(newest, 0, id);
        inTurn(async () => send({ kind: 'ask', id, question }));
      }),
    end,
  };
}
