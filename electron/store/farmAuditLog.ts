import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { fail, type Failure, type Result, succeed } from '../../shared/contract/failure.ts';
import type { AuditLog } from '../broker/ports.ts';
import type { ChainHead, SharedChain } from '../collections/sharedChain.ts';
import {
  type ChainTip,
  chainRecord,
  emptyTip,
  formatRecord,
  formatTip,
  parseTip,
  readChain,
  type ReadChain,
} from './auditChain.ts';
import { boundEntry, presentChain } from './auditEntry.ts';

/** As often another node may append first. */
const mostTries = 50;
const longestPauseMs = 100;
/** Ids sort as the numbers do. */
const numberLength = 12;

/**
 * The audit log of a farm: one chain over all nodes. A record is appended on top of the one that is the newest then, in the same
 * transaction that moves the note of the newest, so that no two nodes' records have the same number; it is there before the change that
 * it tells of is made.
 *
 * What is found on reading, and what can't be, is as with the log of one machine. Each node remembers the newest record that it wrote
 * itself, and tells its number and hash to its process log: data that were put back to an earlier state show as a gap.
 *
 * Fails with `audit_unwritable`; the next call tries anew.
 */
export function createFarmAuditLog(options: {
  readonly chain: SharedChain;
  readonly log: Pick<Logger, 'info' | 'error'>;
  readonly now: () => number;
}): AuditLog {
  const { chain, log, now } = options;
  let written: ChainTip | undefined;
  let known: ChainHead | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const refuse = (failure: Failure) => {
    log.error({ failure }, 'The audit log of the farm can not be reached');
    return fail('audit_unwritable', failure.detail ?? failure.code);
  };

  /** Where the next record goes on. Everything is read only where the note doesn't tell. */
  async function findTip(head: ChainHead, takenNumber: number): Promise<Result<ChainTip>> {
    const noted = head.text === undefined ? undefined : parseTip(head.text);
    const isBehind = written !== undefined && (noted?.number ?? 0) < written.number;
    const isFirst = head.revision === 0 && written === undefined;
    if (noted && !isBehind && takenNumber === 0) return succeed(noted);
    const read = await readFarmAudit(chain, written);
    if (!read.ok) return read;
    const tip = isFirst && read.value.records.length === 0 ? emptyTip : read.value.tip;
    // A number that is left out stays visible for ever.
    return succeed({ ...tip, number: Math.max(tip.number, takenNumber) });
  }

  async function append(entry: Parameters<AuditLog['append']>[0]): Promise<Result<void>> {
    /** By something that is no record; 0 for none. */
    let takenNumber = 0;
    for (let attempt = 0; attempt < mostTries; attempt += 1) {
      if (attempt > 1) await sleep(Math.random() * Math.min(longestPauseMs, 2 ** attempt));
      const head: Result<ChainHead> = known ? succeed(known) : await chain.head();
      if (!head.ok) return refuse(head.failure);
      const tip = await findTip(head.value, takenNumber);
      if (!tip.ok) return refuse(tip.failure);
      const record = chainRecord(tip.value, { at: now(), ...boundEntry(entry) });
      const { number, hash } = record;
      known = undefined;
      const appended = await chain.append(head.value, {
        id: String(number).padStart(numberLength, '0'),
        text: formatRecord(record),
        head: formatTip({ number, hash }),
      });
      if (!appended.ok) return refuse(appended.failure);
      known = appended.value.head;
      if (appended.value.kind === 'appended') {
        written = { number, hash };
        log.info({ number, hash }, 'Audit record written');
        return succeed(undefined);
      }
      // Nobody moved the note, and still the place is taken: somebody meddled.
      if (known.revision === head.value.revision) takenNumber = number;
    }
    return fail('audit_unwritable', 'other nodes write into it all the time');
  }

  return {
    append(entry) {
      const result = turn.then(() => append(entry));
      turn = result;
      return result;
    },
    async read() {
      await turn;
      const read = await readFarmAudit(chain, written);
      return read.ok ? succeed(presentChain(read.value)) : refuse(read.failure);
    },
  };
}

/** Reads the whole log; `written` is the newest record that the caller knows of. */
export async function readFarmAudit(chain: SharedChain, written?: ChainTip): Promise<Result<ReadChain>> {
  const read = await chain.read();
  if (!read.ok) return read;
  const { head, entries } = read.value;
  const noted = head.text === undefined ? undefined : parseTip(head.text);
  const newest = written && (noted?.number ?? 0) < written.number ? written : noted;
  // An append is there as a whole or not at all: nothing is forgiven as cut short.
  const lines = entries.map((entry) => (entry.endsWith('\n') ? entry : `${entry}\n`));
  return succeed(await readChain(Buffer.from(lines.join('')), newest));
}
