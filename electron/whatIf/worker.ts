import { parentPort, workerData } from 'node:worker_threads';
import type { ProximityGroup } from '../../shared/model/proximityGroup.ts';
import { compareSettings } from './compareSettings.ts';
import { type KnownHost, knowHost } from './knownHost.ts';
import { placeImagined } from './placeImagined.ts';
import type { Answer, Circumstances, WorkerMessage } from './question.ts';

/** The number of the newest question about all hosts, written by the engine while this thread works. */
const newest = new Int32Array(workerData as SharedArrayBuffer);
const known = new Map<string, KnownHost>();
/** In the order in which they came, while none has changed. */
let listed: readonly KnownHost[] | undefined;

/** The lists of groups that were last asked about, by their text. Two are compared, and mostly one of them is the same as before. */
const keptLists = 2;
const lists = new Map<string, readonly ProximityGroup[]>();

/** The same list for the same groups, because what was worked out for a list is found by it. */
function recall<T extends readonly ProximityGroup[]>(groups: T): T {
  const text = JSON.stringify(groups);
  const list = (lists.get(text) ?? groups) as T;
  lists.delete(text);
  lists.set(text, list);
  for (const oldest of [...lists.keys()].slice(0, -keptLists)) lists.delete(oldest);
  return list;
}

function recallGroups({ today, whatIf, ...rest }: Circumstances): Circumstances {
  const { settings } = whatIf;
  return {
    ...rest,
    today: { ...today, groups: recall(today.groups) },
    whatIf: { ...whatIf, settings: { ...settings, groups: recall(settings.groups) } },
  };
}

function answer({ id, question }: Extract<WorkerMessage, { kind: 'ask' }>): Answer {
  if (question.kind === 'host') return { id, answer: placeImagined(question.request, question) };
  const isOvertaken = () => Atomics.load(newest, 0) !== id;
  if (isOvertaken()) return { id };
  listed ??= [...known.values()];
  const report = compareSettings(listed, recallGroups(question), isOvertaken);
  return report ? { id, answer: report } : { id };
}

parentPort?.on('message', (message: WorkerMessage) => {
  if (message.kind === 'ask') {
    parentPort?.postMessage(answer(message), []);
    return;
  }
  listed = undefined;
  if (message.kind === 'put') for (const host of message.hosts) known.set(host.id, knowHost(host));
  else for (const hostId of message.hostIds) known.delete(hostId);
});
