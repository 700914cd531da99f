import fc from 'fast-check';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contract } from '../shared/contract/contract.ts';
import { failureSchema } from '../shared/contract/failure.ts';
import { portChannel } from '../shared/contract/portChannel.ts';
import { startTestGateway, type TestGateway } from './gateway/testGateway.ts';
import { type HostProcess, startHostProcess } from './hostProcess.ts';
import { openKeyedSecrets } from './keyedSecrets.ts';
import { type IpcHostOptions, serveIpc } from './shell/ipcHost.ts';

/** One end of a wire, as text; both wires carry the same messages. */
interface Wire {
  send(text: string): void;
  onText(listener: (text: string) => void): void;
  readonly isOpen: () => boolean;
  close(): void;
}

const ipcMain = new EventEmitter();
let folder: string;
let host: HostProcess;
let gateway: TestGateway;
let cookie: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-contract-'));
  const log = pino({ level: 'silent' });
  host = await startHostProcess({
    version: '0',
    runsIn: 'gateway',
    dataFolder: folder,
    openSecrets: () => openKeyedSecrets(folder, 'a key that is long enough'),
    log,
    administrator: 'tester',
    whatIfWorkerFile: new URL('./whatIf/worker.ts', import.meta.url),
  });
  gateway = await startTestGateway({ router: host.router, attachTunnel: host.attachTunnel });
  serveIpc({
    ipcMain: ipcMain as unknown as IpcHostOptions['ipcMain'],
    router: host.router,
    caller: { person: () => host.owner },
    attachTunnel: host.attachTunnel,
    log,
  });
  cookie = await gateway.signIn();
});

afterAll(async () => {
  await host.close();
  await gateway.gateway.close();
  await rm(folder, { recursive: true });
});

async function openWebSocket(): Promise<Wire> {
  const { socket } = gateway.dial('/rpc', { cookie });
  await once(socket, 'open');
  return {
    send: (text) => socket.send(text),
    onText: (listener) => void socket.on('message', (data: Buffer) => listener(data.toString())),
    isOpen: () => socket.readyState === socket.OPEN,
    close: () => socket.close(),
  };
}

async function openPort(): Promise<Wire> {
  const { port1, port2 } = new MessageChannel();
  const events = new EventEmitter();
  let open = true;
  port1.on('close', () => (open = false));
  port2.on('close', () => events.emit('close'));
  const portMain = Object.assign(events, {
    postMessage: (message: unknown) => port2.postMessage(message),
    start: () => void port2.on('message', (data: unknown) => events.emit('message', { data, ports: [] })),
    close: () => port2.close(),
  });
  const frame = { origin: 'app://proxima', parent: null, detached: false, isDestroyed: () => false };
  ipcMain.emit(
    portChannel,
    { senderFrame: frame, sender: { mainFrame: frame }, ports: [portMain] },
    { purpose: 'contract' },
  );
  return {
    send: (text) => port1.postMessage(text),
    onText: (listener) => void port1.on('message', listener),
    isOpen: () => open,
    close: () => port1.close(),
  };
}

/** Every call of the contract, as its path. */
const paths = Object.entries(contract).flatMap(([room, calls]) =>
  Object.keys(calls).map((call) => `/${room}/${call}`),
);

/** Calls in oRPC's own message form and resolves to the answer's status and body. */
function createCaller(wire: Wire) {
  let last = 0;
  const waiting = new Map<string, (answer: { status: number; body: unknown }) => void>();
  wire.onText((text) => {
    const { i, p } = JSON.parse(text) as { i: string; p: { s?: number; b?: { json?: unknown } } };
    waiting.get(i)?.({ status: p.s ?? 200, body: p.b?.json });
    waiting.delete(i);
  });
  return (path: string, input: unknown) =>
    new Promise<{ status: number; body: unknown }>((resolve) => {
      const id = String(++last);
      waiting.set(id, resolve);
      wire.send(JSON.stringify({ i: id, p: { u: path, b: { json: input } } }));
    });
}

const wires = [
  ['WebSocket', openWebSocket],
  ['MessagePort', openPort],
] as const;

describe.each(wires)('garbage over a %s', (_, openWire) => {
  test('as input of every call gets a failure of the table, and changes nothing that is stored', async () => {
    const wire = await openWire();
    const call = createCaller(wire);
    const before = await readFile(join(folder, 'hosts.ndjson'), 'utf8');
    const garbage = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          hostId: fc.jsonValue(),
          draft: fc.jsonValue(),
          secret: fc.jsonValue(),
          hostIds: fc.jsonValue(),
          sessionId: fc.string(),
          display: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    );
    // Calls without input take any object; what they are given can't matter to them.
    const withInput = paths.filter(
      (path) =>
        !/describe|dismissNotice|watch|history|exportText|\/list|audit|recovery|look|diagnostics|guacdOffer|registry\/sessions/.test(
          path,
        ),
    );
    expect(withInput.length).toBeGreaterThan(8);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...withInput), garbage, async (path, input) => {
        const { status, body } = await call(path, input);
        expect(status).toBeGreaterThanOrEqual(400);
        const { code, data } = body as { code: string; data: unknown };
        expect(code).toBe('FAILED');
        expect(failureSchema.parse(data).code).toMatch(/_unknown$|^input_invalid$/);
      }),
      { numRuns: 300 },
    );
    expect((await call('/app/describe', {})).body).toMatchObject({ version: '0' });
    expect(await readFile(join(folder, 'hosts.ndjson'), 'utf8')).toBe(before);
    wire.close();
  });

  test.each([
    ['nothing', ''],
    ['half of JSON', '{'],
    ['null', 'null'],
    ['an array', '[]'],
    ['no path', '{"i":"1"}'],
    ['a path that climbs', '{"i":"1","p":{"u":"/../../etc/passwd","b":{}}}'],
    ['a prototype', '{"__proto__":{"i":"1"}}'],
    ['zero bytes', '\u0000'.repeat(1000)],
  ])('as the message itself (%s) ends that wire and no other', async (_name, message) => {
    const [bad, good] = await Promise.all([openWire(), openWire()]);
    bad.send(message);
    await expect.poll(() => bad.isOpen()).toBe(false);
    expect((await createCaller(good)('/app/describe', {})).body).toMatchObject({ version: '0' });
    good.close();
  });

  test('unknown calls are refused', async () => {
    const wire = await openWire();
    const { body } = await createCaller(wire)('/hosts/eraseAll', {});
    expect(body).toMatchObject({ code: 'FAILED', data: { code: 'input_invalid' } });
    wire.close();
  });
});
