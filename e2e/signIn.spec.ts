import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { once } from 'node:events';
import { Secret, TOTP } from 'otpauth';
import { type BrowserContext, expect, type Page } from 'playwright/test';
import { WebSocket } from 'ws';
import type { Contract } from '../shared/contract/contract.ts';
import { expectAccessible, viewports } from './accessibility.ts';
import { openApp } from './app.ts';
import { test } from './fixtures.ts';

const adasPassword = 'violet tractor seven moons';
const gracesPassword = 'copper lantern nine rivers';

/** The contract, as somebody who is signed in in this browser. */
async function callAs(context: BrowserContext, origin: string) {
  const cookies = await context.cookies(origin);
  const socket = new WebSocket(`${origin.replace('https', 'wss')}/rpc`, {
    rejectUnauthorized: false,
    headers: { origin, cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
  });
  await once(socket, 'open');
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  return { client: createORPCClient<ContractRouterClient<Contract>>(link), socket };
}

async function enterPassword(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const expectApp = (page: Page) => expect(page.getByRole('textbox', { name: 'Search hosts' })).toBeVisible();
const codeOf = (secret: string, stepsLater = 0) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + stepsLater * 30_000 });

test('a gateway gets its administrator, who invites somebody, who signs in with a second factor and out everywhere', async ({
  page,
  context,
  browser,
  launch,
}) => {
  const gateway = await launch();
  const { origin } = gateway;
  await openApp(page, gateway);

  await test.step('the owner makes the administrator’s account', async () => {
    await page.goto(`${origin}/first-administrator`);
    await page.getByLabel('Name to sign in with').fill('ada');
    await page.getByLabel(/^Password At least/).fill('password1234');
    await page.getByLabel('Password again').fill('password1234');
    await page.getByRole('button', { name: 'Make the account' }).click();
    await expect(page.getByRole('alert')).toContainText('too easy to guess');
    await page.getByLabel(/^Password At least/).fill(adasPassword);
    await page.getByLabel('Password again').fill(adasPassword);
    await page.getByRole('button', { name: 'Make the account' }).click();
    await expectApp(page);
  });

  const { client: ada, socket } = await callAs(context, origin);
  await ada.accounts.save({
    name: 'grace',
    displayName: 'Grace',
    groups: [],
    roles: ['user'],
    isDisabled: false,
  });
  const { path } = await ada.accounts.invite({ name: 'grace' });
  socket.terminate();

  const gracesContext = await browser.newContext({ ignoreHTTPSErrors: true });
  const grace = await gracesContext.newPage();
  await test.step('grace chooses a password, once', async () => {
    await grace.goto(origin + path);
    await grace.getByLabel(/^Password At least/).fill(gracesPassword);
    await grace.getByLabel('Password again').fill(gracesPassword);
    await grace.getByRole('button', { name: 'Choose this password' }).click();
    await expectApp(grace);
    const answer = await grace.goto(origin + path);
    expect(answer?.status()).toBe(410);
    await grace.getByRole('link', { name: 'Sign in' }).click();
    await expectApp(grace);
  });

  const secret = await test.step('sets up a second factor', async () => {
    const { client, socket: own } = await callAs(gracesContext, origin);
    const begun = await client.people.beginSecondFactor({ password: gracesPassword });
    await client.people.confirmSecondFactor({ code: codeOf(begun.secret) });
    await expect(client.accounts.invite({ name: 'ada' })).rejects.toMatchObject({
      data: { code: 'not_permitted' },
    });
    own.terminate();
    return begun.secret;
  });

  const elsewhere = await browser.newContext({ ignoreHTTPSErrors: true });
  const other = await elsewhere.newPage();
  await test.step('and signs in with it elsewhere', async () => {
    await other.goto(origin);
    await enterPassword(other, 'grace', 'wrong');
    await expect(other.getByRole('alert')).toContainText('is not right');
    await enterPassword(other, 'grace', gracesPassword);
    await other.getByLabel('Code').fill(codeOf(secret, 1));
    await other.getByRole('button', { name: 'Go on' }).click();
    await expectApp(other);
  });

  await test.step('signing out everywhere ends both of her browsers, and only hers', async () => {
    const { client } = await callAs(gracesContext, origin);
    await client.people.signOut({ everywhere: true });
    for (const left of [grace, other])
      await expect(left.getByRole('button', { name: 'Sign in' })).toBeVisible();
    await expectApp(page);
    await page.reload();
    await expectApp(page);
  });

  await test.step('after a restart the token is gone, and the accounts are there', async () => {
    const restarted = await gateway.restart();
    expect(restarted.signInUrl).not.toContain('token');
    await page.goto(restarted.origin);
    await enterPassword(page, 'ada', adasPassword);
    await expectApp(page);
    await restarted.stop();
  });
  await Promise.all([gracesContext.close(), elsewhere.close()]);
});

for (const viewport of viewports)
  test(`the pages of signing in are accessible at ${viewport.width} px`, async ({
    page,
    launch,
    context,
  }) => {
    const gateway = await launch();
    const { origin } = gateway;
    await page.setViewportSize(viewport);
    await openApp(page, gateway);
    await page.goto(`${origin}/first-administrator`);
    await expectAccessible(page, 'first administrator');
    await page.getByLabel('Name to sign in with').fill('ada');
    await page.getByLabel(/^Password At least/).fill(adasPassword);
    await page.getByLabel('Password again').fill(adasPassword);
    await page.getByRole('button', { name: 'Make the account' }).click();
    await expectApp(page);
    const { client, socket } = await callAs(context, origin);
    await client.accounts.save({
      name: 'grace',
      displayName: '',
      groups: [],
      roles: ['user'],
      isDisabled: false,
    });
    const { path } = await client.accounts.invite({ name: 'grace' });
    const { secret } = await client.people.beginSecondFactor({ password: adasPassword });
    await client.people.confirmSecondFactor({ code: codeOf(secret) });
    await client.people.signOut({ everywhere: false });
    socket.terminate();
    await page.goto(`${origin}/signed-out`);
    await expectAccessible(page, 'signed out');
    await page.getByRole('link', { name: 'Sign in again' }).click();
    await expectAccessible(page, 'sign-in');
    await enterPassword(page, 'ada', 'wrong');
    await expectAccessible(page, 'refused');
    await enterPassword(page, 'ada', adasPassword);
    await expectAccessible(page, 'code');
    await page.goto(origin + path);
    await expectAccessible(page, 'invitation');
  });
