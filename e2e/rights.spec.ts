import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { once } from 'node:events';
import { type Browser, type BrowserContext, expect } from 'playwright/test';
import { WebSocket } from 'ws';
import type { Contract } from '../shared/contract/contract.ts';
import type { Grant } from '../shared/model/access.ts';
import {
  expectPaint,
  hostRow,
  openApp,
  openByDoubleClick,
  paint,
  sessionPane,
  waitForPicture,
} from './app.ts';
import { test } from './fixtures.ts';
import type { GatewayProcess } from './gateway.ts';

const password = 'violet tractor seven moons';

/** The contract, as somebody who is signed in in this browser. */
async function callAs(context: BrowserContext, origin: string) {
  const cookies = await context.cookies(origin);
  const socket = new WebSocket(`${origin.replace('https', 'wss')}/rpc`, {
    rejectUnauthorized: false,
    headers: { origin, cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
  });
  await once(socket, 'open');
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket });
  const client = createORPCClient<ContractRouterClient<Contract>>(link);

  /** Replaces all grants. */
  async function grant(...grants: Grant[]): Promise<void> {
    for await (const { settings, revision } of await client.settings.watch({})) {
      await client.settings.save({
        base: revision,
        settings: { ...settings, access: { ...settings.access, grants } },
      });
      return;
    }
  }
  return { client, grant, close: () => socket.terminate() };
}

type Administrator = Awaited<ReturnType<typeof callAs>>['client'];

/** A browser of somebody who has been invited, and is signed in. */
async function invite(
  browser: Browser,
  { origin }: GatewayProcess,
  administrator: Administrator,
  name: string,
) {
  await administrator.accounts.save({
    name,
    displayName: '',
    groups: [],
    roles: ['user'],
    isDisabled: false,
  });
  const { path } = await administrator.accounts.invite({ name });
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(origin + path);
  await page.getByLabel(/^Password At least/).fill(password);
  await page.getByLabel('Password again').fill(password);
  await page.getByRole('button', { name: 'Choose this password' }).click();
  await expect(page.getByRole('textbox', { name: 'Search hosts' })).toBeVisible();
  return page;
}

test('two people share a vault: each sees what they may; one joins the other’s session, seen by both, until the right is gone', async ({
  page,
  context,
  browser,
  launch,
}, info) => {
  const gateway = await launch();
  await openApp(page, gateway);
  const { client: administrator, grant, close } = await callAs(context, gateway.origin);
  const vaultId = await test.step('the vault of the samples', async () => {
    for await (const event of await administrator.hosts.watch({}))
      if (event.kind === 'page' && event.hosts[0]) return event.hosts[0].vaultId;
    throw new Error('there is no host');
  });
  const to = (name: string, ...rights: Grant['rights']): Grant => ({
    subject: { kind: 'person', name },
    vaultId,
    rights,
  });
  await grant(to('ada', 'open'));
  const ada = await invite(browser, gateway, administrator, 'ada');
  const grace = await invite(browser, gateway, administrator, 'grace');

  await test.step('hosts appear where a right is given', async () => {
    await expect(hostRow(ada, 'SSH shell')).toBeVisible();
    await expect(hostRow(grace, 'SSH shell')).toBeHidden();
    await grant(to('ada', 'open'), to('grace', 'join'));
    await expect(hostRow(grace, 'SSH shell')).toBeVisible();
  });

  const adas = await openByDoubleClick(ada, 'SSH shell');
  await waitForPicture(adas);
  await paint(adas, 'green');

  await test.step('grace joins, and both see what either types', async () => {
    await grace.getByRole('button', { name: /Sessions of others/ }).click();
    await grace.getByRole('button', { name: 'Join ada on SSH shell' }).click();
    const graces = sessionPane(grace, 'SSH shell');
    await waitForPicture(graces);
    await expectPaint(graces, 'green');
    await expect(adas.getByText('Watched by grace')).toBeVisible();
    await expect(graces.getByText('This is the session of ada')).toBeVisible();
    await paint(graces, 'magenta');
    await expectPaint(adas, 'magenta');
    await info.attach('joined.png', { body: await grace.screenshot(), contentType: 'image/png' });
    await info.attach('watched.png', { body: await ada.screenshot(), contentType: 'image/png' });
  });

  await test.step('without the right she is out, and ada goes on', async () => {
    await grant(to('ada', 'open'));
    await expect(hostRow(grace, 'SSH shell')).toBeHidden();
    await expect(adas.getByText('Watched by grace')).toBeHidden();
    await expect(
      sessionPane(grace, 'SSH shell').getByText('This session does not exist any more.'),
    ).toBeVisible();
    await paint(adas, 'green');
  });
  close();
});
