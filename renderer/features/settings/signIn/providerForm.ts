import { identityProviderSchema, providerIdSchema } from '../../../../shared/model/access.ts';
import type { IdentityProvider } from '../../../../shared/model/access.ts';
import { capitalise, problemInPem, remember } from '../../../app/checkedDraft.ts';
import type { Checked, FieldErrors } from '../../../app/checkedDraft.ts';

export type ProviderKind = IdentityProvider['kind'];

/** A provider of any kind as it is typed. */
export interface ProviderForm {
  readonly kind: ProviderKind;
  readonly id: string;
  readonly name: string;
  readonly needsSecondFactor: boolean;
  readonly issuer: string;
  readonly clientId: string;
  /** With spaces between them. */
  readonly scopes: string;
  readonly nameClaim: string;
  readonly groupsClaim: string;
  readonly url: string;
  readonly searchDn: string;
  readonly baseDn: string;
  readonly nameAttribute: string;
  readonly groupsBaseDn: string;
  readonly authoritiesPem: string;
}

export const newProviderForm = (kind: ProviderKind): ProviderForm => ({
  kind,
  id: '',
  name: '',
  needsSecondFactor: false,
  issuer: '',
  clientId: '',
  scopes: 'openid profile email',
  nameClaim: 'preferred_username',
  groupsClaim: 'groups',
  url: '',
  searchDn: '',
  baseDn: '',
  nameAttribute: 'uid',
  groupsBaseDn: '',
  authoritiesPem: '',
});

export function formOfProvider(provider: IdentityProvider): ProviderForm {
  const empty = newProviderForm(provider.kind);
  if (provider.kind === 'local') return { ...empty, ...provider };
  const authoritiesPem = provider.authoritiesPem ?? '';
  if (provider.kind === 'oidc')
    return { ...empty, ...provider, authoritiesPem, scopes: provider.scopes.join(' ') };
  const { searchDn = '', groupsBaseDn = '' } = provider;
  return { ...empty, ...provider, authoritiesPem, searchDn, groupsBaseDn };
}

const words: FieldErrors = {
  id: 'Up to 32 lower-case letters, digits and hyphens; a letter or a digit first.',
  name: 'Enter a name of up to 100 characters, as people see it at the sign-in.',
  issuer: 'Enter the address of the issuer, such as https://login.corp.example.',
  clientId: 'Enter the client id that the provider gave to Proxima.',
  scopes: 'Scopes are words with spaces between them.',
  nameClaim: 'Enter the claim that holds the name.',
  groupsClaim: 'Enter the claim that holds the groups.',
  url: 'Enter an address such as ldaps://ldap.corp.example.',
  baseDn: 'Enter where people are looked for, such as ou=people,dc=corp,dc=example.',
  nameAttribute: 'An attribute is letters, digits and hyphens, such as uid.',
};

/** Fields as in the form. */
export const checkProvider = remember((form: ProviderForm): Checked<IdentityProvider> => {
  const errors: Record<string, string> = {};
  const parsed = identityProviderSchema.safeParse(providerOf(form));
  for (const { path, message } of parsed.error?.issues ?? []) {
    const field = String(path[0]);
    errors[field] ??= words[field] ?? `${capitalise(message)}.`;
  }
  if (form.kind !== 'local' && form.authoritiesPem.trim() !== '') {
    const problem = problemInPem(form.authoritiesPem);
    if (problem !== undefined) errors['authoritiesPem'] = problem;
  }
  return { value: Object.keys(errors).length > 0 ? undefined : parsed.data, errors };
});

function providerOf(form: ProviderForm): object {
  const { kind, id, name } = form;
  const whole = { kind, id, name };
  const authorities = form.authoritiesPem.trim() !== '' && { authoritiesPem: form.authoritiesPem.trim() };
  switch (kind) {
    case 'local':
      return { ...whole, needsSecondFactor: form.needsSecondFactor };
    case 'oidc':
      return {
        ...whole,
        issuer: form.issuer.trim(),
        clientId: form.clientId.trim(),
        scopes: form.scopes.split(/\s+/).filter(Boolean),
        nameClaim: form.nameClaim.trim(),
        groupsClaim: form.groupsClaim.trim(),
        ...authorities,
      };
    case 'ldap':
      return {
        ...whole,
        url: form.url.trim(),
        baseDn: form.baseDn.trim(),
        nameAttribute: form.nameAttribute.trim(),
        ...(form.searchDn.trim() !== '' && { searchDn: form.searchDn.trim() }),
        ...(form.groupsBaseDn.trim() !== '' && { groupsBaseDn: form.groupsBaseDn.trim() }),
        ...authorities,
      };
    default:
      return kind satisfies never;
  }
}

/** An id that is free, from what a name suggests; a number is put behind it where it is taken. */
export function suggestProviderId(name: string, taken: readonly string[]): string {
  const base = name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 28);
  const start = providerIdSchema.safeParse(base).success ? base : 'provider';
  const numbered = (number: number): string => (number === 1 ? start : `${start}-${number}`);
  let number = 1;
  while (taken.includes(numbered(number))) number++;
  return numbered(number);
}

/** How a kind of provider is called, and where it is. */
export const kindNames: Readonly<Record<ProviderKind, string>> = {
  local: 'Accounts of Proxima',
  oidc: 'OpenID Connect',
  ldap: 'LDAP',
};

export function placeOf(provider: IdentityProvider): string {
  if (provider.kind === 'oidc') return provider.issuer;
  if (provider.kind === 'ldap') return provider.url;
  return provider.needsSecondFactor ? 'A second factor is needed' : 'A password is enough';
}
