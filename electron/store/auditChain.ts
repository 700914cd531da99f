import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type AuditRecord, auditRecordSchema } from '../../shared/model/audit.ts';
import { inSlices } from '../disk/slices.ts';

/** Where a chain stands: its newest record. */
export interface ChainTip {
  readonly number: number;
  /** SHA-256, 64 lower-case hexadecimal digits. */
  readonly hash: string;
}

const tipSchema = z.strictObject({ number: z.int().nonnegative(), hash: auditRecordSchema.shape.hash });

/** How a tip is written down beside its log. */
export const formatTip = ({ number, hash }: ChainTip): string => `${JSON.stringify({ number, hash })}\n`;

/** `undefined` where it is none. */
export function parseTip(text: string): ChainTip | undefined {
  try {
    return tipSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Before the first record. */
export const emptyTip: ChainTip = { number: 0, hash: '0'.repeat(64) };

/**
 * One line of the log, with its line feed: the record as canonical JSON. That is RFC 8785 for what a record holds (members in the
 * order of their names, no white space, strings and numbers as ECMAScript writes them), and so there is one way to write it only.
 */
export function formatRecord(record: AuditRecord): string {
  const { at, details, hash, number, previousHash, what, who } = record;
  return `${JSON.stringify({ at, details, hash, number, previousHash, what, who })}\n`;
}

/** SHA-256 of the record's canonical JSON without `hash`. */
function hashRecord({ at, details, number, previousHash, what, who }: Omit<AuditRecord, 'hash'>): string {
  const canonical = JSON.stringify({ at, details, number, previousHash, what, who });
  return createHash('sha256').update(canonical).digest('hex');
}

/** The record after `tip`. */
export function chainRecord(
  tip: ChainTip,
  entry: Pick<AuditRecord, 'at' | 'who' | 'what' | 'details'>,
): AuditRecord {
  const record = { ...entry, number: tip.number + 1, previousHash: tip.hash };
  return { ...record, hash: hashRecord(record) };
}

/** What a log holds, and whether it is whole. */
export interface ReadChain {
  readonly records: readonly AuditRecord[];
  /** Bytes up to the end of the last whole line; what follows was cut short by a crash, and never acknowledged. */
  readonly length: number;
  /** Where the next record goes on. */
  readonly tip: ChainTip;
  /** Counted from 1; the first record that isn't what was once appended, or is missing. */
  readonly brokenAt?: number;
  /** What is wrong there, as the end of a sentence. */
  readonly reason?: string;
}

/**
 * Reads a log from its first to its last record. `noted` is the tip that was written down beside the log: records up to it have to
 * be there, so that a cut tail is found. It is `undefined` where that file is gone or spoilt; a log that has records has one.
 */
export async function readChain(bytes: Buffer, noted: ChainTip | undefined): Promise<ReadChain> {
  const records: AuditRecord[] = [];
  let tip = emptyTip;
  let length = 0;
  let line = 0;
  let broken: { brokenAt: number; reason: string } | undefined;
  const breakAt = (brokenAt: number, reason: string) => (broken ??= { brokenAt, reason });

  for await (const text of inSlices(wholeLines(bytes))) {
    line += 1;
    length += text.length;
    const record = parseRecord(text.toString());
    if (record === undefined) {
      breakAt(line, 'it is not a record as Proxima writes it');
      continue;
    }
    if (record.hash !== hashRecord(record)) breakAt(line, 'its content does not fit its hash');
    else if (record.number !== tip.number + 1) breakAt(line, `it has the number ${record.number}`);
    else if (record.previousHash !== tip.hash) breakAt(line, 'it does not follow the record before');
    if (record.number === noted?.number && record.hash !== noted.hash)
      breakAt(line, 'it is not the one that was noted when it was written');
    records.push(record);
    tip = { number: record.number, hash: record.hash };
  }
  // What is appended from now on leaves a number out, so that both stay visible for ever.
  if (noted !== undefined && tip.number < noted.number) {
    breakAt(line + 1, `it is missing; ${noted.number} were written`);
    tip = noted;
  }
  if (noted === undefined && line > 0) {
    breakAt(line + 1, 'the note of the newest record is gone, so that the end of the log may be, too');
    tip = { ...tip, number: tip.number + 1 };
  }
  return { records, length, tip, ...broken };
}

function* wholeLines(bytes: Buffer): Generator<Buffer> {
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    yield bytes.subarray(start, end + 1);
    start = end + 1;
  }
}

/** `undefined` where the line isn't exactly what `formatRecord` makes of what it says. */
function parseRecord(line: string): AuditRecord | undefined {
  try {
    const record = auditRecordSchema.safeParse(JSON.parse(line)).data;
    return record !== undefined && formatRecord(record) === line ? record : undefined;
  } catch {
    return undefined;
  }
}
