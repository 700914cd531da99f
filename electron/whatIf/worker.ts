import { parentPort, workerData } from 'node:worker_threads';
import { type ArrangedHosts, arrangeHosts, type KnownHost, knowHost } from './arrangedHosts.ts';
import { compareSettings } from './compareSettings.ts';
import { placeImagined } from './placeImagined.ts';
import type { Answer, WorkerMessage } from './question.ts';

/** The number of the newest question about all hosts, written by the engine while this thread works. */
const newest = new Int32Array(workerData as SharedArrayBuffer);
const known = new Map<string, KnownHost>();
let arranged: ArrangedHosts | undefined;

function answer({ id, question }: Extract<WorkerMessage, { kind: 'ask' }>): Answer {
  if (question.kind === 'host') return { id, answer: placeImagined(question.request, question) };
  const isOvertaken = () => Atomics.load(newest, 0) !== id;
  if (isOvertaken()) return { id };
  arranged ??= arrangeHosts(known.values());
  const report = compareSettings(arranged, question, isOvertaken);
  return report ? { id, answer: report } : { id };
}

parentPort?.on('message', (message: WorkerMessage) => {
  if (message.kind === 'ask') {
    parentPort?.postMessage(answer(message), []);
    return;
  }
  arranged = undefined;
  if (message.kind === 'put') for (const host of message.hosts) known.set(host.id, knowHost(host));
  else for (const hostId of message.hostIds) known.delete(hostId);
});
