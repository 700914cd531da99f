import { z } from 'zod';
import { type Settings, settingsSchema } from './settings.ts';

const { groups, managers, queueTimeoutMs } = settingsSchema.shape;

/** The settings that a policy can decide. */
export type LockablePath = Exclude<keyof Settings, 'version'>;

/**
 * What whoever manages a machine decides for everybody on it: a file that only they can write. Each setting that is given here is
 * taken from here and can't be changed in Proxima. Published as `docs/policy.schema.json`.
 */
export const policySchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  /** Who that is, as people are told beside a locked field: “IT Operations, it@corp.example”. */
  managedBy: z.string().trim().min(1).max(200),
  settings: z.strictObject({
    groups: groups.optional(),
    managers: managers.optional(),
    queueTimeoutMs: queueTimeoutMs.unwrap().optional(),
  } satisfies Record<LockablePath, z.ZodType>),
});
