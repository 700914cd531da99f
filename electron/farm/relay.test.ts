import { once } from 'node:events';
import { createServer as createPlainServer } from 'node:net';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { succeed } from '../../shared/contract/failure.ts';
import type { TunnelWire } from '../broker/ports.ts';
import { createTestLine, page, tunnelPath } from '../gateway/testGateway.ts';
import type { NodeDocument } from './nodeDocument.ts';
import { createRelayPasses } from './relayPass.ts';
import {
  createTestFarm,
  issueForNode,
  publicName,
  startTestNode,
  type TestFarm,
  type TestNodeOptions,
} from './testNode.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function startNode(farm: TestFarm, route: string, options?: TestNodeOptions) {
  const node = await startTestNode(farm, route, options);
  closers.push(() => node.stop());
  return node;
}

async function startTwo(options: TestNodeOptions = {}) {
  const farm = createTestFarm();
  const hosta = await startNode(farm, 'hosta', options);
  const hostb = await startNode(farm, 'hostb');
  const cookie = await hosta.signInAs('anna');
  return { farm, hosta, hostb, cookie };
}

const asBrowser = (cookie: string, more: Record<string, string> = {}) => ({
  headers: { Host: publicName, Cookie: cookie, ...more },
});
const asPage = (cookie: string) => ({
  cookie,
  host: publicName,
  origin: `https://${publicName}`,
  protocols: ['guacamole.binary'],
});

/** Something that listens in the place of a node. */
async function listenAs(
  farm: TestFarm,
  route: string,
  server: ReturnType<typeof createPlainServer>,
  certificatePem: string,
) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.close();
    if ('closeAllConnections' in server)
      (server as unknown as { closeAllConnections(): void }).closeAllConnections();
  });
  const document: NodeDocument = {
    version: 1,
    route,
    instance: '00000000-0000-4000-8000-000000000001',
    software: '0',
    address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificatePem,
    startedAt: 0,
    isDraining: false,
    people: 0,
    sessions: 0,
  };
  await farm.nodes.putAll(new Map([[route, document]]));
}

test('a request is answered by the node that its cookie names, whichever it comes to', async () => {
  const { hosta, hostb, cookie } = await startTwo();
  const own = await hosta.ask('/', asBrowser(cookie));
  expect([own.status, own.headers['proxima-served-by']]).toEqual([200, 'hosta; own']);
  const relayed = await hostb.ask('/', asBrowser(cookie));
  expect([relayed.status, relayed.body]).toEqual([200, page]);
  expect(relayed.headers['proxima-served-by']).toBe('hosta; relayed');
  expect(relayed.headers['set-cookie']).toBeUndefined();
});

test('where that node is gone, another takes over with a cookie of its own, and nobody signs in again', async () => {
  const { hosta, hostb, cookie } = await startTwo();
  await hosta.kill();
  const taken = await hostb.ask('/', asBrowser(cookie));
  expect([taken.status, taken.body]).toEqual([200, page]);
  expect(taken.headers['proxima-served-by']).toBe('hostb; taken-over');
  const [rewritten = ''] = taken.headers['set-cookie'] ?? [];
  expect(rewritten).toContain(`${cookie.replace(/\.hosta$/, '')}.hostb;`);
  const own = await hostb.ask('/', asBrowser(rewritten.split(';')[0] ?? ''));
  expect(own.headers['proxima-served-by']).toBe('hostb; own');
});

test('nothing is relayed for strangers, and nothing is told of other nodes', async () => {
  const { hosta, hostb } = await startTwo();
  const before = hosta.logged.length;
  const answer = await hostb.ask('/', asBrowser(`__Host-proxima=${'A'.repeat(43)}.hosta`));
  expect([answer.status, answer.headers['proxima-served-by']]).toEqual([401, 'hostb; own']);
  expect(hosta.logged).toHaveLength(before);
});

test('a form is relayed with its body', async () => {
  const { hostb, cookie } = await startTwo();
  const answer = await hostb.ask('/sign-in', {
    method: 'POST',
    headers: { ...asBrowser(cookie).headers, 'Content-Type': 'text/plain' },
    body: 'x'.repeat(1000),
  });
  expect(answer.headers['proxima-served-by']).toBe('hosta; relayed');
  expect(answer.status).toBeGreaterThanOrEqual(400);
});

test('two nodes that each take the other for the owner do not send a request round and round', async () => {
  const { farm, hosta, hostb, cookie } = await startTwo();
  // A third route that both believe to be the other node.
  const [a, b] = [farm.nodes.all().get('hosta'), farm.nodes.all().get('hostb')];
  if (!a || !b) throw new Error('no nodes');
  const lost = cookie.replace(/hosta$/, 'hostc');
  await farm.nodes.putAll(new Map([['hostc', { ...b, route: 'hostc' }]]));
  const answer = await hosta.ask('/', asBrowser(lost));
  expect(answer.status).toBe(200);
  // The pass was written for hostc, which hostb isn't: it serves by itself rather than relay again.
  expect(answer.headers['proxima-served-by']).toBe('hostc; relayed');
  expect(hostb.gateway.port).not.toBe(hosta.gateway.port);
});

test('a forged pass says nothing of who asks, and keeps the request from being relayed', async () => {
  const { hosta, hostb, cookie } = await startTwo();
  const foreign = createRelayPasses('another key altogether', 'hosta', Date.now);
  const peer = { address: '203.0.113.9', host: 'evil.example', isEncrypted: true, requestId: 'forged-by-me' };
  for (const pass of [foreign.write('hostb', { method: 'GET', url: '/' }, peer), 'x', 'x.y', 'e30.e30']) {
    const answer = await hostb.ask('/', asBrowser(cookie, { 'Proxima-Relay': pass }));
    expect(answer.headers['proxima-served-by']).toBe('hostb; taken-over');
    expect(answer.headers['x-request-id']).not.toBe('forged-by-me');
  }
  const elsewhere = await hosta.ask('/', {
    headers: {
      Host: 'evil.example',
      Cookie: cookie,
      'Proxima-Relay': foreign.write('hosta', { method: 'GET', url: '/' }, peer),
    },
  });
  expect(elsewhere.status).toBe(421);
});

test('a pass is good for its own request and time only', () => {
  let now = 1_000_000;
  const passes = createRelayPasses('the key of this farm', 'hosta', () => now);
  const reader = createRelayPasses('the key of this farm', 'hostb', () => now);
  const peer = { address: '192.0.2.1', host: publicName, isEncrypted: true, requestId: 'request-1' };
  const request = { method: 'GET', url: '/' };
  const pass = passes.write('hostb', request, peer);
  expect(reader.read(pass, request)).toEqual(peer);
  expect(reader.read(pass, { method: 'POST', url: '/' })).toBeUndefined();
  expect(reader.read(pass, { method: 'GET', url: '/rpc' })).toBeUndefined();
  expect(passes.read(pass, request)).toBeUndefined();
  expect(reader.read(`${pass}A`, request)).toBeUndefined();
  now += 121_000;
  expect(reader.read(pass, request)).toBeUndefined();
});

test('a node with another certificate than it told of is sent nothing, and counts as gone', async () => {
  const farm = createTestFarm();
  const hostb = await startNode(farm, 'hostb');
  const cookie = (await hostb.signInAs('anna')).replace(/hostb$/, 'hosta');
  const [shown, told] = [await issueForNode(), await issueForNode()];
  let asked = 0;
  const impostor = createServer(
    { key: shown.privateKeyPem, cert: shown.certificatePem },
    (_request, response) => {
      asked += 1;
      response.end('stolen');
    },
  );
  await listenAs(farm, 'hosta', impostor, told.certificatePem);
  const answer = await hostb.ask('/', asBrowser(cookie));
  expect([answer.body, answer.headers['proxima-served-by']]).toEqual([page, 'hostb; taken-over']);
  expect(asked).toBe(0);
});

test('a node that hangs counts as gone after a moment, and is not asked again at once', async () => {
  const farm = createTestFarm();
  const hostb = await startNode(farm, 'hostb');
  const cookie = (await hostb.signInAs('anna')).replace(/hostb$/, 'hosta');
  const { certificatePem } = await issueForNode();
  let connections = 0;
  const mute = createPlainServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    closers.push(async () => socket.destroy());
  });
  await listenAs(farm, 'hosta', mute, certificatePem);
  const startedAt = performance.now();
  const first = await hostb.ask('/', asBrowser(cookie));
  expect(first.headers['proxima-served-by']).toBe('hostb; taken-over');
  expect(performance.now() - startedAt).toBeLessThan(4_000);
  await hostb.ask('/', asBrowser(cookie));
  expect(connections).toBe(1);
});

test('a node that takes a request and never answers it is left after its time', async () => {
  const farm = createTestFarm();
  const hostb = await startNode(farm, 'hostb', { timings: { answerMs: 200, idleMs: 200 } });
  const cookie = (await hostb.signInAs('anna')).replace(/hostb$/, 'hosta');
  const shown = await issueForNode();
  const silent = createServer({ key: shown.privateKeyPem, cert: shown.certificatePem }, () => undefined);
  await listenAs(farm, 'hosta', silent, shown.certificatePem);
  const page200 = await hostb.ask('/', asBrowser(cookie));
  expect(page200.headers['proxima-served-by']).toBe('hostb; taken-over');
  await farm.nodes.removeAll(['hosta']);
});

test('a form that may have been taken is not sent twice', async () => {
  const farm = createTestFarm();
  const hostb = await startNode(farm, 'hostb', { timings: { answerMs: 200, idleMs: 200 } });
  const cookie = (await hostb.signInAs('anna')).replace(/hostb$/, 'hosta');
  const shown = await issueForNode();
  const silent = createServer({ key: shown.privateKeyPem, cert: shown.certificatePem }, () => undefined);
  await listenAs(farm, 'hosta', silent, shown.certificatePem);
  const answer = await hostb.ask('/sign-in', { method: 'POST', ...asBrowser(cookie), body: 'name=anna' });
  expect(answer.status).toBe(502);
});

test('a tunnel is relayed with its frames in both directions, and is cut when its node goes', async () => {
  const line = createTestLine();
  const { farm, hostb, cookie } = await startTwo({ attachTunnel: line.attachTunnel });
  const { socket, frames, closed } = hostb.dial(tunnelPath, asPage(cookie));
  let servedBy: unknown;
  socket.on('upgrade', ({ headers }) => (servedBy = headers['proxima-served-by']));
  await once(socket, 'open');
  expect([servedBy, socket.protocol]).toEqual(['hosta; relayed', 'guacamole.binary']);
  await vi.waitFor(() => expect(line.wires).toHaveLength(1));
  line.wires[0]?.send(Buffer.from('4.sync,1.1;'), () => undefined);
  await vi.waitFor(() => expect(frames.at(-1)?.text).toBe('4.sync,1.1;'));
  socket.send(Buffer.from('3.key,2.97,1.1;'));
  await vi.waitFor(() => expect(line.received).toEqual(['3.key,2.97,1.1;']));
  await farm.nodes.removeAll(['hosta']);
  expect((await closed).code).toBe(1006);
});

test('a slow browser holds the far node back', async () => {
  const wires: TunnelWire[] = [];
  const { hostb, cookie } = await startTwo({
    attachTunnel: (_id, wire) => {
      wires.push(wire);
      return Promise.resolve(succeed(undefined));
    },
  });
  const { socket, frames } = hostb.dial(tunnelPath, asPage(cookie));
  await once(socket, 'open');
  await vi.waitFor(() => expect(wires).toHaveLength(1));
  socket.pause();
  const piece = Buffer.from(`4.blob,1.1,60000.${'A'.repeat(60_000)};`);
  let taken = 0;
  const pour = () => {
    if (taken >= 1000) return;
    taken += 1;
    wires[0]?.send(piece, pour);
  };
  pour();
  await new Promise((resolve) => setTimeout(resolve, 500));
  // Socket buffers of four hops on loopback; 1000 pieces would be 60 MB.
  expect(taken).toBeLessThan(500);
  const held = taken;
  socket.resume();
  await vi.waitFor(() => expect(taken).toBeGreaterThan(held + 50));
  expect(frames.length).toBeGreaterThan(0);
});

test('a WebSocket of a page on another site is refused here, before anything is relayed', async () => {
  const { hosta, hostb, cookie } = await startTwo();
  const before = hosta.logged.length;
  const refused = await hostb.dialRefused(tunnelPath, { ...asPage(cookie), origin: 'https://evil.example' });
  expect(refused.status).toBe(403);
  expect(hosta.logged).toHaveLength(before);
});

test('a refusal of the far node reaches the browser', async () => {
  const { hostb, cookie } = await startTwo();
  const refused = await hostb.dialRefused('/websocket-tunnel?session=nonsense', asPage(cookie));
  expect([refused.status, JSON.parse(refused.body)]).toMatchObject([400, { code: 'input_invalid' }]);
});

test('a draining node lets others answer, who take its people over', async () => {
  const { hosta, hostb, cookie } = await startTwo();
  const window = hosta.dial('/rpc', { ...asPage(cookie), protocols: [] });
  await once(window.socket, 'open');
  hosta.drain.begin();
  expect(await window.closed).toEqual({ code: 4503, reason: 'node_draining' });
  const moved = await hosta.ask('/', asBrowser(cookie));
  expect([moved.status, moved.headers['proxima-served-by']]).toEqual([200, 'hostb; relayed']);
  expect(moved.headers['set-cookie']?.[0]).toContain('.hostb;');
  const newcomer = await hosta.ask('/', { headers: { Host: publicName } });
  expect([newcomer.status, newcomer.headers['proxima-served-by']]).toEqual([401, 'hostb; relayed']);
  await vi.waitFor(() => expect(hostb.directory.find('hosta')?.isDraining).toBe(true));
  const direct = await hostb.ask('/', asBrowser(cookie));
  expect(direct.headers['proxima-served-by']).toBe('hostb; taken-over');
});

test('an order to drain reaches the node, from whichever it was given', async () => {
  const { hosta, hostb } = await startTwo();
  await hostb.directory.drain('hosta', 'admin');
  await vi.waitFor(() => expect(hosta.drain.isDraining()).toBe(true));
  expect(await hostb.directory.drain('nowhere', 'admin')).toMatchObject({ ok: false });
});
