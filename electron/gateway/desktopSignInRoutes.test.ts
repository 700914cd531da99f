import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSignInCode, signedInLinkOf } from '../../shared/contract/desktopSignIn.ts';
import { createTestAccess } from '../access/testAccess.ts';
import { createTestBrowser } from './testBrowser.ts';
import { startTestGateway, type TestGateway } from './testGateway.ts';

let clock: number;
let nodes: TestGateway[];
let verifier: string;
let challenge: string;

/** Two nodes that share who is signed in. */
beforeEach(async () => {
  clock = Date.now();
  const timings = { now: () => clock };
  const first = createTestAccess({ timings });
  const second = createTestAccess({ timings, signIns: first.collections.signIns, route: 'hostb' });
  nodes = [
    await startTestGateway({ access: first.access }),
    await startTestGateway({ access: second.access, route: 'hostb' }),
  ];
  verifier = randomBytes(32).toString('base64url');
  challenge = createHash('sha256').update(verifier).digest('base64url');
});
afterEach(async () => {
  await Promise.all(nodes.map(({ gateway }) => gateway.close()));
  await Promise.all(nodes.map(({ access }) => access.close()));
});

const node = (index: number): TestGateway => {
  const found = nodes[index];
  if (!found) throw new Error('no such node');
  return found;
};

async function signedInBrowser() {
  const browser = createTestBrowser(node(0));
  const { pathname, search } = new URL(node(0).gateway.signInUrl());
  expect((await browser.open(pathname + search)).status).toBe(200);
  return browser;
}

async function takeCode(browser: Awaited<ReturnType<typeof signedInBrowser>>): Promise<string> {
  const question = await browser.open(`/desktop-sign-in?challenge=${challenge}`);
  expect(question.body).toContain(challenge.replaceAll(/[-_]/g, '').slice(0, 6).toUpperCase());
  const page = await browser.submit('/desktop-sign-in', { challenge });
  const code = /<code>([\w-]{64})<\/code>/.exec(page.body)?.[1] ?? '';
  expect(page.body).toContain(`href="${signedInLinkOf(code)}"`);
  return code;
}

const exchange = ({ ask, gateway }: TestGateway, fields: Record<string, string>, headers = {}) =>
  ask('/desktop-sign-in/exchange', {
    method: 'POST',
    headers: {
      Origin: `https://127.0.0.1:${gateway.port}`,
      'Content-Type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    body: new URLSearchParams(fields).toString(),
  });

it('gives the app a cookie of its own, at whichever node', async () => {
  const browser = await signedInBrowser();
  const code = await takeCode(browser);
  const answer = await exchange(node(1), { code, verifier });
  expect(answer.status).toBe(204);
  const cookie = answer.headers['set-cookie']?.[0] ?? '';
  expect(cookie).toMatch(/^__Host-proxima=[\w-]{43}\.hostb; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
  const value = cookie.split(';')[0] ?? '';
  expect(browser.cookies.get('__Host-proxima')).not.toBe(value.split('=')[1]);
  expect((await node(1).ask('/', { headers: { Cookie: value } })).status).toBe(200);
  // The browser stays signed in, and its sign-in holds no code any more.
  expect((await browser.open('/')).status).toBe(200);
  expect(nodes.flatMap(({ logged }) => logged).join('\n')).not.toContain(code);
});

it('takes a code once, whichever node is asked again, and two at once give one cookie', async () => {
  const code = await takeCode(await signedInBrowser());
  const answers = await Promise.all(nodes.map((each) => exchange(each, { code, verifier })));
  expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([204, 401]);
  for (const each of nodes) {
    const again = await exchange(each, { code, verifier });
    expect(again.status).toBe(401);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(JSON.parse(again.body)).toEqual({ code: 'sign_in_refused' });
  }
});

it('takes no code of another app, and none that was tried by another', async () => {
  const code = await takeCode(await signedInBrowser());
  const foreign = randomBytes(32).toString('base64url');
  expect((await exchange(node(0), { code, verifier: foreign })).status).toBe(401);
  expect((await exchange(node(0), { code, verifier })).status).toBe(401);
});

it('takes no code after two minutes, none that was replaced, and none after the browser signed out', async () => {
  const browser = await signedInBrowser();
  const late = await takeCode(browser);
  clock += 121_000;
  expect((await exchange(node(1), { code: late, verifier })).status).toBe(401);
  const replaced = await takeCode(browser);
  const newest = await takeCode(browser);
  expect((await exchange(node(1), { code: replaced, verifier })).status).toBe(401);
  await node(0).access.signIns.endAllOf('owner');
  expect((await exchange(node(1), { code: newest, verifier })).status).toBe(401);
});

it('refuses what is no code, other methods, and pages of other sites', async () => {
  for (const code of ['', 'x', 'A'.repeat(64), '€'.repeat(64)])
    expect([400, 401]).toContain((await exchange(node(0), { code, verifier })).status);
  expect((await node(0).ask('/desktop-sign-in/exchange')).status).toBe(405);
  const code = await takeCode(await signedInBrowser());
  const cross = await exchange(node(0), { code, verifier }, { Origin: 'https://evil.example' });
  expect(cross.status).toBe(403);
});

it('gives no code to a page of another site, nor to who is not signed in', async () => {
  const browser = await signedInBrowser();
  const foreign = await browser.submit(
    '/desktop-sign-in',
    { challenge },
    { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
  );
  expect(foreign.status).toBe(403);
  expect((await browser.open('/desktop-sign-in?challenge=short')).status).toBe(400);
  const stranger = createTestBrowser(node(0));
  expect((await stranger.open(`/desktop-sign-in?challenge=${challenge}`)).status).toBe(401);
  const refused = await stranger.submit('/desktop-sign-in', { challenge });
  expect(refused.status).toBe(401);
  expect(refused.body).not.toContain('<code>');
  // The cookie is held back on the way from another site: the page that comes then leads here again.
  const passed = await stranger.open(`/desktop-sign-in?challenge=${challenge}`, {
    'Sec-Fetch-Site': 'cross-site',
  });
  expect(passed.body).toContain(`0; url=/desktop-sign-in?challenge=${challenge}`);
});

it('guesses are throttled', async () => {
  const statuses: number[] = [];
  for (let count = 0; count < 12; count++)
    statuses.push(
      (await exchange(node(0), { code: randomBytes(48).toString('base64url'), verifier })).status,
    );
  expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
  expect(statuses.slice(10)).toEqual([429, 429]);
});

it('a link is read as strictly as a pasted code', () => {
  const code = 'A'.repeat(64);
  expect(readSignInCode(signedInLinkOf(code))).toBe(code);
  expect(readSignInCode(` ${code}\n`)).toBe(code);
  for (const text of [
    'proxima://signed-in',
    `proxima://signed-in?code=${code}&x=1`,
    `proxima://host/a?code=${code}`,
    `${code}A`,
  ])
    expect(readSignInCode(text)).toBeUndefined();
});

it('comes back to the question after signing in with a password', async () => {
  const { access } = node(0);
  await access.accounts.save({
    name: 'ada',
    displayName: '',
    groups: [],
    roles: ['user'],
    isDisabled: false,
  });
  await access.accounts.setPassword('ada', 'violet tractor seven moons');
  const browser = createTestBrowser(node(0));
  const to = `/desktop-sign-in?challenge=${challenge}`;
  expect((await browser.open(to)).body).toContain(`value="${to}"`);
  const fields = { provider: 'local', name: 'ada', password: 'violet tractor seven moons', to };
  const question = await browser.submit('/sign-in', fields);
  expect(question.body).toContain('<strong>ada</strong>');
  expect((await exchange(node(1), { code: await takeCode(browser), verifier })).status).toBe(204);
});
