import { createRouterClient } from '@orpc/server';
import { beforeEach, describe, expect, it } from 'vitest';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { IdentityProvider } from '../../shared/model/access.ts';
import type { Secret } from '../../shared/model/host.ts';
import { emptySettings, type Settings } from '../../shared/model/settings.ts';
import { createOwner } from './caller.ts';
import { implementContract } from './contractImplementer.ts';
import { providerHandlers } from './providerHandlers.ts';
import { createProviderSecrets, forgetSecretsOfRemovedProviders } from './providerSecrets.ts';

const oidc: IdentityProvider = {
  ...{ kind: 'oidc', id: 'office', name: 'Office', issuer: 'https://office.example', clientId: 'proxima' },
  ...{ scopes: ['openid'], nameClaim: 'preferred_username', groupsClaim: 'groups' },
};
const ldap: IdentityProvider = {
  ...{ kind: 'ldap', id: 'directory', name: 'Directory', url: 'ldaps://ldap.example' },
  ...{ searchDn: 'cn=search', baseDn: 'dc=example', nameAttribute: 'uid' },
};

let settings: Settings;
let stored: Map<string, Secret>;
let audited: string[];
let audit: Result<void>;
let checked: { id: string; secret: string | undefined }[];
let settingsListeners: Set<() => void>;
beforeEach(() => {
  settings = structuredClone(emptySettings);
  settings.access.providers.push(oidc, ldap);
  stored = new Map();
  audited = [];
  audit = succeed(undefined);
  checked = [];
  settingsListeners = new Set();
});

const secrets = createProviderSecrets({
  read: (entry) => Promise.resolve(succeed(stored.get(entry) ?? {})),
  write(entry, secret) {
    if (secret.password === undefined) stored.delete(entry);
    else stored.set(entry, secret);
    return Promise.resolve(succeed(undefined));
  },
  remove(entries) {
    for (const entry of entries) stored.delete(entry);
    return Promise.resolve(succeed(undefined));
  },
});
const settingsStore = {
  current: () => ({ settings, revision: 1 }),
  onChange(listener: () => void) {
    settingsListeners.add(listener);
    return () => void settingsListeners.delete(listener);
  },
};

function client() {
  const part = providerHandlers(implementContract(), {
    settings: settingsStore,
    secrets,
    audit: {
      append(entry) {
        audited.push(JSON.stringify(entry));
        return Promise.resolve(audit);
      },
    },
    check({ id }, secret) {
      checked.push({ id, secret });
      return Promise.resolve({ findings: ['It answers.'], failure: { code: 'provider_refused' as const } });
    },
  });
  return createRouterClient(
    { providers: part.providers },
    { context: { caller: { person: () => createOwner('root') } } },
  );
}

describe('the secret of a provider', () => {
  it('is stored beside other passwords, and audited without what it is', async () => {
    await client().providers.setSecret({ providerId: 'office', secret: 'hush hush' });
    expect([...stored]).toEqual([['provider/office', { password: 'hush hush' }]]);
    await client().providers.setSecret({ providerId: 'office', secret: '' });
    expect(stored.size).toBe(0);
    expect(audited.map((entry) => (JSON.parse(entry) as { who: string; what: string }).what)).toEqual([
      'Changed the secret of the identity provider “office”',
      'Removed the secret of the identity provider “office”',
    ]);
    expect(audited.join()).not.toContain('hush');
  });

  it('stays as it is where that can not be audited', async () => {
    audit = fail('audit_unwritable');
    const changed = client().providers.setSecret({ providerId: 'office', secret: 'hush' });
    await expect(changed).rejects.toMatchObject({ data: { code: 'audit_unwritable' } });
    expect(stored.size).toBe(0);
  });

  it('goes with the provider, and with no other change', async () => {
    const stop = forgetSecretsOfRemovedProviders(settingsStore, secrets, { warn: () => {} });
    await secrets.write('office', 'one');
    await secrets.write('directory', 'two');
    const change = (providers: IdentityProvider[]) => {
      settings = { ...settings, access: { ...settings.access, providers } };
      for (const listener of settingsListeners) listener();
    };
    change([...emptySettings.access.providers, { ...oidc, name: 'Other' }, ldap]);
    expect(stored.size).toBe(2);
    change([...emptySettings.access.providers, ldap]);
    expect([...stored.keys()]).toEqual(['provider/directory']);
    stop();
    expect(settingsListeners.size).toBe(0);
  });
});

describe('the check of a provider', () => {
  const check = (provider: IdentityProvider, secret?: string) =>
    client().providers.check({ provider, ...(secret !== undefined && { secret }) });
  const usedSecrets = () => checked.map(({ secret }) => secret);

  it('tells what was found, up to the failure', async () => {
    expect(await check(oidc, 'given')).toEqual({
      findings: ['It answers.'],
      failure: { code: 'provider_refused' },
    });
    expect(checked).toEqual([{ id: 'office', secret: 'given' }]);
  });

  it('uses the stored secret where none is given', async () => {
    await secrets.write('office', 'stored');
    await secrets.write('directory', 'stored, too');
    await check({ ...oidc, name: 'Renamed', groupsClaim: 'roles' });
    await check({ ...ldap, baseDn: 'dc=other' });
    await check(oidc, '');
    expect(usedSecrets()).toEqual(['stored', 'stored, too', undefined]);
  });

  it('sends the stored secret nowhere else, nor to somebody whom another vouches for', async () => {
    await secrets.write('office', 'stored');
    await secrets.write('directory', 'stored, too');
    const authoritiesPem = '-----BEGIN CERTIFICATE-----';
    await check({ ...oidc, issuer: 'https://elsewhere.example' });
    await check({ ...oidc, authoritiesPem });
    await check({ ...oidc, id: 'unsaved' });
    await check({ ...ldap, url: 'ldaps://elsewhere.example' });
    await check({ ...ldap, authoritiesPem });
    await check({ ...ldap, id: 'office' });
    expect(usedSecrets()).toEqual(Array.from({ length: 6 }, () => undefined));
  });
});
