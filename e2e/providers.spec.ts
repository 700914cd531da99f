import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { once } from 'node:events';
import { type BrowserContext, expect, type Page } from 'playwright/test';
import { WebSocket } from 'ws';
import { createAuthority, issueCertificate } from '../electron/secrets/certificateAuthority.ts';
import type { Contract } from '../shared/contract/contract.ts';
import { type IdentityProvider, identityProviderSchema } from '../shared/model/access.ts';
import { emptySettings, type Settings } from '../shared/model/settings.ts';
import { openApp } from './app.ts';
import { test } from './fixtures.ts';
import { startOidc } from './rig/oidc.ts';
import { slapdBaseDn, startSlapd } from './rig/slapd.ts';
import { skipReasonOf } from './rig/debianProgram.ts';
import { findSlapd } from './rig/slapdProgram.ts';

const password = 'violet tractor seven moons';
const authority = await createAuthority({ commonName: 'Office', lifetimeDays: 2 });
const certificate = await issueCertificate(authority, {
  commonName: 'localhost',
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1'],
  usage: 'server',
});
const authoritiesPem = authority.certificatePem;

/** The contract, as somebody who is signed in in this browser. */
async function callAs(context: BrowserContext, origin: string) {
  const cookies = await context.cookies(origin);
  const socket = new WebSocket(`${origin.replace('https', 'wss')}/rpc`, {
    rejectUnauthorized: false,
    headers: { origin, cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
  });
  await once(socket, 'open');
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  return { client: createORPCClient<ContractRouterClient<Contract>>(link), close: () => socket.terminate() };
}

async function readPerson(context: BrowserContext, origin: string) {
  const { client, close } = await callAs(context, origin);
  try {
    for await (const { person } of await client.people.watchOwn({})) return person;
    throw new Error('nobody is signed in');
  } finally {
    close();
  }
}

/** Administrators are whoever is in the provider's group “Admins”. */
const settingsWith = (provider: IdentityProvider): Settings => ({
  ...emptySettings,
  access: {
    ...emptySettings.access,
    providers: [...emptySettings.access.providers, provider],
    roleRules: [{ subject: { kind: 'group', name: 'Admins' }, role: 'administrator' }],
  },
});

const expectApp = (page: Page) => expect(page.getByRole('textbox', { name: 'Search hosts' })).toBeVisible();

test('people sign in by OpenID Connect, with the role of their group', async ({
  page,
  context,
  browser,
  launch,
}) => {
  const office = await startOidc({
    certificate,
    authoritiesPem,
    host: 'localhost',
    people: {
      ada: { password, claims: { preferred_username: 'ada', name: 'Ada Lovelace', groups: ['Admins'] } },
      bob: { password, claims: { preferred_username: 'bob', groups: ['Ops'] } },
    },
  });
  try {
    const provider = identityProviderSchema.parse({
      ...{ kind: 'oidc', id: 'office', name: 'the office', authoritiesPem },
      ...{ issuer: office.issuer, clientId: office.clientId },
    });
    const gateway = await launch({ settings: settingsWith(provider) });
    const { origin } = gateway;
    await openApp(page, gateway);

    await test.step('the owner stores the secret, and checks the provider with it', async () => {
      const { client, close } = await callAs(context, origin);
      const wrong = await client.providers.check({ provider, secret: 'wrong' });
      expect(wrong.failure?.code).toBe('provider_refused');
      await client.providers.setSecret({ providerId: 'office', secret: office.clientSecret });
      const right = await client.providers.check({ provider });
      expect(right.failure).toBeUndefined();
      expect(right.findings.join('\n')).toContain('It takes the client id and secret.');
      close();
      const files = await gateway.readFiles();
      for (const [path, content] of files) expect(content.includes(office.clientSecret), path).toBe(false);
      expect(gateway.output()).not.toContain(office.clientSecret);
    });

    const signIn = async (name: string, entered: string) => {
      const own = await browser.newContext({ ignoreHTTPSErrors: true });
      const theirs = await own.newPage();
      await theirs.goto(`${origin}/sign-in`);
      await theirs.getByRole('link', { name: 'Sign in with the office' }).click();
      await theirs.getByLabel('Name').fill(name);
      await theirs.getByLabel('Password').fill(entered);
      await theirs.getByRole('button', { name: 'Continue' }).click();
      return { own, theirs };
    };

    await test.step('ada administers', async () => {
      const { own, theirs } = await signIn('ada', password);
      await expectApp(theirs);
      expect(await readPerson(own, origin)).toMatchObject({
        id: 'ada@office',
        displayName: 'Ada Lovelace',
        groups: ['Admins'],
        roles: expect.arrayContaining(['administrator']),
      });
      await own.close();
    });

    await test.step('bob does not', async () => {
      const { own, theirs } = await signIn('bob', password);
      await expectApp(theirs);
      const bob = await readPerson(own, origin);
      expect(bob).toMatchObject({ id: 'bob@office', groups: ['Ops'] });
      expect(bob.roles).not.toContain('administrator');
      const { client, close } = await callAs(own, origin);
      await expect(client.providers.setSecret({ providerId: 'office', secret: 'x' })).rejects.toMatchObject({
        data: { code: 'not_permitted' },
      });
      close();
      await own.close();
    });

    await test.step('whoever gives up there comes back to the page', async () => {
      const own = await browser.newContext({ ignoreHTTPSErrors: true });
      const theirs = await own.newPage();
      await theirs.goto(`${origin}/sign-in`);
      await theirs.getByRole('link', { name: 'Sign in with the office' }).click();
      await theirs.getByRole('button', { name: 'Cancel' }).click();
      await expect(theirs.getByRole('alert')).toBeVisible();
      await expect(theirs).toHaveURL(new RegExp(`^${origin}/`));
      await own.close();
    });
  } finally {
    await office.stop();
  }
});

test('people sign in by LDAP, with the role of their group', async ({ page, context, browser, launch }) => {
  const program = await findSlapd();
  test.skip(program.kind === 'missing', `slapd${skipReasonOf(program)}`);
  const directory = await startSlapd({
    certificate,
    authoritiesPem,
    isPublic: false,
    entries: `dn: uid=ada,${slapdBaseDn}
objectClass: inetOrgPerson
uid: ada
cn: Ada Lovelace
sn: Lovelace
userPassword: ${password}

dn: cn=Admins,${slapdBaseDn}
objectClass: groupOfNames
cn: Admins
member: uid=ada,${slapdBaseDn}
`,
  });
  try {
    const provider = identityProviderSchema.parse({
      ...{ kind: 'ldap', id: 'directory', name: 'the directory', authoritiesPem, url: directory.url },
      ...{ baseDn: slapdBaseDn, groupsBaseDn: slapdBaseDn, searchDn: directory.searcher.dn },
    });
    const gateway = await launch({ settings: settingsWith(provider) });
    const { origin } = gateway;
    await openApp(page, gateway);
    const { client, close } = await callAs(context, origin);
    await client.providers.setSecret({ providerId: 'directory', secret: directory.searcher.password });
    const { findings, failure } = await client.providers.check({ provider });
    close();
    expect(failure).toBeUndefined();
    expect(findings.join('\n')).toContain('encrypted after StartTLS');

    const own = await browser.newContext({ ignoreHTTPSErrors: true });
    const theirs = await own.newPage();
    await theirs.goto(`${origin}/sign-in`);
    const enter = async (entered: string) => {
      await theirs.getByLabel('Account of').selectOption('the directory');
      await theirs.getByLabel('Name').fill('ADA');
      await theirs.getByLabel('Password').fill(entered);
      await theirs.getByRole('button', { name: 'Sign in' }).click();
    };
    await enter('wrong');
    await expect(theirs.getByRole('alert')).toContainText('not right');
    await enter(password);
    await expectApp(theirs);
    expect(await readPerson(own, origin)).toMatchObject({
      id: 'ada@directory',
      displayName: 'Ada Lovelace',
      groups: ['Admins'],
      roles: expect.arrayContaining(['administrator']),
    });
    await own.close();
  } finally {
    await directory.stop();
  }
});
