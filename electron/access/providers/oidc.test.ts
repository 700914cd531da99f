import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OidcHandle, startOidc } from '../../../e2e/rig/oidc.ts';
import { fail, type Result, succeed } from '../../../shared/contract/failure.ts';
import { identityProviderSchema, type OidcProvider } from '../../../shared/model/access.ts';
import { createAuthority, issueCertificate } from '../../secrets/certificateAuthority.ts';
import { createTestAccess } from '../testAccess.ts';
import { checkOidc } from './checkOidc.ts';
import { createOidcProvider } from './oidc.ts';
import { createVerifiedFetch } from './verifiedFetch.ts';

const authority = await createAuthority({ commonName: 'Test authority', lifetimeDays: 2 });
const stranger = await createAuthority({ commonName: 'Stranger', lifetimeDays: 2 });
const forLoopback = {
  commonName: 'localhost',
  dnsNames: [],
  ipAddresses: ['127.0.0.1'],
  usage: 'server',
} as const;
const certificate = await issueCertificate(authority, forLoopback);
const authoritiesPem = authority.certificatePem;
const returnAddress = 'https://gateway.example/sign-in/return/office';
const discoveryPath = '/.well-known/openid-configuration';
const password = 'violet tractor';
const person = (claims: Record<string, unknown>) => ({ password, claims });
const people = {
  ada: person({
    preferred_username: 'Ada',
    name: 'Ada Lovelace',
    groups: ['Admins', 'Ops', 'Ops', 'x'.repeat(200)],
  }),
  bob: person({ preferred_username: 'Bob', groups: 'Ops' }),
  cyn: person({ preferred_username: 'Cyn' }),
  dan: person({ preferred_username: 'Dan', groups: { Admins: true } }),
  eve: person({ preferred_username: 'Eve', groups: ['Ops', 7] }),
  fay: person({ name: 'Nobody' }),
  gus: person({ preferred_username: ' Gus' }),
  hal: person({ preferred_username: 'Hal', email: 'ada@office.example', email_verified: false }),
  ivy: person({ preferred_username: 'Ivy', email: 'ivy@office.example', email_verified: true }),
  jo: person({ preferred_username: 'Jo', groups: Array.from({ length: 1001 }, (_, index) => `g${index}`) }),
};

let issuer: OidcHandle;
beforeAll(async () => {
  issuer = await startOidc({ certificate, authoritiesPem, people });
});
const overridden = new Set<string>();
afterEach(() => {
  for (const path of overridden) issuer.override(path, undefined);
});
afterAll(() => issuer.stop());

function settingsOf(change: Partial<OidcProvider> = {}): OidcProvider {
  const parsed = identityProviderSchema.parse({
    ...{ kind: 'oidc', id: 'office', name: 'Office' },
    ...{ issuer: issuer.issuer, clientId: issuer.clientId, authoritiesPem, ...change },
  });
  if (parsed.kind !== 'oidc') throw new Error('another kind');
  return parsed;
}

interface Options {
  readonly settings?: Partial<OidcProvider>;
  readonly secret?: Result<string | undefined>;
  readonly timeoutMs?: number;
}

const optionsOf = ({ settings, secret = succeed(issuer.clientSecret), timeoutMs = 5_000 }: Options) => ({
  settings: settingsOf(settings),
  readSecret: () => Promise.resolve(secret),
  timeoutMs,
});
const create = (options: Options = {}) => createOidcProvider(optionsOf(options));

async function begin(provider = create()) {
  const begun = await provider.begin(returnAddress);
  if (!begun.ok) throw new Error(JSON.stringify(begun.failure));
  return begun.value;
}

async function signIn(name: string, options: Options = {}) {
  const { address, kept } = await begin(create(options));
  // Another node may be the one that people come back to.
  return create(options).complete(await issuer.visit(address, name, password), kept);
}

function override(path: string, answer: (response: ServerResponse) => void): void {
  overridden.add(path);
  issuer.override(path, (_request, response) => answer(response));
}
const json =
  (body: unknown, status = 200) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));

const refused = fail('sign_in_refused');
const failing = (code: string, detail = '') => ({
  ok: false,
  failure: expect.objectContaining({
    code,
    ...(detail !== '' && { detail: expect.stringContaining(detail) as string }),
  }) as object,
});

describe('people who come back', () => {
  it('are who the ID token says, with groups that rules can name', async () => {
    expect(await signIn('ada')).toEqual(
      succeed({ name: 'Ada', displayName: 'Ada Lovelace', groups: ['Admins', 'Ops'], roles: [] }),
    );
  });

  it('are looked up in the user info where the ID token says too little', async () => {
    const other = await startOidc({ certificate, authoritiesPem, people, areClaimsInIdToken: false });
    try {
      const options = {
        settings: { issuer: other.issuer },
        secret: succeed(other.clientSecret),
      };
      const { address, kept } = await begin(create(options));
      const back = await other.visit(address, 'ada', password);
      expect(await create(options).complete(back, kept)).toMatchObject({
        ok: true,
        value: { groups: ['Admins', 'Ops'] },
      });
    } finally {
      await other.stop();
    }
  });

  it('authenticate Proxima by a form where the provider wants that', async () => {
    const other = await startOidc({
      certificate,
      authoritiesPem,
      people,
      authenticationMethod: 'client_secret_post',
    });
    try {
      const metadata = await discover(other.issuer);
      other.override(discoveryPath, (_request, response) =>
        json({ ...metadata, token_endpoint_auth_methods_supported: ['client_secret_post'] })(response),
      );
      const options = { settings: { issuer: other.issuer }, secret: succeed(other.clientSecret) };
      const { address, kept } = await begin(create(options));
      const back = await other.visit(address, 'bob', password);
      expect(await create(options).complete(back, kept)).toMatchObject({ ok: true, value: { name: 'Bob' } });
    } finally {
      await other.stop();
    }
  });

  it('may come back to another node, with the browser that was sent away and no other', async () => {
    const createNode = (route: string) => {
      const node = createTestAccess({ route, createProvider: () => create() });
      node.settings.access.providers.push(settingsOf());
      return node.access;
    };
    const [hosta, hostb] = [createNode('hosta'), createNode('hostb')];
    const visitor = { address: '192.0.2.1' };
    const sent = await hosta.desk.goElsewhere('office', returnAddress, '/', visitor);
    const others = await hosta.desk.goElsewhere('office', returnAddress, '/', visitor);
    if (sent.kind !== 'elsewhere' || others.kind !== 'elsewhere') throw new Error('nobody was sent anywhere');
    const back = await issuer.visit(sent.address, 'ada', password);
    for (const carried of [others.carried, '', `${sent.carried}x`])
      expect(await hostb.desk.comeBack('office', back, carried, visitor)).toMatchObject({
        kind: 'refused',
        failure: { code: 'sign_in_refused' },
      });
    const signedIn = await hostb.desk.comeBack('office', back, sent.carried, visitor);
    if (signedIn.kind !== 'signed-in') throw new Error(JSON.stringify(signedIn));
    expect(hostb.callerOf(signedIn.secret)?.person()).toMatchObject({
      id: 'Ada@office',
      groups: ['Admins', 'Ops'],
      providerId: 'office',
    });
    expect(await hosta.desk.comeBack('office', back, sent.carried, visitor)).toMatchObject({
      kind: 'refused',
    });
    await Promise.all([hosta.close(), hostb.close()]);
  });

  it.each([
    ['one group that is not in a list', 'bob', ['Ops']],
    ['no groups', 'cyn', []],
  ])('may have %s', async (_what, name, groups) => {
    expect(await signIn(name)).toMatchObject({ ok: true, value: { groups } });
  });

  it.each([
    ['groups that are no list', 'dan', 'the claim “groups” is not a list of names'],
    ['groups that are no names', 'eve', 'the claim “groups” is not a list of names'],
    ['no name', 'fay', 'it tells no name in the claim “preferred_username”'],
    ['a name that would become another', 'gus', 'the name of the person'],
    ['more groups than anybody', 'jo', 'more than 1000 groups'],
  ])('are not let in with %s', async (_what, name, detail) => {
    expect(await signIn(name)).toEqual(failing('provider_answer_invalid', detail));
  });

  it('are known by an e-mail address only where it was verified', async () => {
    const settings = { nameClaim: 'email' };
    expect(await signIn('hal', { settings })).toEqual(failing('provider_answer_invalid', 'not verified'));
    expect(await signIn('ivy', { settings })).toMatchObject({
      ok: true,
      value: { name: 'ivy@office.example' },
    });
  });

  it('are refused where they said no', async () => {
    const { address, kept } = await begin();
    expect(await create().complete(await issuer.cancel(address), kept)).toEqual(refused);
  });

  it('can use a code once', async () => {
    const { address, kept } = await begin();
    const back = await issuer.visit(address, 'ada', password);
    expect(await create().complete(back, kept)).toMatchObject({ ok: true });
    expect(await create().complete(back, kept)).toEqual(refused);
  });

  it('can not use what another browser was given', async () => {
    const [own, other] = [await begin(), await begin()];
    const parts = (kept: string) => JSON.parse(kept) as Record<string, string>;
    const mix = (name: string) => JSON.stringify({ ...parts(own.kept), [name]: parts(other.kept)[name] });
    const come = async (kept: string) => {
      const { address } = own;
      return create().complete(await issuer.visit(address, 'ada', password), kept);
    };
    for (const name of ['state', 'nonce', 'verifier']) expect(await come(mix(name)), name).toEqual(refused);
    expect(await come('{}')).toEqual(refused);
    expect(await come('no JSON')).toEqual(refused);
  });

  it('are not asked about where the address was made up', async () => {
    const { kept } = await begin();
    const { state } = JSON.parse(kept) as { state: string };
    let asked = 0;
    override('/token', () => void (asked += 1));
    const queries = [
      '',
      '?code=1',
      `?state=${state}`,
      `?code=1&code=2&state=${state}`,
      `?code=1&state=${state}&state=${state}`,
      `?code=1&state=${state}&iss=https://elsewhere.example`,
    ];
    for (const query of queries)
      expect(await create().complete(new URL(`${returnAddress}${query}`), kept), query).toEqual(refused);
    expect(asked).toBe(0);
  });

  it('get in after the provider changed its keys, without anything being restarted', async () => {
    const provider = create();
    for (const _turn of [1, 2]) {
      const { address, kept } = await begin(provider);
      const back = await issuer.visit(address, 'ada', password);
      expect(await provider.complete(back, kept)).toMatchObject({ ok: true });
      issuer.rotateKeys();
    }
  });

  it('are not let in by a token that is signed with an unknown key', async () => {
    const jwks = await fetchJson(`${issuer.issuer}/jwks`);
    issuer.rotateKeys();
    override('/jwks', json(jwks));
    expect(await signIn('ada')).toEqual(failing('provider_answer_invalid', 'a key that it does not publish'));
  });
});

describe('a provider that is the trouble', () => {
  const beginWith = (options: Options) => create(options).begin(returnAddress);

  it('is refused where its certificate is from elsewhere', async () => {
    const settings = { authoritiesPem: stranger.certificatePem };
    expect(await beginWith({ settings })).toEqual(failing('provider_mistrusted'));
    const { authoritiesPem: _, ...publicOnly } = optionsOf({}).settings;
    const provider = createOidcProvider({ ...optionsOf({}), settings: publicOnly });
    expect(await provider.begin(returnAddress)).toEqual(failing('provider_mistrusted'));
  });

  it.each([
    [
      'has expired',
      { notBefore: new Date(Date.now() - 9e7), notAfter: new Date(Date.now() - 1000) },
      'expired',
    ],
    ['is for another name', { ipAddresses: ['127.0.0.2'] }, 'another name'],
  ])('is refused where its certificate %s', async (_what, change, detail) => {
    const bad = await issueCertificate(authority, { ...forLoopback, ...change });
    const other = await startOidc({ certificate: bad, authoritiesPem, people });
    try {
      expect(await beginWith({ settings: { issuer: other.issuer } })).toEqual(
        failing('provider_mistrusted', detail),
      );
    } finally {
      await other.stop();
    }
  });

  it('is told where nobody listens, and where it does not answer', async () => {
    expect(await beginWith({ settings: { issuer: 'https://127.0.0.1:1' } })).toEqual(
      failing('provider_unreachable', 'ECONNREFUSED'),
    );
    override(discoveryPath, () => {});
    const startedAt = Date.now();
    expect(await beginWith({ timeoutMs: 200 })).toEqual(
      failing('provider_unreachable', 'did not answer in time'),
    );
    override(discoveryPath, (response) => void response.writeHead(200).write('{'));
    expect(await beginWith({ timeoutMs: 200 })).toEqual(
      failing('provider_unreachable', 'did not answer in time'),
    );
    expect(Date.now() - startedAt).toBeLessThan(3_000);
  });

  it('is cut off where it floods', async () => {
    override(discoveryPath, (response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20)));
      };
      response.on('drain', pour);
      pour();
    });
    expect(await beginWith({})).toEqual(failing('provider_answer_invalid', 'longer than'));
  });

  it.each([
    [
      'is no JSON',
      (response: ServerResponse) => void response.writeHead(200).end('<html>'),
      'provider_answer_invalid',
    ],
    ['is a list', json([]), 'provider_answer_invalid'],
    ['names another issuer', json({ issuer: 'https://elsewhere.example' }), 'provider_answer_invalid'],
    ['is not found', json({}, 404), 'provider_answer_invalid'],
    [
      'is a redirect',
      (response: ServerResponse) => void response.writeHead(302, { Location: '/' }).end(),
      'provider_answer_invalid',
    ],
    ['is an error of its own', json({}, 503), 'provider_unreachable'],
  ])('is told where its discovery document %s', async (_what, answer, code) => {
    override(discoveryPath, answer);
    expect(await beginWith({})).toEqual(failing(code));
  });

  it('is not followed to plain HTTP', async () => {
    const metadata = await discover(issuer.issuer);
    override(discoveryPath, json({ ...metadata, authorization_endpoint: 'http://127.0.0.1/auth' }));
    expect(await beginWith({})).toEqual(failing('provider_answer_invalid'));
    override(discoveryPath, json({ ...metadata, token_endpoint: 'http://127.0.0.1/token' }));
    expect(await signIn('ada')).toEqual(failing('provider_answer_invalid'));
  });

  it('refuses a wrong client secret, and says so', async () => {
    expect(await signIn('ada', { secret: succeed('wrong') })).toEqual(
      failing('provider_refused', 'client id and secret'),
    );
  });

  it('is not asked where the secret can not be read', async () => {
    expect(await beginWith({ secret: fail('secrets_unreadable') })).toEqual(failing('secrets_unreadable'));
  });

  it('answers the exchange of the code with nonsense', async () => {
    override('/token', json({ access_token: 'x', token_type: 'bearer' }));
    expect(await signIn('ada')).toEqual(failing('provider_answer_invalid'));
    override('/token', json({ access_token: 'x', token_type: 'bearer', id_token: 'a.b.c' }));
    expect(await signIn('ada')).toEqual(failing('provider_answer_invalid'));
    override(
      '/token',
      json({ error: 'temporarily_unavailable', error_description: 'later\u0000 please' }, 400),
    );
    expect(await signIn('ada')).toEqual(
      failing('provider_unreachable', 'temporarily_unavailable: later  please'),
    );
  });
});

describe('the check of a provider', () => {
  async function check(options: Options = {}) {
    const findings: string[] = [];
    const failure = await checkOidc(optionsOf(options), (finding) => findings.push(finding));
    return { findings, failure };
  }

  it('tells what it found', async () => {
    const { findings, failure } = await check();
    expect(failure).toBeUndefined();
    expect(findings).toEqual([
      expect.stringContaining('its certificate was verified'),
      `People sign in at ${issuer.issuer}/auth.`,
      'It publishes the key that it signs with.',
      'It takes the client id and secret.',
      expect.stringContaining('/sign-in/return/office there as a redirect address'),
    ]);
  });

  it('tells of a wrong secret, after what was right', async () => {
    const { findings, failure } = await check({ secret: succeed('wrong') });
    expect(findings).toHaveLength(3);
    expect(failure?.code).toBe('provider_refused');
  });

  it('tells of claims and scopes that the provider does not list', async () => {
    const settings = { groupsClaim: 'roles', scopes: ['openid', 'roles'] };
    const { findings } = await check({ settings });
    expect(findings.join('\n')).toContain('does not list the claim “roles”');
    expect(findings.join('\n')).toContain('does not list the scope “roles”');
  });

  it('finds nothing where nobody is', async () => {
    const { findings, failure } = await check({ settings: { issuer: 'https://127.0.0.1:1' } });
    expect(findings).toEqual([]);
    expect(failure?.code).toBe('provider_unreachable');
  });

  it('tells where there are no keys', async () => {
    override('/jwks', json({ keys: [] }));
    expect((await check()).failure).toEqual({
      code: 'provider_answer_invalid',
      detail: 'it publishes no keys',
    });
  });
});

const discover = (of: string) => fetchJson(`${of}${discoveryPath}`);

async function fetchJson(address: string): Promise<Record<string, unknown>> {
  const fetch = createVerifiedFetch({ authoritiesPem, timeoutMs: 5_000 });
  const answer = await fetch(address, { method: 'GET', headers: {}, body: undefined, redirect: 'manual' });
  return (await answer.json()) as Record<string, unknown>;
}
