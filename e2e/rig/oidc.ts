// oxlint-disable-next-line typescript/triple-slash-reference -- unit tests reach this file without the folder around it
/// <reference path="./oidcProvider.d.ts" />
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Context, Provider } from 'oidc-provider';
import type { CertifiedKey } from '../../electron/secrets/certificateAuthority.ts';

/** Somebody who may sign in at the provider. */
export interface OidcPerson {
  readonly password: string;
  /** Beside `sub`, which is the name that they sign in with. */
  readonly claims: Readonly<Record<string, unknown>>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A real OpenID provider on loopback, with a page to sign in at. */
export interface OidcHandle {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Signs with another key from now on, and publishes that one only. */
  rotateKeys(): void;
  /** Answers a path in another way, until told otherwise. */
  override(path: string, answer: Answer | undefined): void;
  /** Goes there as a browser does, enters name and password, and comes back with the address that it is sent to. */
  visit(address: string, name: string, password: string): Promise<URL>;
  /** The same, up to the page, where it gives up. */
  cancel(address: string): Promise<URL>;
  stop(): Promise<void>;
}

export interface OidcOptions {
  readonly certificate: CertifiedKey;
  readonly authoritiesPem: string;
  readonly people: Readonly<Record<string, OidcPerson>>;
  /** Whether the ID token has all claims, or only the user info has them. */
  readonly areClaimsInIdToken?: boolean;
  /** The name of loopback in the issuer's address; `localhost` is another site than `127.0.0.1`, where gateways of tests are. */
  readonly host?: '127.0.0.1' | 'localhost';
  readonly authenticationMethod?: 'client_secret_basic' | 'client_secret_post';
}

const clientId = 'proxima';
const returnPathStart = '/sign-in/return/';

/** @throws where the package can't be loaded, or no port is free. */
export async function startOidc(options: OidcOptions): Promise<OidcHandle> {
  // Node 20 lacks it, and the package is made for Node 22.
  URL.parse ??= (address, base) => (URL.canParse(address, base) ? new URL(address, base) : null);
  const { Provider: ProviderClass } = await import('oidc-provider');
  const clientSecret = randomUUID();
  const overrides = new Map<string, Answer>();
  const sockets = new Set<Socket>();
  let provider: Provider;
  let answer: Answer = (_request, response) => response.writeHead(503).end();
  const server = createServer(
    { cert: options.certificate.certificatePem, key: options.certificate.privateKeyPem },
    (incoming, response) => {
      const path = (incoming.url ?? '').split('?', 1)[0] ?? '';
      const override = overrides.get(path);
      if (override) override(incoming, response);
      else if (path.startsWith('/interaction/')) void interact(provider, options.people, incoming, response);
      else answer(incoming, response);
    },
  );
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `https://${options.host ?? '127.0.0.1'}:${(server.address() as AddressInfo).port}`;

  const storage = createStorage();
  const rotateKeys = () => {
    provider = new ProviderClass(issuer, {
      ...configure(options, clientSecret, () => provider.Grant),
      adapter: storage,
    });
    // A gateway of a test has a port that nobody knows before.
    provider.Client.prototype.redirectUriAllowed = (address) =>
      URL.canParse(address) && new URL(address).pathname.startsWith(returnPathStart);
    answer = provider.callback();
  };
  rotateKeys();
  const browse = (address: string, form: Readonly<Record<string, string>>) =>
    visit(new URL(address), form, options.authoritiesPem);
  return {
    issuer,
    clientId,
    clientSecret,
    rotateKeys,
    override(path, given) {
      if (given) overrides.set(path, given);
      else overrides.delete(path);
    },
    visit: (address, name, password) => browse(address, { name, password }),
    cancel: (address) => browse(address, { cancel: 'yes' }),
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function configure(
  { people, ...options }: OidcOptions,
  clientSecret: string,
  grantOf: () => Provider['Grant'],
): object {
  const { areClaimsInIdToken = true, authenticationMethod = 'client_secret_basic' } = options;
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`https://gateway.example${returnPathStart}office`],
        token_endpoint_auth_method: authenticationMethod,
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [{ ...key, kid: randomUUID(), use: 'sig', alg: 'ES256' }] },
    cookies: { keys: [randomUUID()] },
    claims: {
      openid: ['sub'],
      profile: ['preferred_username', 'name', 'groups'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: !areClaimsInIdToken,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: Context, { uid }: { uid: string }) => `/interaction/${uid}` },
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, IdToken: 60, Interaction: 600, Session: 600 },
    findAccount: (_context: Context, name: string) =>
      people[name] && {
        accountId: name,
        claims: () => ({ sub: name, ...people[name]?.claims }),
      },
    // Nobody is asked for consent.
    async loadExistingGrant({ oidc: { client, session, params } }: Context) {
      const Grant = grantOf();
      const grant = new Grant({ accountId: session.accountId, clientId: client.clientId });
      grant.addOIDCScope(params.scope ?? 'openid');
      await grant.save();
      return grant;
    },
  };
}

const page = (failure: string) => `<!doctype html><title>Sign in at the office</title>
<form method="post"><p role="alert">${failure}</p>
<label>Name <input name="name"></label> <label>Password <input name="password" type="password"></label>
<button>Continue</button> <button name="cancel" value="yes">Cancel</button></form>`;

type Stored = Record<string, unknown>;

/** Keeps what the provider keeps, over a change of its keys; nothing expires. */
function createStorage() {
  const stored = new Map<string, Stored>();
  return (kind: string) => {
    const keyOf = (id: string) => `${kind} ${id}`;
    const find = (id: string) => Promise.resolve(stored.get(keyOf(id)));
    const findBy = (name: string, value: string) =>
      Promise.resolve(
        [...stored].find(([key, entry]) => key.startsWith(`${kind} `) && entry[name] === value)?.[1],
      );
    return {
      find,
      findByUid: (uid: string) => findBy('uid', uid),
      findByUserCode: (code: string) => findBy('userCode', code),
      upsert: async (id: string, entry: Stored) => void stored.set(keyOf(id), entry),
      destroy: async (id: string) => void stored.delete(keyOf(id)),
      async consume(id: string) {
        const entry = await find(id);
        if (entry) entry['consumed'] = Math.floor(Date.now() / 1000);
      },
      async revokeByGrantId(grantId: string) {
        for (const [key, entry] of stored) if (entry['grantId'] === grantId) stored.delete(key);
      },
    };
  };
}

/** The provider's own page. */
async function interact(
  provider: Provider,
  people: OidcOptions['people'],
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const show = (status: number, failure = '') =>
    response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' }).end(page(failure));
  try {
    if (incoming.method !== 'POST') {
      show(200);
      return;
    }
    const form = new URLSearchParams(await text(incoming));
    const name = form.get('name') ?? '';
    if (form.has('cancel'))
      await provider.interactionFinished(incoming, response, { error: 'access_denied' });
    else if (people[name]?.password === form.get('password'))
      await provider.interactionFinished(incoming, response, { login: { accountId: name } });
    else show(401, 'The name or the password is wrong.');
  } catch {
    show(400, 'This sign-in is over.');
  }
}

/** Follows redirects and keeps cookies, up to an address that isn't the provider's. */
async function visit(start: URL, form: Readonly<Record<string, string>>, ca: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let address = start;
  let body: string | undefined;
  for (let step = 0; step < 10; step += 1) {
    const { status, location, isPage } = await ask(address, body, cookies, ca);
    body = undefined;
    if (location !== undefined) {
      address = new URL(location, address);
      if (address.origin !== start.origin) return address;
    } else if (isPage) body = new URLSearchParams(form).toString();
    else throw new Error(`the provider answered with status ${status} at ${address.pathname}`);
  }
  throw new Error('the provider sends people round in circles');
}

async function ask(address: URL, body: string | undefined, cookies: Map<string, string>, ca: string) {
  const sent = request(address, {
    method: body === undefined ? 'GET' : 'POST',
    agent: false,
    ca,
    headers: {
      Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
    },
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  for (const line of response.headers['set-cookie'] ?? []) {
    const [name = '', ...value] = line.split(';')[0]?.split('=') ?? [];
    cookies.set(name, value.join('='));
  }
  const { statusCode: status = 0, headers } = response;
  const isPage = status === 200 && address.pathname.startsWith('/interaction/');
  return { status, location: headers.location, isPage };
}
