import { implement } from '@orpc/server';
import { EventEmitter, once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contract } from '../../shared/contract/contract.ts';
import { failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import { portChannel } from '../../shared/contract/portChannel.ts';
import type { ContractRouter } from '../../shared/contract/serveCalls.ts';
import { tunnelCreditBytes, tunnelMessageLimitBytes } from '../../shared/contract/tunnelPort.ts';
import { createOwner } from '../broker/caller.ts';
import type { TunnelWire } from '../broker/ports.ts';
import { type IpcHostOptions, serveIpc } from './ipcHost.ts';
import { asPortMain, ownFrame } from './testPort.ts';

const sessionId = 'b6f3a0f2-5f4d-4b7e-9d0c-0f2f6a1f7c11';

let ipcMain: EventEmitter;
let logged: string[];
let ports: MessagePort[];

beforeEach(() => {
  ipcMain = new EventEmitter();
  logged = [];
  ports = [];
});
afterEach(() => {
  for (const port of ports) port.close();
});

const unreachable = () => Promise.reject(new Error('nobody attaches here'));

function start(
  attachTunnel: (sessionId: string, wire: TunnelWire) => Promise<Result<void>> = unreachable,
): void {
  const os = implement(contract);
  const router = {
    app: {
      describe: os.app.describe.handler(() => ({
        version: '0.1.0',
        runsIn: 'desktop' as const,
        secretStorage: 'none' as const,
        groups: [],
        notices: [],
      })),
    },
  };
  const log = (details: object, text: string) => void logged.push(`${text} ${JSON.stringify(details)}`);
  serveIpc({
    ipcMain: ipcMain as unknown as IpcHostOptions['ipcMain'],
    // Only what these tests call.
    router: router as unknown as ContractRouter,
    caller: { person: () => createOwner('tester') },
    attachTunnel,
    log: { warn: log, error: log },
  });
}

/** What the preload script does. Returns the page's end of the port. */
function send(message: unknown, options: { senderFrame?: object | null; count?: number } = {}): MessagePort {
  const channels = Array.from({ length: options.count ?? 1 }, () => new MessageChannel());
  for (const { port1, port2 } of channels) ports.push(port1, port2);
  const event = {
    senderFrame: options.senderFrame === undefined ? ownFrame : options.senderFrame,
    ports: channels.map(({ port2 }) => asPortMain(port2)),
  };
  ipcMain.emit(portChannel, event, message);
  return channels[0]?.port1 ?? new MessageChannel().port1;
}

describe('who may send a port', () => {
  it.each([
    [
      'another origin',
      { purpose: 'contract' },
      { senderFrame: { ...ownFrame, origin: 'https://evil.example' } },
    ],
    [
      'another host of our scheme',
      { purpose: 'contract' },
      { senderFrame: { ...ownFrame, origin: 'app://evil' } },
    ],
    ['a frame inside', { purpose: 'contract' }, { senderFrame: { ...ownFrame, parent: ownFrame } }],
    ['a detached frame', { purpose: 'contract' }, { senderFrame: { ...ownFrame, detached: true } }],
    [
      'a frame that is gone',
      { purpose: 'contract' },
      { senderFrame: { ...ownFrame, isDestroyed: () => true } },
    ],
    ['no frame', { purpose: 'contract' }, { senderFrame: null }],
    ['no message', undefined, {}],
    ['an unknown purpose', { purpose: 'shell' }, {}],
    ['a tunnel without session', { purpose: 'tunnel' }, {}],
    ['a tunnel to nonsense', { purpose: 'tunnel', sessionId: '../../etc' }, {}],
    ['two ports', { purpose: 'contract' }, { count: 2 }],
  ])('refuses %s', async (_what, message, options) => {
    start();
    const port = send(message, options);
    await once(port, 'close');
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('Refused a message');
  });

  it('survives a message without a port', () => {
    start();
    send({ purpose: 'contract' }, { count: 0 });
    expect(logged).toHaveLength(1);
  });
});

describe('calls', () => {
  it.each([
    ['an object', { i: '1', p: { u: '/app/describe' } }],
    ['nothing', undefined],
  ])('ends a port that sends %s', async (_what, message) => {
    start();
    const port = send({ purpose: 'contract' });
    const answers: unknown[] = [];
    port.on('message', (answer) => answers.push(answer));
    port.postMessage(message);
    port.postMessage('{"i":"1","p":{"u":"/app/describe","b":{"json":{}}}}');
    await once(port, 'close');
    expect(answers).toEqual([]);
  });
});

describe('tunnels', () => {
  async function open() {
    const received: string[] = [];
    const arrived: unknown[] = [];
    let closes = 0;
    let wire: TunnelWire | undefined;
    start((id, given) => {
      expect(id).toBe(sessionId);
      wire = given;
      given.onMessage((bytes) => received.push(Buffer.from(bytes).toString()));
      given.onClose(() => {
        closes++;
      });
      return Promise.resolve(succeed(undefined));
    });
    const port = send({ purpose: 'tunnel', sessionId });
    port.on('message', (message) => arrived.push(message));
    await once(port, 'message');
    expect(Buffer.from(arrived[0] as Uint8Array).toString()).toBe(`0.,36.${sessionId};`);
    return { port, received, arrived, wire: wire as TunnelWire, closes: () => closes };
  }

  const sendAll = (wire: TunnelWire, bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      wire.send(bytes, resolve);
    });
  const bytes = (text: string) => new Uint8Array(Buffer.from(text));

  it('sends a view without the rest of its buffer, and lets the buffer be used again', async () => {
    const { port, arrived, wire } = await open();
    const whole = Buffer.alloc(4096, 'secret of another session;');
    const view = whole.subarray(8, 14);
    view.write('3.nop;');
    await sendAll(wire, view);
    whole.fill(0);
    if (arrived.length < 2) await once(port, 'message');
    const message = arrived[1] as Uint8Array;
    expect(Buffer.from(message).toString()).toBe('3.nop;');
    expect(message.buffer.byteLength).toBe(6);
  });

  it('waits for receipts once the credit is used', async () => {
    const { port, arrived, wire, closes } = await open();
    const batch = new Uint8Array(64 * 1024).fill(0x61);
    let sent = 0;
    let done = 0;
    const pump = () => {
      sent++;
      wire.send(batch, () => {
        done++;
        if (sent < 1000) pump();
      });
    };
    pump();
    await expect.poll(() => sent - done === 1 && arrived.length === sent + 1).toBe(true);
    const held = sent * batch.length;
    expect(held).toBeGreaterThanOrEqual(tunnelCreditBytes);
    expect(held).toBeLessThanOrEqual(tunnelCreditBytes + batch.length);

    port.on('message', (message: Uint8Array) => port.postMessage({ received: message.length }));
    for (const message of arrived as Uint8Array[]) port.postMessage({ received: message.length });
    await expect.poll(() => done).toBe(1000);
    expect(closes()).toBe(0);
  });

  it('lets go of whoever waits when the page leaves', async () => {
    const { port, wire, closes } = await open();
    const waiting = sendAll(wire, new Uint8Array(tunnelCreditBytes));
    port.close();
    await waiting;
    await expect.poll(closes).toBe(1);
    await sendAll(wire, bytes('3.nop;'));
    wire.close(failureOf('host_timeout'));
    expect(closes()).toBe(1);
  });

  it.each([
    ['a failure', failureOf('host_timeout'), { ended: true, failure: { code: 'host_timeout' } }],
    ['nothing', undefined, { ended: true }],
  ])('ends with %s to say', async (_what, failure, message) => {
    const { port, arrived, wire, closes } = await open();
    wire.close(failure);
    await once(port, 'close');
    expect(arrived.at(-1)).toEqual(message);
    await expect.poll(closes).toBe(1);
  });

  it.each([
    ['text', '3.nop;'],
    ['nothing', null],
    ['too many bytes', new Uint8Array(tunnelMessageLimitBytes + 1)],
    ['a receipt for what was never sent', { received: 1_000_000 }],
    ['a receipt for less than nothing', { received: -1 }],
    ['a receipt that is no number', { received: '1' }],
    ['a broken internal instruction', new Uint8Array(Buffer.from('0.,4.pi'))],
  ])('ends a tunnel over %s', async (_what, message) => {
    const { port, arrived, received, closes } = await open();
    port.postMessage(message);
    port.postMessage(bytes('3.nop;'));
    await once(port, 'close');
    expect(arrived.at(-1)).toEqual({ ended: true, failure: { code: 'input_invalid' } });
    await expect.poll(closes).toBe(1);
    expect(received).toEqual([]);
  });
});
