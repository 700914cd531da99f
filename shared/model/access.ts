import { z } from 'zod';
import { vaultIdSchema } from './host.ts';

/** What somebody may do beside opening hosts. An administrator may do everything; an auditor sees everything and changes nothing. */
export const roleSchema = z.enum(['user', 'administrator', 'auditor']);
export type Role = z.infer<typeof roleSchema>;

/** What somebody may do with the hosts of a vault. `join`: watch and type in a session that another person opened there. */
export const rightSchema = z.enum(['see', 'open', 'join', 'edit']);
export type Right = z.infer<typeof rightSchema>;

/** Compared without regard to case; as its provider spells it. */
export const personNameSchema = z
  .string()
  .trim()
  .min(1, 'enter a name')
  .max(128)
  .refine((name) => !/[\p{Cc}\p{Cf}]/u.test(name), 'a name has no control characters');

export const subjectSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('everyone') }),
  z.object({ kind: z.literal('person'), name: personNameSchema }),
  z.object({ kind: z.literal('group'), name: personNameSchema }),
]);
export type Subject = z.infer<typeof subjectSchema>;

/** `vaultId` absent: all vaults, also later ones. A right includes `see`; `edit` doesn't include `open`. */
export const grantSchema = z.object({
  subject: subjectSchema,
  vaultId: vaultIdSchema.optional(),
  rights: z.array(rightSchema).min(1),
});
export type Grant = z.infer<typeof grantSchema>;

export const providerIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'lower-case letters, digits and hyphens, at most 32');

const provider = { id: providerIdSchema, name: z.string().trim().min(1, 'enter a name').max(100) };

/** OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636). The client secret is kept as a secret, not here. */
const oidcProviderSchema = z.object({
  kind: z.literal('oidc'),
  ...provider,
  issuer: z.url({ protocol: /^https$/ }),
  clientId: z.string().min(1).max(256),
  scopes: z.array(z.string().regex(/^[!#-[\]-~]+$/)).default(['openid', 'profile', 'email']),
  /** The claims that hold the name and the groups of a person. */
  nameClaim: z.string().min(1).max(100).default('preferred_username'),
  groupsClaim: z.string().min(1).max(100).default('groups'),
  /** PEM of the authority of the issuer's certificate, where it isn't a public one. */
  authoritiesPem: z.string().includes('-----BEGIN CERTIFICATE-----').optional(),
});

/** LDAP (RFC 4511) with a search and a bind as the person (§4.2). The password of `searchDn` is kept as a secret, not here. */
const ldapProviderSchema = z.object({
  kind: z.literal('ldap'),
  ...provider,
  /** `ldaps://…`, or `ldap://…`, which is then encrypted by StartTLS before anything is sent. */
  url: z
    .string()
    .regex(/^ldaps?:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/, 'an address like ldaps://name'),
  /** Who searches; left out, the search is anonymous. */
  searchDn: z.string().max(500).optional(),
  baseDn: z.string().min(1).max(500),
  nameAttribute: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]*$/)
    .default('uid'),
  /** Where the groups of a person are looked for: entries below it whose `member` or `memberUid` is that person. */
  groupsBaseDn: z.string().max(500).optional(),
  authoritiesPem: z.string().includes('-----BEGIN CERTIFICATE-----').optional(),
});

const localProviderSchema = z.object({
  kind: z.literal('local'),
  ...provider,
  /** Whoever has no second factor yet sets it up at the next sign-in. */
  needsSecondFactor: z.boolean().default(false),
});

export const identityProviderSchema = z.discriminatedUnion('kind', [
  localProviderSchema,
  oidcProviderSchema,
  ldapProviderSchema,
]);
export type IdentityProvider = z.infer<typeof identityProviderSchema>;
export type OidcProvider = z.infer<typeof oidcProviderSchema>;
export type LdapProvider = z.infer<typeof ldapProviderSchema>;

/** Who gets which role, beside what a local account says itself. */
const roleRuleSchema = z.object({ subject: subjectSchema, role: roleSchema });

/** Who may sign in, and who may do what. */
export const accessSchema = z
  .object({
    providers: z.array(identityProviderSchema).min(1).max(16),
    roleRules: z.array(roleRuleSchema).max(1000),
    grants: z.array(grantSchema).max(10_000),
  })
  .superRefine(({ providers }, context) => {
    const complain = (message: string) => context.addIssue({ code: 'custom', message, path: ['providers'] });
    if (new Set(providers.map(({ id }) => id)).size < providers.length) complain('two providers share an id');
    if (providers.filter(({ kind }) => kind === 'local').length !== 1)
      complain('local accounts are always one of the providers, so that nobody is locked out');
  });
export type Access = z.infer<typeof accessSchema>;

/** Local accounts only, and nothing granted: what a fresh gateway starts with. */
export const emptyAccess: Access = {
  providers: [{ kind: 'local', id: 'local', name: 'Proxima', needsSecondFactor: false }],
  roleRules: [],
  grants: [],
};

/** Somebody who signed in, with what follows from it. */
export const personSchema = z.object({
  /** Unique over all providers: the account's name, for others than local ones followed by `@` and the provider's id. */
  id: z.string().min(1).max(200),
  name: personNameSchema,
  displayName: z.string().max(200),
  groups: z.array(personNameSchema).max(1000),
  roles: z.array(roleSchema),
  providerId: providerIdSchema,
});
export type Person = z.infer<typeof personSchema>;

/** A local account, without anything that would help to sign in as it. */
export const accountSchema = z.object({
  name: personNameSchema,
  displayName: z.string().trim().max(200),
  groups: z.array(personNameSchema).max(100),
  roles: z.array(roleSchema),
  isDisabled: z.boolean(),
  hasPassword: z.boolean(),
  hasSecondFactor: z.boolean(),
  createdAt: z.int(),
  signedInAt: z.int().optional(),
});
export type Account = z.infer<typeof accountSchema>;

export const passwordSchema = z.string().min(12, 'at least 12 characters').max(256);
