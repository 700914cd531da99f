import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request as askPlainly } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createAuthority } from '../electron/secrets/certificateAuthority.ts';
import { type BrowserContext, expect, type Page } from 'playwright/test';
import { hostRow, openByDoubleClick, paint, waitForPicture } from './app.ts';
import { type FarmNodeProcess, type FarmNodes, startFarmNodes } from './farmNodes.ts';
import { test as base } from './fixtures.ts';
import { createLightBrowser, type LightBrowser, servedByOf } from './lightBrowser.ts';
import { apache } from './rig/apache.ts';
import { type BalancerHandle, farmName } from './rig/balancer.ts';
import { haproxy } from './rig/haproxy.ts';
import { nginx } from './rig/nginx.ts';

interface Farm extends FarmNodes {
  readonly apache: BalancerHandle;
  /** What a node says to a request that never comes to its end; begun before everything else, since it waits for ten seconds. */
  readonly slowAnswer: Promise<string>;
}

const test = base.extend<object, { readonly farm: Farm }>({
  farm: [
    async ({ rig }, use) => {
      const nodes = await startFarmNodes(rig, 6, () => ['--drain-seconds', '60']);
      const slowAnswer = askSlowly(nodes.nodes[0], nodes.authority.certificatePem);
      await use({ ...nodes, slowAnswer, apache: await nodes.startBalancer(apache) });
      await nodes.dispose();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
});

// The accounts that the first test makes are those of the others.
test.describe.configure({ mode: 'serial' });

const administrator = { name: 'ada', displayName: 'Ada', password: 'four unrelated green words' };
const sessionPath = '/websocket-tunnel?session=b6f3a0f2-5f4d-4b7e-9d0c-0f2f6a1f7c11';

/** The nodes that answered the page's WebSockets, in order. */
async function watchServers(page: Page): Promise<string[]> {
  const servers: string[] = [];
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.webSocketHandshakeResponseReceived', ({ response }) => {
    const headers = Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value]);
    servers.push(servedByOf(Object.fromEntries(headers)) ?? 'nobody');
  });
  return servers;
}

/** Goes through the balancer that the address is to be opened at. */
const through = (balancer: BalancerHandle, { gateway }: FarmNodeProcess): string => {
  const { pathname, search } = new URL(gateway.signInUrl);
  return balancer.origin + pathname + search;
};

async function routeOf(context: BrowserContext): Promise<string | undefined> {
  const cookies = await context.cookies();
  return cookies
    .find(({ name }) => name === '__Host-proxima')
    ?.value.split('.')
    .at(-1);
}

async function redirectOf({ httpPort, origin }: BalancerHandle) {
  const { host } = new URL(origin);
  const asked = askPlainly({
    host: '127.0.0.1',
    port: httpPort,
    path: '/sign-in?then=/',
    headers: { Host: host },
  });
  asked.end();
  const [response] = await once(asked, 'response');
  response.resume();
  return { status: response.statusCode as number, location: response.headers.location as string };
}

/** Signs that many browsers in, and has each come back several times, also by WebSocket. Tells how many each node has. */
async function spread(
  origin: string,
  authorityPem: string,
  count: number,
): Promise<Map<string, LightBrowser[]>> {
  const browsers = Array.from({ length: count }, () => createLightBrowser(origin, authorityPem));
  const byRoute = new Map<string, LightBrowser[]>();
  for (const browser of browsers) {
    const signedIn = await browser.signIn(administrator.name, administrator.password);
    expect([signedIn.status, signedIn.body]).toEqual([303, '']);
    const route = browser.route() ?? '';
    expect(signedIn.servedBy).toBe(route);
    byRoute.set(route, [...(byRoute.get(route) ?? []), browser]);
  }
  await Promise.all(
    browsers.map(async (browser) => {
      for (const answer of [
        await browser.ask('/'),
        await browser.dial('/rpc'),
        await browser.ask('/'),
        await browser.dial('/rpc'),
        await browser.ask('/sign-in'),
      ])
        expect(answer.servedBy).toBe(browser.route());
      expect((await browser.ask('/')).status).toBe(200);
      expect((await browser.dial('/rpc')).status).toBe(101);
    }),
  );
  return byRoute;
}

test('through Apache, whoever signs in at a node stays there, picture and all', async ({ farm, browser }) => {
  const [hosta, hostb] = farm.nodes;
  expect(await redirectOf(farm.apache)).toEqual({
    status: 301,
    location: `${farm.apache.origin}/sign-in?then=/`,
  });
  for (const node of [hosta, hostb]) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const servers = await watchServers(page);
    await page.goto(through(farm.apache, node));
    await expect(hostRow(page, 'SSH shell')).toBeVisible();
    expect(await routeOf(context)).toBe(node.route);
    const shell = await openByDoubleClick(page, 'SSH shell');
    await waitForPicture(shell);
    await paint(shell, node === hosta ? 'green' : 'magenta');
    if (node === hosta) await waitForPicture(await openByDoubleClick(page, 'RDP desktop'));
    // A picture may be opened again: guacd 1.3 now and then tells an RDP desktop's size to nobody.
    expect(servers.length).toBeGreaterThanOrEqual(node === hosta ? 3 : 2);
    expect(new Set(servers)).toEqual(new Set([node.route]));
    const made = await context.request.post(`${farm.apache.origin}/first-administrator`, {
      form: { ...administrator, again: administrator.password },
      headers: { Origin: farm.apache.origin, 'Sec-Fetch-Site': 'same-origin' },
    });
    expect([made.status(), servedByOf(made.headers())]).toEqual([200, node.route]);
    await context.close();
  }
});

test('through Apache, twenty browsers spread over both nodes and stay put', async ({ farm }) => {
  const byRoute = await spread(farm.apache.origin, farm.authority.certificatePem, 20);
  expect([...byRoute.keys()].sort()).toEqual(['hosta', 'hostb']);
  for (const browsers of byRoute.values()) expect(browsers.length).toBeGreaterThanOrEqual(8);
});

test('Apache and the nodes refuse what nobody of ours sends', async ({ farm }) => {
  const { origin } = farm.apache;
  const authorityPem = farm.authority.certificatePem;
  const [hosta] = farm.nodes;
  const inside = createLightBrowser(origin, authorityPem);
  await inside.signIn(administrator.name, administrator.password);
  const crossOrigin = await inside.dial('/rpc', { origin: 'https://evil.example' });
  expect([crossOrigin.status, JSON.parse(crossOrigin.body)]).toEqual([403, { code: 'origin_refused' }]);
  expect(crossOrigin.headers['x-request-id']).toBeDefined();
  const oneMore = await inside.dial(sessionPath);
  expect([oneMore.status, JSON.parse(oneMore.body)]).toEqual([400, { code: 'input_invalid' }]);

  const secret = inside.cookie()?.split('.')[0];
  for (const suffix of ['', '.', '.Host A', '.hosta.evil', `.${'a'.repeat(33)}`]) {
    const stranger = createLightBrowser(origin, authorityPem, `${secret}${suffix}`);
    expect([suffix, (await stranger.ask('/')).status]).toEqual([suffix, 401]);
    const refused = await stranger.dial('/rpc');
    expect([refused.status, JSON.parse(refused.body)]).toEqual([401, { code: 'sign_in_needed' }]);
  }
  const guessed = createLightBrowser(origin, authorityPem, `__Host-proxima=${'A'.repeat(43)}.hosta`);
  expect((await guessed.ask('/')).status).toBe(401);

  const forged = {
    'X-Forwarded-For': '198.51.100.7',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'http',
    Forwarded: 'for=198.51.100.7;host=evil.example',
    'X-Request-Id': 'forged-request-id',
  };
  const other = createLightBrowser(origin, authorityPem);
  const refused = await other.ask('/sign-in?token=forged.hosta', { headers: forged });
  expect([refused.status, refused.servedBy]).toEqual([401, 'hosta']);
  const requestId = String(refused.headers['x-request-id']);
  expect(requestId).not.toBe('forged-request-id');
  const log = await readFile(join(hosta.gateway.dataFolder, 'log', 'proxima.log'), 'utf8');
  const line = log.split('\n').find((text) => text.includes(requestId)) ?? '{}';
  expect(JSON.parse(line)).toMatchObject({ remoteAddress: '127.0.0.1', msg: 'Refused a sign-in' });
  expect(log).not.toContain('198.51.100.7');

  expect((await other.ask('/', { headers: { 'X-Long': 'x'.repeat(20_000) } })).status).toBe(400);
  const long = { provider: 'local', name: 'ada', password: 'x'.repeat(9_000), to: '/' };
  expect((await other.ask('/sign-in', { form: long })).status).toBe(400);
  const tooLong = { ...long, password: 'x'.repeat(1_100_000) };
  // The node ends the connection long before all of it was sent, of which Apache may make its own answer.
  const refusedLong = other.ask('/sign-in', { form: tooLong }).then(
    ({ status }) => status,
    () => 502,
  );
  expect([400, 502]).toContain(await refusedLong);

  expect(await farm.slowAnswer).toMatch(/^HTTP\/1.1 408 /);
});

test('no balancer talks to nodes that it can not verify', async ({ farm }) => {
  const stranger = await createAuthority({ commonName: 'Somebody else', lifetimeDays: 1 });
  for (const product of [apache, nginx, haproxy]) {
    const balancer = await farm.startBalancer(product, stranger);
    const answer = await createLightBrowser(balancer.origin, stranger.certificatePem).ask('/sign-in');
    expect([500, 502, 503]).toContain(answer.status);
    expect(answer.servedBy).toBeUndefined();
    await balancer.stop();
  }
});

for (const product of [nginx, haproxy])
  test(`through ${product.name}, browsers spread over both nodes and stay put`, async ({ farm }) => {
    const balancer = await farm.startBalancer(product);
    const { certificatePem } = farm.authority;
    expect(await redirectOf(balancer)).toEqual({
      status: 308,
      location: `${balancer.origin}/sign-in?then=/`,
    });
    const byRoute = await spread(balancer.origin, certificatePem, 8);
    expect([...byRoute.values()].map(({ length }) => length)).toEqual([4, 4]);
    const outside = createLightBrowser(balancer.origin, certificatePem);
    for (const { route } of farm.nodes)
      expect((await outside.ask(`/sign-in?token=wrong.${route}`)).servedBy).toBe(route);
    const evil = await outside.ask('/', { headers: { 'X-Forwarded-Host': 'evil.example' } });
    expect(evil.status).toBe(401);
    await balancer.stop();
  });

test('a node that drains gets nobody new, and keeps those whom it has', async ({ farm, browser }) => {
  const [hosta] = farm.nodes;
  const { origin } = farm.apache;
  const { certificatePem } = farm.authority;
  const light = createLightBrowser(origin, certificatePem);
  for (let tries = 0; light.route() !== hosta.route && tries < 4; tries++)
    await light.signIn(administrator.name, administrator.password);
  const context = await browser.newContext();
  const [name = '', value = ''] = light.cookie()?.split('=') ?? [];
  await context.addCookies([{ name, value, url: origin, secure: true, httpOnly: true, sameSite: 'Strict' }]);
  const page = await context.newPage();
  await page.goto(origin);
  const shell = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(shell);

  process.kill(hosta.gateway.pid, 'SIGTERM');
  await expect
    .poll(() => askReadiness(hosta, certificatePem))
    .toEqual({ status: 'not-ready', reasons: ['draining'] });
  // Apache asks every two seconds, and believes the second answer.
  await expect
    .poll(async () => (await createLightBrowser(origin, certificatePem).ask('/')).servedBy)
    .toBe('hostb');
  const newcomers = await Promise.all(
    Array.from({ length: 6 }, () => createLightBrowser(origin, certificatePem).ask('/sign-in')),
  );
  await expect(async () => {
    const answer = await createLightBrowser(origin, certificatePem).dial('/rpc');
    expect(answer.servedBy).toBe('hostb');
  }).toPass();
  expect(newcomers.map(({ status }) => status).filter((status) => status === 200).length).toBeGreaterThan(0);
  await paint(shell, 'magenta');
  process.kill(hosta.gateway.pid, 'SIGTERM');
  await expect.poll(() => isRunning(hosta.gateway.pid), { timeout: 5_000 }).toBe(false);
  await context.close();
});

async function askSlowly({ port }: FarmNodeProcess, ca: string): Promise<string> {
  const slow = connect({ host: '127.0.0.1', port, servername: farmName, ca });
  slow.on('error', () => undefined);
  let answer = '';
  slow.on('data', (bytes) => (answer += bytes.toString()));
  slow.write('GET / HTTP/1.1\r\nHost: ');
  await once(slow, 'close');
  return answer;
}

async function askReadiness({ port }: FarmNodeProcess, ca: string): Promise<unknown> {
  const asked = request({ host: '127.0.0.1', port, path: '/readyz', ca, servername: farmName, agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return JSON.parse(body);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
