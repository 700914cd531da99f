import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { implement, ORPCError } from '@orpc/server';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Contract, contract } from '../../shared/contract/contract.ts';
import { fail, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import { rendererFileOf } from '../../shared/contract/rendererFile.ts';
import type { TunnelWire } from '../broker/ports.ts';
import { createAuthority, issueCertificate } from '../secrets/certificateAuthority.ts';
import { createGateway, type Gateway } from './gateway.ts';
import type { AttachTunnel } from './wsHost.ts';

const sessionId = 'b6f3a0f2-5f4d-4b7e-9d0c-0f2f6a1f7c11';
const page = '<!doctype html><title>Proxima</title>';

let certificate: { certificatePem: string; privateKeyPem: string; authorityPem: string };
let gateway: Gateway;
let logged: string[];
let stopping: (() => void)[];

beforeAll(async () => {
  const authority = await createAuthority({ commonName: 'Test authority', lifetimeDays: 1 });
  const leaf = await issueCertificate(authority, {
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  certificate = { ...leaf, authorityPem: authority.certificatePem };
});

const text = (content: string) => new Uint8Array(Buffer.from(content));
const rendererFiles = new Map([
  ['/', rendererFileOf('index.html', text(page))],
  ['/index.html', rendererFileOf('index.html', text(page))],
  ['/assets/main-3f2a.js', rendererFileOf('assets/main-3f2a.js', text('export {};'))],
]);

/** As little of the contract as these tests call. */
function createRouter() {
  const os = implement(contract);
  const unused = () => {
    throw new Error('not part of this test');
  };
  return os.router({
    app: {
      describe: os.app.describe.handler(() => ({
        version: '0.1.0',
        runsIn: 'gateway' as const,
        secretStorage: 'none' as const,
        groups: [],
        notices: [],
      })),
      dismissNotice: os.app.dismissNotice.handler(() => {
        throw new Error('a secret of the inside');
      }),
    },
    hosts: {
      watch: os.hosts.watch.handler(async function* ({ signal }) {
        yield { kind: 'page' as const, vaults: [], hosts: [], complete: true };
        await new Promise<void>((resolve) => {
          signal?.addEventListener('abort', () => resolve());
        });
        for (const stop of stopping) stop();
      }),
      read: os.hosts.read.handler(unused),
      save: os.hosts.save.handler(unused),
      duplicate: os.hosts.duplicate.handler(unused),
      setFavourite: os.hosts.setFavourite.handler(unused),
      remove: os.hosts.remove.handler(() => {
        throw new ORPCError('FAILED', { data: failureOf('host_unknown') });
      }),
      undoRemove: os.hosts.undoRemove.handler(unused),
    },
    vaults: { save: os.vaults.save.handler(unused), remove: os.vaults.remove.handler(unused) },
    sessions: {
      watch: os.sessions.watch.handler(async function* () {
        yield { kind: 'all' as const, sessions: [] };
        throw new Error('a secret of the inside');
      }),
      open: os.sessions.open.handler(unused),
      close: os.sessions.close.handler(unused),
    },
  });
}

/** What the session's side did with the tunnel that it was given. */
async function start(
  options: { attachTunnel?: AttachTunnel; livenessIntervalMs?: number; publicAuthorities?: string[] } = {},
): Promise<Gateway> {
  logged = [];
  stopping = [];
  const log = (level: string) => (details: object, sentence: string) =>
    void logged.push(`${level} ${sentence} ${JSON.stringify(details)}`);
  const created = await createGateway({
    listen: { address: '127.0.0.1', port: 0 },
    ...certificate,
    rendererFiles,
    router: createRouter(),
    attachTunnel: () => Promise.resolve(fail('session_unknown')),
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    ...options,
  });
  if (!created.ok) throw new Error(created.failure.detail);
  gateway = created.value;
  return gateway;
}

afterEach(() => gateway.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  const asked = request({
    host: '127.0.0.1',
    port: gateway.port,
    path,
    method: options.method ?? 'GET',
    headers: options.headers ?? {},
    ca: certificate.authorityPem,
    servername: 'localhost',
    agent: false,
  });
  asked.end();
  const [response] = await once(asked, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body } as Answer;
}

async function signIn(): Promise<string> {
  const { pathname, search } = new URL(gateway.signInUrl());
  const answer = await ask(pathname + search);
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

interface Dialled {
  readonly socket: WebSocket;
  readonly frames: { text: string; binary: boolean }[];
  readonly closed: Promise<{ code: number; reason: string }>;
}

function dial(
  path: string,
  options: { cookie?: string; origin?: string; protocols?: string[]; host?: string },
): Dialled {
  const socket = new WebSocket(`wss://127.0.0.1:${gateway.port}${path}`, options.protocols ?? [], {
    ca: certificate.authorityPem,
    origin: options.origin ?? `https://127.0.0.1:${gateway.port}`,
    headers: {
      ...(options.cookie === undefined ? {} : { Cookie: options.cookie }),
      ...(options.host === undefined ? {} : { Host: options.host }),
    },
  });
  const frames: Dialled['frames'] = [];
  socket.on('message', (data: Buffer, binary) => frames.push({ text: data.toString(), binary }));
  socket.on('error', () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  return { socket, frames, closed };
}

async function dialRefused(path: string, options: Parameters<typeof dial>[1]) {
  const { socket } = dial(path, options);
  const [, response] = await once(socket, 'unexpected-response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode as number, body };
}

/** A session that takes every tunnel, and keeps what comes over it. */
function createLine() {
  const wires: TunnelWire[] = [];
  const received: string[] = [];
  let closes = 0;
  return {
    wires,
    received,
    closes: () => closes,
    attachTunnel: (_sessionId: string, wire: TunnelWire): Promise<Result<void>> => {
      wires.push(wire);
      wire.onMessage((bytes) => received.push(Buffer.from(bytes).toString()));
      wire.onClose(() => {
        closes++;
      });
      return Promise.resolve(succeed(undefined));
    },
  };
}

const tunnelPath = `/websocket-tunnel?session=${sessionId}`;

describe('pages', () => {
  it('lets the token in once, and shows what to do to everybody else', async () => {
    await start();
    const withoutCookie = await ask('/');
    expect(withoutCookie.status).toBe(401);
    expect(withoutCookie.body).toContain('Open the address that Proxima printed');
    expect(withoutCookie.body).not.toMatch(/<style|style=|<script/);

    const { pathname, search } = new URL(gateway.signInUrl());
    const first = await ask(pathname + search);
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/');
    const cookie = first.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(/^__Host-proxima=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    expect(gateway.signInUrl()).toBe(gateway.url);

    const again = await ask(pathname + search);
    expect(again.status).toBe(401);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('not valid any more');

    const headers = { Cookie: `other=1; ${cookie.split(';')[0]}` };
    expect(await ask('/', { headers })).toMatchObject({ status: 200, body: page });
    expect(await ask(pathname + search, { headers })).toMatchObject({ status: 303 });
    expect(logged.join('\n')).not.toContain(search.slice('?token='.length));
    expect(logged.join('\n')).not.toContain(cookie.split(/[=;]/)[1]);
  });

  it('passes on who comes from another site, since browsers hold the cookie back there', async () => {
    await start();
    const answer = await ask('/', { headers: { 'Sec-Fetch-Site': 'cross-site' } });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('http-equiv="refresh"');
    expect(answer.body).not.toContain(page);
    expect((await ask('/', { headers: { 'Sec-Fetch-Site': 'same-origin' } })).status).toBe(401);
  });

  it('does not use the token up for a browser that looks ahead, or for HEAD', async () => {
    await start();
    const { pathname, search } = new URL(gateway.signInUrl());
    expect((await ask(pathname + search, { headers: { 'Sec-Purpose': 'prefetch' } })).status).toBe(503);
    expect((await ask(pathname + search, { method: 'HEAD' })).status).toBe(405);
    expect((await ask(pathname + search)).status).toBe(303);
  });

  it('throttles wrong tokens', async () => {
    await start();
    const statuses: number[] = [];
    for (let count = 0; count < 12; count++) statuses.push((await ask('/sign-in?token=wrong')).status);
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.slice(10)).toEqual([429, 429]);
  });

  it('serves files with a strict policy, hashed ones for ever', async () => {
    await start();
    const script = await ask('/assets/main-3f2a.js');
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(script.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(script.headers['strict-transport-security']).toBeUndefined();
    const head = await ask('/assets/main-3f2a.js', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers['content-length']).toBe('10');
    const signedIn = await ask('/', { headers: { Cookie: await signIn() } });
    expect(signedIn.headers['cache-control']).toBe('no-store');
    expect((await ask('/', { method: 'POST' })).status).toBe(405);
  });

  it.each([
    '/../package.json',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
    '/assets/..%2f..%2fpackage.json',
    '/..\\package.json',
    '//etc/passwd',
    '/assets/',
    '/assets/main-3f2a.js/',
    '/__proto__',
    '/%00',
  ])('finds nothing at %s', async (path) => {
    await start();
    expect((await ask(path)).status).toBe(404);
  });

  it('refuses to be called by a name of somebody else', async () => {
    await start();
    const { port } = gateway;
    const strangers = ['evil.example', `evil.example:${port}`, `127.0.0.1:${port}@evil`, '127.0.0.1', 'a b'];
    for (const host of strangers)
      expect([host, (await ask('/', { headers: { Host: host } })).status]).toEqual([host, 421]);
    expect((await ask('/', { headers: { Host: `LOCALHOST:${gateway.port}` } })).status).toBe(401);
  });

  it('goes by its public names where it was given some, and then asks for HTTPS to stay', async () => {
    await start({ publicAuthorities: ['Proxima.example'] });
    expect(gateway.url).toBe('https://proxima.example/');
    const answer = await ask('/', { headers: { Host: 'proxima.example' } });
    expect(answer.status).toBe(401);
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    expect((await ask('/')).status).toBe(421);
  });

  it('tells plain HTTP what it speaks, and survives garbage', async () => {
    await start();
    const talk = async (bytes: string | Buffer) => {
      const socket: Socket = connect(gateway.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(bytes);
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      await once(socket, 'close');
      return answer;
    };
    expect(await talk('GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [^]*HTTPS only/);
    expect(await talk(Buffer.from([0x16, 3, 1, 0, 4, 1, 2, 3, 4]))).not.toContain('HTTP');
    expect((await ask('/')).status).toBe(401);
  });
});

describe('calls', () => {
  function createClient(socket: WebSocket): ContractRouterClient<Contract> {
    return createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }));
  }

  it('answers calls and streams, and ends a stream with its socket', async () => {
    await start();
    const { socket } = dial('/rpc', { cookie: await signIn() });
    const client = createClient(socket);
    expect(await client.app.describe({})).toMatchObject({ runsIn: 'gateway' });
    const events = await client.hosts.watch({});
    expect((await events.next()).value).toMatchObject({ kind: 'page' });
    const stopped = new Promise<void>((resolve) => stopping.push(resolve));
    socket.close();
    await stopped;
  });

  it('keeps errors of the inside for the log', async () => {
    await start();
    const { socket, frames } = dial('/rpc', { cookie: await signIn() });
    const client = createClient(socket);
    await expect(client.app.dismissNotice({ noticeId: 'x' })).rejects.toMatchObject({
      code: 'FAILED',
      defined: true,
      data: { code: 'internal' },
    });
    const events = await client.sessions.watch({});
    await events.next();
    await expect(events.next()).rejects.toMatchObject({ code: 'FAILED', data: { code: 'internal' } });
    await expect(client.hosts.remove({ hostIds: [sessionId] })).rejects.toMatchObject({
      code: 'FAILED',
      data: { code: 'host_unknown' },
    });
    expect(JSON.stringify(frames)).not.toContain('secret of the inside');
    expect(logged.filter((line) => line.includes('secret of the inside'))).toHaveLength(2);
    socket.close();
  });

  it.each([
    ['not JSON', 'nonsense'],
    ['null', 'null'],
    ['an array', '[]'],
    ['nothing in it', '{}'],
    ['no call', '{"i":"1"}'],
    ['a foreign address', '{"i":"1","p":{"u":"https://evil.example/"}}'],
    ['another method', '{"i":"1","p":{"u":"/app/describe","m":"GET"}}'],
    ['headers', '{"i":"1","p":{"u":"/app/describe","h":{"content-type":"multipart/form-data"}}}'],
    ['a stream of the caller', '{"i":"1","t":3,"p":{"e":"message"}}'],
    ['a number as identifier', '{"i":1,"p":{"u":"/app/describe"}}'],
    ['a binary frame', Buffer.from('{"i":"1","p":{"u":"/app/describe"}}')],
  ])('ends a socket that sends %s', async (_what, message) => {
    await start();
    const { socket, closed, frames } = dial('/rpc', { cookie: await signIn() });
    await once(socket, 'open');
    socket.send(message);
    expect(await closed).toEqual({ code: 4400, reason: 'input_invalid' });
    expect(frames).toEqual([]);
  });

  it.each([
    ['an unknown call', '{"i":"1","p":{"u":"/app/explode","b":{}}}'],
    ['a damaged body', '{"i":"1","p":{"u":"/app/describe","b":{"json":{},"meta":7}}}'],
    ['a path of the prototype', '{"i":"1","p":{"u":"/constructor/prototype","b":{}}}'],
  ])('answers %s with one clear code', async (_what, message) => {
    await start();
    const { socket, frames } = dial('/rpc', { cookie: await signIn() });
    await once(socket, 'open');
    socket.send(message);
    await once(socket, 'message');
    expect(frames[0]?.text).toContain('"code":"input_invalid"');
    socket.close();
  });

  it('ends a socket that sends too much', async () => {
    await start();
    const { socket, closed } = dial('/rpc', { cookie: await signIn() });
    await once(socket, 'open');
    socket.send('x'.repeat(1024 * 1024 + 1));
    expect((await closed).code).toBe(1009);
  });
});

describe('who may open a WebSocket', () => {
  it('refuses whoever lacks the cookie, the origin, the name, the path, the subprotocol or the session', async () => {
    await start();
    const cookie = await signIn();
    const protocols = ['guacamole'];
    const refusals = [
      ['/rpc', {}, 401, 'sign_in_needed'],
      ['/rpc', { cookie: '__Host-proxima=guess' }, 401, 'sign_in_needed'],
      ['/rpc', { cookie, origin: 'https://evil.example' }, 403, 'origin_refused'],
      ['/rpc', { cookie, origin: `http://127.0.0.1:${gateway.port}` }, 403, 'origin_refused'],
      ['/rpc', { cookie, origin: '' }, 403, 'origin_refused'],
      ['/rpc', { cookie, origin: 'https://evil.example', host: 'evil.example' }, 403, 'origin_refused'],
      ['/rpc', { cookie, protocols }, 400, 'input_invalid'],
      ['/elsewhere', { cookie }, 404, 'input_invalid'],
      ['/constructor', { cookie }, 404, 'input_invalid'],
      [tunnelPath, { protocols }, 401, 'sign_in_needed'],
      [tunnelPath, { cookie, protocols, origin: 'null' }, 403, 'origin_refused'],
      [tunnelPath, { cookie }, 400, 'input_invalid'],
      [tunnelPath, { cookie, protocols: ['chat'] }, 400, 'input_invalid'],
      ['/websocket-tunnel', { cookie, protocols }, 400, 'input_invalid'],
      ['/websocket-tunnel?session=1', { cookie, protocols }, 400, 'input_invalid'],
    ] as const;
    for (const [path, options, status, code] of refusals) {
      const refused = await dialRefused(path, options as Parameters<typeof dial>[1]);
      expect([path, refused.status, JSON.parse(refused.body)]).toEqual([path, status, { code }]);
    }
  });
});

describe('tunnels', () => {
  it.each([
    ['guacamole', false],
    ['guacamole.binary', true],
  ])('carries %s', async (protocol, binary) => {
    const line = createLine();
    await start(line);
    const { socket, frames, closed } = dial(tunnelPath, {
      cookie: await signIn(),
      protocols: [protocol],
    });
    await once(socket, 'message');
    expect(socket.protocol).toBe(protocol);
    expect(frames).toEqual([{ text: `0.,36.${sessionId};`, binary }]);

    socket.send(binary ? Buffer.from('3.key,2.97,1.1;') : '3.key,2.97,1.1;');
    const ping = '0.,4.ping,13.1700000000000;';
    socket.send(binary ? Buffer.from(ping) : ping);
    await once(socket, 'message');
    expect(frames[1]).toEqual({ text: ping, binary });
    expect(line.received).toEqual(['3.key,2.97,1.1;']);

    await new Promise<void>((resolve) => {
      line.wires[0]?.send(text('4.sync,2.17;4.name,1.ü;'), resolve);
    });
    await once(socket, 'message');
    expect(frames[2]).toEqual({ text: '4.sync,2.17;4.name,1.ü;', binary });

    line.wires[0]?.close(failureOf('host_timeout'));
    expect(await closed).toEqual({ code: 4504, reason: '514 host_timeout' });
    expect(frames[3]?.text).toMatch(/^5\.error,\d+\.The host did not answer in time\.,3\.514;$/);
    expect(line.closes()).toBe(1);
  });

  it('ends without an error where the session ended without one', async () => {
    const line = createLine();
    await start(line);
    const { socket, frames, closed } = dial(tunnelPath, {
      cookie: await signIn(),
      protocols: ['guacamole'],
    });
    await once(socket, 'message');
    line.wires[0]?.close();
    expect(await closed).toEqual({ code: 1000, reason: '' });
    expect(frames).toHaveLength(1);
  });

  it('tells a session that is not there', async () => {
    await start();
    const { frames, closed } = dial(tunnelPath, { cookie: await signIn(), protocols: ['guacamole'] });
    expect(await closed).toEqual({ code: 4404, reason: '516 session_unknown' });
    expect(frames[1]?.text).toContain('3.516;');
  });

  it('tells a failure of the inside as such, and logs it', async () => {
    await start({ attachTunnel: () => Promise.reject(new Error('a secret of the inside')) });
    const { frames, closed } = dial(tunnelPath, { cookie: await signIn(), protocols: ['guacamole'] });
    expect(await closed).toEqual({ code: 4500, reason: '512 internal' });
    expect(JSON.stringify(frames)).not.toContain('secret');
    expect(logged.join('\n')).toContain('a secret of the inside');
  });

  it.each([
    ['a binary frame on text', 'guacamole', Buffer.from('3.nop;'), 4400],
    ['a text frame on binary', 'guacamole.binary', '3.nop;', 4400],
    ['a broken internal instruction', 'guacamole', '0.,4.pi', 4400],
    ['an unknown internal instruction', 'guacamole', '0.,4.quit;', 4400],
    ['too much', 'guacamole', 'x'.repeat(256 * 1024 + 1), 1009],
  ])('ends a tunnel over %s', async (_what, protocol, message, code) => {
    const line = createLine();
    await start(line);
    const { socket, closed } = dial(tunnelPath, { cookie: await signIn(), protocols: [protocol] });
    await once(socket, 'message');
    socket.send(message);
    expect((await closed).code).toBe(code);
    await expect.poll(line.closes).toBe(1);
    expect(line.received).toEqual([]);
  });

  it('ends a tunnel that sends text which is not UTF-8', async () => {
    const line = createLine();
    await start(line);
    const { socket, closed } = dial(tunnelPath, { cookie: await signIn(), protocols: ['guacamole'] });
    await once(socket, 'message');
    socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await closed).code).toBe(1007);
    expect(line.received).toEqual([]);
  });

  it('keeps what was sent before the session listened', async () => {
    let listen: (() => void) | undefined;
    const received: string[] = [];
    await start({
      attachTunnel: async (_sessionId, wire) => {
        await new Promise<void>((resolve) => {
          listen = resolve;
        });
        wire.onMessage((bytes) => received.push(Buffer.from(bytes).toString()));
        return succeed(undefined);
      },
    });
    const { socket } = dial(tunnelPath, { cookie: await signIn(), protocols: ['guacamole'] });
    await once(socket, 'open');
    socket.send('3.nop;');
    await new Promise((resolve) => setTimeout(resolve, 50));
    listen?.();
    await expect.poll(() => received).toEqual(['3.nop;']);
    socket.terminate();
  });

  it('holds one batch for a peer that does not read, and lets go of it when the peer leaves', async () => {
    const line = createLine();
    await start(line);
    const { socket } = dial(tunnelPath, { cookie: await signIn(), protocols: ['guacamole.binary'] });
    await once(socket, 'message');
    socket.pause();
    const wire = line.wires[0] as TunnelWire;
    const batch = new Uint8Array(64 * 1024).fill(0x61);
    let sent = 0;
    let done = 0;
    const pump = () => {
      sent++;
      wire.send(batch, () => {
        done++;
        if (line.closes() === 0) setImmediate(pump);
      });
    };
    globalThis.gc?.();
    const before = process.memoryUsage();
    pump();
    let last = -1;
    while (last !== done) {
      last = done;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const after = process.memoryUsage();
    expect(sent - done).toBe(1);
    // What the kernel holds on both ends of a loopback connection; without back-pressure it would be gigabytes.
    expect(done * batch.length).toBeLessThan(32 * 1024 * 1024);
    expect(after.external + after.heapUsed - before.external - before.heapUsed).toBeLessThan(
      16 * 1024 * 1024,
    );

    socket.terminate();
    await expect.poll(line.closes).toBe(1);
    await expect.poll(() => sent - done).toBe(0);
    const late = new Promise<void>((resolve) => {
      wire.send(batch, resolve);
    });
    await late;
  });

  it('ends a socket whose peer shows no sign of life', async () => {
    const line = createLine();
    await start({ ...line, livenessIntervalMs: 50 });
    const { socket } = dial(tunnelPath, { cookie: await signIn(), protocols: ['guacamole'] });
    await once(socket, 'message');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(line.closes()).toBe(0);
    socket.pause();
    await expect.poll(line.closes).toBe(1);
    socket.terminate();
  });
});

describe('closing', () => {
  it('ends every socket at once, and tells who listens', async () => {
    const line = createLine();
    await start(line);
    const cookie = await signIn();
    const calls = dial('/rpc', { cookie });
    const tunnel = dial(tunnelPath, { cookie, protocols: ['guacamole'] });
    const deaf = dial(tunnelPath, { cookie, protocols: ['guacamole'] });
    const silent = connect(gateway.port, '127.0.0.1');
    silent.on('error', () => undefined);
    await Promise.all([
      once(calls.socket, 'open'),
      once(tunnel.socket, 'message'),
      once(deaf.socket, 'message'),
    ]);
    deaf.socket.pause();
    const startedAt = performance.now();
    await gateway.close();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(await calls.closed).toEqual({ code: 4503, reason: 'broker_stopping' });
    expect((await tunnel.closed).code).toBe(4503);
    deaf.socket.resume();
    await Promise.all([deaf.closed, silent.destroyed ? undefined : once(silent, 'close')]);
    expect(line.closes()).toBe(2);
    await expect(ask('/')).rejects.toThrow('ECONNREFUSED');
  });

  it('says when its address is taken', async () => {
    await start();
    const second = await createGateway({
      listen: { address: '127.0.0.1', port: gateway.port },
      ...certificate,
      rendererFiles,
      router: createRouter(),
      attachTunnel: () => Promise.resolve(fail('session_unknown')),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    expect(second).toMatchObject({ ok: false, failure: { code: 'internal' } });
  });
});
