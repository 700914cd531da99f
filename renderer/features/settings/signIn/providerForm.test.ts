import { expect, it } from 'vitest';
import type { IdentityProvider } from '../../../../shared/model/access.ts';
import {
  checkProvider,
  formOfProvider,
  newProviderForm,
  placeOf,
  suggestProviderId,
} from './providerForm.ts';

const providers: IdentityProvider[] = [
  { kind: 'local', id: 'local', name: 'Proxima', needsSecondFactor: true },
  {
    kind: 'oidc',
    id: 'office',
    name: 'Office',
    issuer: 'https://login.example',
    clientId: 'proxima',
    scopes: ['openid', 'groups'],
    nameClaim: 'sub',
    groupsClaim: 'roles',
  },
  {
    kind: 'ldap',
    id: 'corp',
    name: 'Directory',
    url: 'ldaps://ldap.example',
    searchDn: 'cn=reader',
    baseDn: 'dc=corp',
    nameAttribute: 'cn',
  },
];

it.each(providers)('leaves a provider as it is that nobody edits: $kind', (provider) => {
  expect(checkProvider(formOfProvider(provider))).toEqual({ value: provider, errors: {} });
});

it('says what is wrong, field by field', () => {
  const oidc = checkProvider({ ...newProviderForm('oidc'), id: 'Ä', issuer: 'http://x', scopes: 'a"b' });
  expect(oidc.value).toBeUndefined();
  expect(Object.keys(oidc.errors).sort()).toEqual(['clientId', 'id', 'issuer', 'name', 'scopes']);
  const ldap = checkProvider({
    ...newProviderForm('ldap'),
    id: 'l',
    name: 'L',
    url: 'ldap.example',
    authoritiesPem: 'none',
  });
  expect(Object.keys(ldap.errors).sort()).toEqual(['authoritiesPem', 'baseDn', 'url']);
});

it('suggests an id that is free', () => {
  expect(suggestProviderId('Büro Köln', [])).toBe('buro-koln');
  expect(suggestProviderId('Office', ['office', 'office-2'])).toBe('office-3');
  expect(suggestProviderId('日本', [])).toBe('provider');
});

it('says where a provider is', () => {
  expect(providers.map(placeOf)).toEqual([
    'A second factor is needed',
    'https://login.example',
    'ldaps://ldap.example',
  ]);
});
