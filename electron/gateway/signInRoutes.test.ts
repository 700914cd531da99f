import { once } from 'node:events';
import { TOTP, Secret } from 'otpauth';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, succeed } from '../../shared/contract/failure.ts';
import type { Role } from '../../shared/model/access.ts';
import type { RedirectProvider } from '../access/identityProvider.ts';
import { createTestAccess } from '../access/testAccess.ts';
import { createTestBrowser } from './testBrowser.ts';
import { createTestLine, page, startTestGateway, type TestGateway, tunnelPath } from './testGateway.ts';

const password = 'violet tractor seven moons';
const cookieName = '__Host-proxima';
const stepCookieName = '__Host-proxima-step';

let time: number;
let inside: ReturnType<typeof createTestAccess>;
let test: TestGateway;

/** As a provider behaves: says where to go, and who came back with the right state. */
const provider: RedirectProvider = {
  kind: 'redirect',
  begin: (returnAddress) =>
    Promise.resolve(
      succeed({
        address: `https://login.example/?return=${encodeURIComponent(returnAddress)}`,
        kept: 'state 1',
      }),
    ),
  complete: (callback, kept) =>
    Promise.resolve(
      kept === 'state 1' && callback.searchParams.get('code') === 'right'
        ? succeed({ name: 'grace', displayName: 'Grace', groups: [], roles: [] })
        : fail('sign_in_refused'),
    ),
};

beforeEach(async () => {
  time = Date.now();
  inside = createTestAccess({ timings: { now: () => time }, createProvider: () => provider });
  test = await startTestGateway({ access: inside.access, ...createTestLine() });
});
afterEach(async () => {
  await test.gateway.close();
  await inside.access.close();
});

const createBrowser = () => createTestBrowser(test);
type Browser = ReturnType<typeof createBrowser>;

async function make(name: string, roles: Role[] = ['user']): Promise<void> {
  await inside.access.accounts.save({ name, displayName: '', groups: [], roles, isDisabled: false });
  await inside.access.accounts.setPassword(name, password);
}

const enter = (browser: Browser, name: string, given = password, to = '/') =>
  browser.submit('/sign-in', { provider: 'local', name, password: given, to });
const isIn = async (browser: Browser) => (await browser.open('/')).body === page;
const codeOf = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 }).generate({ timestamp: time });
const tokenPath = () => {
  const { pathname, search } = new URL(test.gateway.signInUrl());
  return pathname + search;
};

async function setUpSecondFactor(name: string): Promise<string> {
  const begun = await inside.access.accounts.beginSecondFactor(name);
  const secret = begun.ok ? begun.value.secret : '';
  await inside.access.accounts.confirmSecondFactor(name, codeOf(secret));
  time += 60_000;
  return secret;
}

describe('a name and a password', () => {
  it('sign in, and the page is served from then on', async () => {
    await make('ada');
    const browser = createBrowser();
    const form = await browser.open('/');
    expect(form.status).toBe(401);
    expect(form.body).toContain('<form method="post" action="/sign-in">');
    expect(form.body).not.toMatch(/<script|style=|<style/);
    expect(form.headers['referrer-policy']).toBe('same-origin');
    const answer = await enter(browser, 'Ada');
    expect(answer).toMatchObject({ status: 200, body: page });
    expect(browser.cookies.get(cookieName)).toMatch(/^[\w-]{43}\.hosta$/);
    expect(inside.access.accounts.find('ada')?.signedInAt).toBe(time);
    const said = test.logged.join('\n');
    expect(said).not.toContain(password);
    expect(said).not.toContain(browser.cookies.get(cookieName)?.slice(0, 43));
  });

  it('are refused alike for whoever there is and is not', async () => {
    await make('ada');
    const browser = createBrowser();
    const answers = [await enter(browser, 'ada', 'wrong'), await enter(browser, 'nobody')];
    for (const { status, body } of answers) {
      expect(status).toBe(401);
      expect(body).toContain('The name, the password or the code is not right.');
    }
    expect(answers[0]?.body.replace('value="ada"', '')).toBe(answers[1]?.body.replace('value="nobody"', ''));
    expect(browser.cookies.size).toBe(0);
  });

  it('are shown again as they were typed, as text', async () => {
    await make('ada');
    const { body } = await enter(createBrowser(), `"><script>alert(1)</script>'`, 'wrong');
    expect(body).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;"');
    expect(body).not.toContain('<script');
  });

  it('rotate the cookie: what was planted or there before is over', async () => {
    await make('ada');
    await make('mallory');
    const mallory = createBrowser();
    await enter(mallory, 'mallory');
    const planted = mallory.cookies.get(cookieName) ?? '';
    const victim = createBrowser();
    victim.cookies.set(cookieName, planted);
    await enter(victim, 'ada');
    expect(victim.cookies.get(cookieName)).not.toBe(planted);
    expect(await isIn(victim)).toBe(true);
    expect(await isIn(mallory)).toBe(false);
    const made = createBrowser();
    made.cookies.set(cookieName, `${'A'.repeat(43)}.hosta`);
    await enter(made, 'ada');
    expect(made.cookies.get(cookieName)).not.toContain('AAAA');
  });

  it('lead on to where somebody wanted to go, and nowhere else', async () => {
    await make('ada', ['administrator']);
    expect((await enter(createBrowser(), 'ada', password, '/index.html')).path).toBe('/index.html');
    for (const foreign of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      'evil.example',
      '/sign-in?to=/',
      'javascript:alert(1)',
    ]) {
      const answer = await test.ask('/sign-in', {
        method: 'POST',
        headers: {
          Origin: `https://127.0.0.1:${test.gateway.port}`,
          'Content-Type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ provider: 'local', name: 'ada', password, to: foreign }).toString(),
      });
      expect([foreign, answer.status, answer.headers.location]).toEqual([foreign, 303, '/']);
    }
    const form = await createBrowser().open('/sign-in?to=//evil.example/');
    expect(form.body).toContain('name="to" value="/"');
  });

  it('are throttled, with a word about when to come again', async () => {
    await make('ada');
    const browser = createBrowser();
    const statuses = [];
    for (let count = 0; count < 11; count++) statuses.push((await enter(browser, 'ada', 'wrong')).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    const last = await enter(browser, 'ada');
    expect(last.headers['retry-after']).toBeDefined();
    expect(last.body).toContain('There were too many tries to sign in.');
    time += 6_000;
    expect((await enter(browser, 'ada')).status).toBe(200);
  });
});

describe('forms', () => {
  it.each([
    ['another site', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }],
    ['another port', { Origin: 'https://127.0.0.1:1', 'Sec-Fetch-Site': 'same-site' }],
    ['an opaque page', { Origin: 'null' }],
    ['nobody who says so', { Origin: '' }],
    ['one that lies about its origin', { 'Sec-Fetch-Site': 'cross-site' }],
  ])('of %s are refused', async (_who, headers) => {
    await make('ada');
    const browser = createBrowser();
    const fields = { provider: 'local', name: 'ada', password, to: '/' };
    const answer = await browser.submit('/sign-in', fields, headers);
    expect(answer.status).toBe(403);
    expect(browser.cookies.size).toBe(0);
    await test.ask(tokenPath());
    expect((await browser.submit('/first-administrator', {}, headers)).status).toBe(403);
  });

  it('are bounded, and have every field', async () => {
    await make('ada');
    const browser = createBrowser();
    const fields = { provider: 'local', name: 'ada', password, to: '/' };
    expect((await browser.submit('/sign-in', { ...fields, password: 'x'.repeat(257) })).status).toBe(400);
    expect((await browser.submit('/sign-in', { name: 'ada' })).status).toBe(400);
    expect((await browser.submit('/sign-in', fields, { 'Content-Type': 'text/plain' })).status).toBe(400);
    const large = await browser
      .submit('/sign-in', { ...fields, more: 'x'.repeat(20_000) })
      .catch(() => undefined);
    expect(large?.status ?? 400).toBe(400);
    expect((await browser.submit('/sign-in', fields)).body).toBe(page);
    expect((await test.ask('/sign-in', { method: 'PUT' })).headers.allow).toBe('GET, POST');
    expect((await test.ask('/signed-out', { method: 'POST' })).status).toBe(405);
  });
});

describe('the second factor', () => {
  it('is asked for after the password, and a code works once', async () => {
    await make('ada');
    const secret = await setUpSecondFactor('ada');
    const browser = createBrowser();
    const asked = await enter(browser, 'ada', password, '/index.html');
    expect(asked.path).toBe('/sign-in/code');
    expect(asked.body).toContain('Enter your code');
    expect(browser.cookies.has(cookieName)).toBe(false);
    expect(await isIn(browser)).toBe(false);
    expect((await browser.submit('/sign-in/code', { code: '000000' })).status).toBe(401);
    const carried = browser.cookies.get(stepCookieName) ?? '';
    const code = codeOf(secret);
    expect(await browser.submit('/sign-in/code', { code })).toMatchObject({
      path: '/index.html',
      body: page,
    });
    expect(browser.cookies.has(stepCookieName)).toBe(false);

    const replaying = createBrowser();
    replaying.cookies.set(stepCookieName, carried);
    expect((await replaying.submit('/sign-in/code', { code })).status).toBe(401);
    expect(await isIn(replaying)).toBe(false);
  });

  it('does not wait for ever, nor take what another browser made up', async () => {
    await make('ada');
    const secret = await setUpSecondFactor('ada');
    const browser = createBrowser();
    await enter(browser, 'ada');
    const carried = browser.cookies.get(stepCookieName) ?? '';
    time += 600_000;
    expect((await browser.submit('/sign-in/code', { code: codeOf(secret) })).path).toBe('/sign-in');
    for (const forged of ['', 'x', carried.slice(0, -2), `A${carried.slice(1)}`]) {
      browser.cookies.set(stepCookieName, forged);
      expect((await browser.open('/sign-in/code')).path).toBe('/sign-in');
      await browser.submit('/sign-in/code', { code: codeOf(secret) });
      expect(browser.cookies.has(cookieName)).toBe(false);
    }
  });

  it('is guessed at a few times only', async () => {
    await make('ada');
    await setUpSecondFactor('ada');
    const browser = createBrowser();
    await enter(browser, 'ada');
    const statuses = [];
    for (let count = 0; count < 11; count++)
      statuses.push((await browser.submit('/sign-in/code', { code: String(100_000 + count) })).status);
    expect(statuses.at(-1)).toBe(429);
  });

  it('is set up where the provider demands it, with codes to keep', async () => {
    inside.settings.access.providers = [
      { kind: 'local', id: 'local', name: 'Proxima', needsSecondFactor: true },
    ];
    await make('ada');
    const browser = createBrowser();
    const shown = await enter(browser, 'ada');
    expect(shown.path).toBe('/sign-in/set-up');
    expect(shown.body).toContain('<svg role="img"');
    const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(shown.body)?.[1]?.replaceAll(' ', '') ?? '';
    const wrong = await browser.submit('/sign-in/set-up', { code: '000000' });
    expect(wrong.status).toBe(401);
    expect(wrong.body.replaceAll(' ', '')).toContain(secret);
    const carried = browser.cookies.get(stepCookieName) ?? '';
    const kept = await browser.submit('/sign-in/set-up', { code: codeOf(secret) });
    expect(kept.body.match(/<li>/g)).toHaveLength(10);
    expect(await isIn(browser)).toBe(true);
    expect(inside.audited).toMatchObject([{ who: 'ada', what: 'Set up the second factor of “ada”' }]);

    const recovery = /<li>([^<]+)<\/li>/.exec(kept.body)?.[1] ?? '';
    const elsewhere = createBrowser();
    expect((await enter(elsewhere, 'ada')).path).toBe('/sign-in/code');
    expect((await elsewhere.submit('/sign-in/code', { code: recovery })).body).toBe(page);
    // A set-up that was begun before shows nothing of a later one, and doesn't confirm it.
    const begun = await inside.access.accounts.beginSecondFactor('ada');
    const late = createBrowser();
    late.cookies.set(stepCookieName, carried);
    expect((await late.open('/sign-in/set-up')).path).toBe('/sign-in');
    late.cookies.set(stepCookieName, carried);
    const code = codeOf(begun.ok ? begun.value.secret : '');
    expect((await late.submit('/sign-in/set-up', { code })).path).toBe('/sign-in');
    expect(await isIn(late)).toBe(false);
  });
});

describe('the first run', () => {
  it('leads from the one-time token to an administrator, who comes by name from then on', async () => {
    const browser = createBrowser();
    const path = tokenPath();
    expect(await browser.open(path)).toMatchObject({ body: page });
    const form = await browser.open('/first-administrator');
    expect(form.body).toContain('Go on as the owner of this machine');
    const fields = { name: 'ada', displayName: 'Ada', password, again: password };
    expect((await browser.submit('/first-administrator', { ...fields, again: 'x' })).body).toContain(
      'differ',
    );
    const weak = { ...fields, password: 'password1234', again: 'password1234' };
    expect((await browser.submit('/first-administrator', weak)).body).toContain('too easy to guess');
    expect(inside.access.accounts.list()).toEqual([]);
    const owners = browser.cookies.get(cookieName) ?? '';
    expect(await browser.submit('/first-administrator', fields)).toMatchObject({ body: page });
    const caller = inside.access.callerOf(browser.cookies.get(cookieName)?.slice(0, 43) ?? '');
    expect(caller?.person()).toMatchObject({ id: 'ada', roles: ['user', 'administrator'] });
    expect(inside.access.callerOf(owners.slice(0, 43))).toBeUndefined();
    expect(inside.audited).toMatchObject([{ who: 'owner', what: 'Made “ada” an administrator' }]);
    expect(test.gateway.signInUrl()).toBe(test.gateway.url);
    expect((await createBrowser().open(path)).status).toBe(401);
  });

  it('is for the owner only', async () => {
    await make('ada', ['administrator']);
    const browser = createBrowser();
    expect((await browser.open('/first-administrator')).status).toBe(403);
    await enter(browser, 'ada');
    expect((await browser.open('/first-administrator')).status).toBe(403);
    const fields = { name: 'eve', displayName: '', password, again: password };
    expect((await browser.submit('/first-administrator', fields)).status).toBe(403);
    expect(inside.access.accounts.find('eve')).toBeUndefined();
  });
});

describe('an invitation', () => {
  const invite = async (name: string) => {
    const invited = await inside.access.accounts.invite(name);
    return invited.ok ? invited.value.token : '';
  };

  it('lets a person choose a password, once', async () => {
    await inside.access.accounts.save({
      name: 'grace',
      displayName: '',
      groups: [],
      roles: ['user'],
      isDisabled: false,
    });
    const token = await invite('grace');
    const browser = createBrowser();
    const form = await browser.open(`/invitation?token=${token}`);
    expect(form.body).toContain('Welcome, grace');
    expect((await browser.submit('/invitation', { token, password, again: 'x' })).body).toContain('differ');
    const weak = { token, password: 'grace grace grace', again: 'grace grace grace' };
    expect((await browser.submit('/invitation', weak)).body).toContain('too easy to guess');
    expect(await browser.submit('/invitation', { token, password, again: password })).toMatchObject({
      body: page,
    });
    expect((await createBrowser().open(`/invitation?token=${token}`)).status).toBe(410);
    const again = await createBrowser().submit('/invitation', { token, password, again: password });
    expect(again.status).toBe(410);
    expect(await enter(createBrowser(), 'grace')).toMatchObject({ body: page });
    expect(test.logged.join('\n')).not.toContain(token);
  });

  it('does not go around a second factor', async () => {
    await make('ada');
    await make('grace');
    const secret = await setUpSecondFactor('grace');
    const token = await invite('grace');
    const browser = createBrowser();
    const asked = await browser.submit('/invitation', { token, password, again: password });
    expect(asked.path).toBe('/sign-in/code');
    expect(await isIn(browser)).toBe(false);
    expect((await browser.submit('/sign-in/code', { code: codeOf(secret) })).body).toBe(page);
  });

  it('is not found by guessing', async () => {
    const browser = createBrowser();
    const statuses = [];
    for (let count = 0; count < 12; count++)
      statuses.push((await browser.open(`/invitation?token=${count}`)).status);
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 410));
    expect(statuses.slice(10)).toEqual([429, 429]);
  });
});

describe('a provider elsewhere', () => {
  beforeEach(() => {
    for (const [id, name] of [
      ['company', 'Company <Login>'],
      ['another', 'Another'],
    ] as const)
      inside.settings.access.providers.push({
        kind: 'oidc',
        id,
        name,
        issuer: 'https://login.example',
        clientId: 'proxima',
        scopes: ['openid'],
        nameClaim: 'preferred_username',
        groupsClaim: 'groups',
      });
  });

  it('is gone to and come back from, with the step in a cookie of this browser', async () => {
    const browser = createBrowser();
    const form = await browser.open('/');
    expect(form.body).toContain('Sign in with Company &lt;Login&gt;');
    const gone = await browser.open('/sign-in/with/company?to=%2Findex.html');
    const returnAddress = `https://127.0.0.1:${test.gateway.port}/sign-in/return/company`;
    expect(gone.path).toBe(`https://login.example/?return=${encodeURIComponent(returnAddress)}`);
    expect(gone.headers['set-cookie']?.[0]).toMatch(
      /; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/,
    );
    const back = await browser.open('/sign-in/return/company?code=right');
    expect(back).toMatchObject({ path: '/index.html', body: page });
    const caller = inside.access.callerOf(browser.cookies.get(cookieName)?.slice(0, 43) ?? '');
    expect(caller?.person().id).toBe('grace@company');
  });

  it('signs nobody in who did not go there from this browser, or comes back with something else', async () => {
    const browser = createBrowser();
    expect((await browser.open('/sign-in/return/company?code=right')).status).toBe(401);
    await browser.open('/sign-in/with/company');
    const carried = browser.cookies.get(stepCookieName) ?? '';
    expect((await browser.open('/sign-in/return/company?code=wrong')).status).toBe(401);
    for (const id of ['local', 'another', 'nowhere'])
      expect((await browser.open(`/sign-in/return/${id}?code=right`)).status).toBe(401);
    browser.cookies.set(stepCookieName, carried);
    time += 600_000;
    expect((await browser.open('/sign-in/return/company?code=right')).status).toBe(401);
    expect(await isIn(browser)).toBe(false);
    expect((await browser.open('/sign-in/with/nowhere')).status).toBe(401);
    const looking = await browser.open('/sign-in/with/company', { 'Sec-Purpose': 'prefetch' });
    expect(looking.status).toBe(503);
  });
});

describe('signing out', () => {
  it('reaches open sockets within a second, and the cookie is worth nothing', async () => {
    await make('ada');
    const browser = createBrowser();
    await enter(browser, 'ada');
    const cookie = `${cookieName}=${browser.cookies.get(cookieName)}`;
    const calls = test.dial('/rpc', { cookie });
    const tunnel = test.dial(tunnelPath, { cookie, protocols: ['guacamole'] });
    await Promise.all([once(calls.socket, 'open'), once(tunnel.socket, 'open')]);
    expect((await browser.open('/signed-out')).body).toBe(page);
    const endedAt = performance.now();
    await inside.access.signIns.endAllOf('ada');
    expect(await calls.closed).toEqual({ code: 4401, reason: 'sign_in_needed' });
    expect((await tunnel.closed).code).toBe(4401);
    expect(performance.now() - endedAt).toBeLessThan(1_000);
    expect(await isIn(browser)).toBe(false);
    expect((await browser.open('/signed-out')).body).toContain('You are signed out.');
    expect(browser.cookies.size).toBe(0);
  });

  it('happens to whoever is disabled, at once', async () => {
    await make('ada');
    const browser = createBrowser();
    await enter(browser, 'ada');
    const calls = test.dial('/rpc', { cookie: `${cookieName}=${browser.cookies.get(cookieName)}` });
    await once(calls.socket, 'open');
    await inside.access.accounts.save({
      name: 'ada',
      displayName: '',
      groups: [],
      roles: ['user'],
      isDisabled: true,
    });
    expect((await calls.closed).code).toBe(4401);
    expect((await enter(browser, 'ada')).body).toContain('This account is disabled.');
  });
});

it('tells a tunnel whose it is', async () => {
  await test.gateway.close();
  const ids: string[] = [];
  test = await startTestGateway({
    access: inside.access,
    attachTunnel: (_sessionId, _wire, caller) => {
      ids.push(caller.person().id);
      return Promise.resolve(fail('session_unknown'));
    },
  });
  await make('ada');
  const browser = createBrowser();
  await enter(browser, 'ada');
  const cookie = `${cookieName}=${browser.cookies.get(cookieName)}`;
  await test.dial(tunnelPath, { cookie, protocols: ['guacamole'] }).closed;
  expect(ids).toEqual(['ada']);
});
