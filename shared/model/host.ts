import { z } from 'zod';
import { targetAddressSchema } from './address.ts';
import { protocolSchema } from './protocol.ts';

export const hostIdSchema = z.uuid();
export const vaultIdSchema = z.uuid();

/** A named folder of hosts; a proximity group can match on it. */
export const vaultSchema = z.object({
  id: vaultIdSchema,
  name: z.string().trim().min(1, 'enter a name').max(100),
});
export type Vault = z.infer<typeof vaultSchema>;

/** The vault of hosts that were saved without one; always there. */
export const generalVault: Vault = { id: '00000000-0000-4000-8000-000000000001', name: 'General' };

const tag = z.string().trim().min(1).max(64);

/**
 * Connection parameters by Guacamole argument name. Unknown names are kept as they are. Those which would carry a secret or are
 * the broker's own business are refused here, so that no stored document can hold them.
 */
const reservedSettings = new Set([
  'hostname',
  'port',
  'username',
  'domain',
  'password',
  'private-key',
  'passphrase',
]);
const carriesSecret = (name: string) => /pass(word|phrase|code)$|private-key$|-secret$/.test(name);

export const hostSettingsSchema = z
  .record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'not the name of a setting'), z.string().max(8192))
  .refine(
    (settings) => Object.keys(settings).every((name) => !reservedSettings.has(name) && !carriesSecret(name)),
    'passwords and keys belong to the credential, not to the settings',
  );

/** What a person edits: everything of a host but its identity and history. Never a secret. */
export const hostDraftSchema = z.object({
  name: z.string().trim().min(1, 'enter a name').max(200),
  address: targetAddressSchema,
  port: z
    .int('a port is a whole number')
    .min(1, 'a port is 1 or more')
    .max(65_535, 'a port is 65535 or less'),
  protocol: protocolSchema,
  vaultId: vaultIdSchema,
  tags: z.array(tag).max(32),
  favourite: z.boolean(),
  username: z.string().max(256),
  domain: z.string().max(256),
  /** Pins the host to a proximity group, whatever the rules say. */
  groupId: z.string().max(64).optional(),
  settings: hostSettingsSchema,
});
export type HostDraft = z.infer<typeof hostDraftSchema>;

/** A saved target. Times are milliseconds since the epoch. */
export const hostSchema = hostDraftSchema.extend({
  id: hostIdSchema,
  updatedAt: z.int().nonnegative(),
  lastOpenedAt: z.int().nonnegative().optional(),
});
export type Host = z.infer<typeof hostSchema>;

/** What the list shows and searches; 100,000 of them travel to the renderer. */
export const hostSummarySchema = hostSchema.pick({
  id: true,
  name: true,
  address: true,
  port: true,
  protocol: true,
  vaultId: true,
  tags: true,
  favourite: true,
  lastOpenedAt: true,
});
export type HostSummary = z.infer<typeof hostSummarySchema>;

/** The secret half of a credential. Travels from the renderer to the host process, never back. */
export const secretSchema = z.object({
  password: z.string().max(1024).optional(),
  /** PEM. guacd takes at most 8,192 characters in one element. */
  privateKey: z.string().max(8192).optional(),
  passphrase: z.string().max(1024).optional(),
});
export type Secret = z.infer<typeof secretSchema>;

/** Which parts of a secret are stored, without telling them. */
export const storedSecretSchema = z.object({
  password: z.boolean(),
  privateKey: z.boolean(),
  passphrase: z.boolean(),
});
export type StoredSecret = z.infer<typeof storedSecretSchema>;

/** A typed user name and secret for one opening, stored nowhere. */
export const credentialSchema = secretSchema.extend({
  username: z.string().max(256).optional(),
  domain: z.string().max(256).optional(),
});
export type Credential = z.infer<typeof credentialSchema>;
