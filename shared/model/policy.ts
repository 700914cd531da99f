import { z } from 'zod';
import { farmAddressSchema, farmAuthoritiesSchema, farmPinsSchema } from './farmChoice.ts';
import type { Trust } from './proximityGroup.ts';
import { type Settings, settingsSchema } from './settings.ts';

const { access, groups, managers, pools, queueTimeoutMs, usesLocalManager } = settingsSchema.shape;

/** The settings that a policy can decide. */
export type LockablePath = Exclude<keyof Settings, 'version'>;

/** What a policy takes away. A field that is left out leaves things as they are. */
const restrictionFields = {
  /** `false`: no group may use connections to its managers that aren't encrypted, or not verified. */
  plainAllowed: z.boolean().optional(),
  /** Which way text may go between this machine and hosts. */
  clipboard: z.enum(['both', 'to-host', 'from-host', 'none']).optional(),
  /** `false`: no files between this machine and hosts: no drive, no SFTP. */
  fileTransfer: z.boolean().optional(),
  /** `false`: passwords and keys are asked for each time, never stored. */
  storeSecrets: z.boolean().optional(),
};

/** What this machine's policy forbids, as windows are told. */
export const restrictionsSchema = z.object({ managedBy: z.string(), ...restrictionFields });
export type Restrictions = z.infer<typeof restrictionsSchema>;

/** Whether connections of this trust may be made and saved. */
export const permitsTrust = (restrictions: Restrictions | undefined, { kind }: Trust): boolean =>
  restrictions?.plainAllowed !== false || (kind !== 'plain' && kind !== 'unverified');

/**
 * What whoever manages a machine decides for everybody on it: a file that only they can write. Each setting that is given here is
 * taken from here and can't be changed in Proxima. Published as `docs/policy.schema.json`.
 */
export const policySchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  /** Who that is, as people are told beside a locked field: “IT Operations, it@corp.example”. */
  managedBy: z.string().trim().min(1).max(200),
  settings: z
    .strictObject({
      groups: groups.optional(),
      managers: managers.optional(),
      queueTimeoutMs: queueTimeoutMs.unwrap().optional(),
      usesLocalManager: usesLocalManager.unwrap().optional(),
      pools: pools.unwrap().optional(),
      access: access.unwrap().optional(),
    } satisfies Record<LockablePath, z.ZodType>)
    .optional(),
  restrictions: z.strictObject(restrictionFields).optional(),
  /** The desktop app uses this farm, or this one gateway, instead of a broker of its own. */
  farm: z
    .strictObject({
      /** Where it is: `https://proxima.corp.example`. */
      address: farmAddressSchema,
      /** The authorities that its certificate is verified by, in PEM; left out, those that the machine knows. */
      authoritiesPem: farmAuthoritiesSchema.optional(),
      /** Base64 SHA-256 digests of its SubjectPublicKeyInfo (RFC 7469 §2.4); with these, authorities don't matter. */
      pins: farmPinsSchema.optional(),
    })
    .optional(),
  updates: z
    .strictObject({
      /** `false`: this app never looks for updates; whoever manages the machine installs them. */
      enabled: z.boolean().optional(),
      /** Where they come from: an https:// folder of electron-builder's generic provider. */
      feed: z.url({ protocol: /^https$/ }).optional(),
      /** Base64 SHA-256 digests of the feed's SubjectPublicKeyInfo (RFC 7469 §2.4); another key isn't spoken to. */
      pins: z
        .array(z.string().regex(/^[A-Za-z0-9+/]{43}=$/))
        .min(1)
        .optional(),
      /** No newer version than this is installed. */
      newestVersion: z
        .string()
        .max(64)
        .regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/)
        .optional(),
    })
    .optional(),
  /** Proxima sends nothing about its use to anybody, so that there is nothing to turn off; `false` is accepted for completeness. */
  telemetry: z.literal(false).optional(),
});
export type Policy = z.infer<typeof policySchema>;
export type UpdatePolicy = NonNullable<Policy['updates']>;

/** A policy as it lies somewhere on the machine, or why it can't be read. */
export type PolicyDocument = { readonly where: string } & (
  { readonly content: unknown } | { readonly problem: string }
);
