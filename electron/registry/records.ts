import { z } from 'zod';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import { managerIdSchema, sessionManagerSchema } from '../../shared/model/sessionManager.ts';
import { type SessionRecord, sessionRecordSchema } from '../../shared/model/sessionRecord.ts';
import type { ManagerDefinition } from '../broker/ports.ts';

/** What the keys of a pool hold, as it is written and read. All of it comes from other processes: nothing is believed unparsed. */

const placeSchema = z.object({ m: managerIdSchema, s: z.enum(['p', 'l']) });

const definitionSchema = sessionManagerSchema
  .pick({ intent: true, weight: true, sessionLimit: true })
  .extend({ v: z.literal(1) });

const presenceSchema = z.object({
  user: z.string().max(256),
  route: z.string().max(64),
  kind: z.enum(['desktop', 'gateway']),
  /** The last probe that it saw pass, `owner#number`. */
  probe: z.string().max(300).optional(),
  /** How far it had heard. */
  revision: z.number(),
});
export type Presence = z.infer<typeof presenceSchema>;

const nonceSchema = z.object({ nonce: z.string() });
const versionSchema = z.object({ version: z.number() });

export interface Place {
  readonly managerId: string;
  readonly phase: 'active' | 'pending';
}

export const writePlace = ({ managerId, state }: SessionRecord): string =>
  JSON.stringify({ m: managerId, s: state === 'live' ? 'l' : 'p' });

export function readPlace(value: string): Place | undefined {
  const place = placeSchema.safeParse(parseJson(value)).data;
  return place && { managerId: place.m, phase: place.s === 'l' ? 'active' : 'pending' };
}

/** `nonce` tells one attempt to claim from every other. */
export const writeRecord = (record: SessionRecord, nonce: string): string =>
  JSON.stringify({ ...record, nonce });

/** Fails with `registry_newer` where a later version wrote it. */
export function readRecord(value: string): Result<SessionRecord> {
  const parsed = parseJson(value);
  const record = sessionRecordSchema.safeParse(parsed).data;
  if (record) return succeed(record);
  const version = versionSchema.safeParse(parsed).data?.version ?? 0;
  return version > 1 ? fail('registry_newer') : fail('registry_gone', 'what is stored is no session');
}

export const readNonce = (value: string): string | undefined =>
  nonceSchema.safeParse(parseJson(value)).data?.nonce;

export const writeDefinition = ({ intent, weight, sessionLimit }: ManagerDefinition): string =>
  JSON.stringify({ v: 1, intent, weight, sessionLimit });

export function readDefinition(id: string, value: string): ManagerDefinition | undefined {
  const definition = definitionSchema.safeParse(parseJson(value)).data;
  return definition && { id, ...withoutVersion(definition) };
}

const withoutVersion = ({ intent, weight, sessionLimit }: z.infer<typeof definitionSchema>) => ({
  intent,
  weight,
  sessionLimit,
});

export const writePresence = (presence: Presence): string => JSON.stringify(presence);
export const readPresence = (value: string): Presence | undefined =>
  presenceSchema.safeParse(parseJson(value)).data;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
