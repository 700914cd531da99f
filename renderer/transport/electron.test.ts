import { createORPCClient } from '@orpc/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { portChannel } from '../../shared/contract/portChannel.ts';
import { portRequestSchema } from '../../shared/contract/tunnelPort.ts';
import { openElectronWire } from './electron.ts';
import type { ContractClient } from './hostConnection.ts';

const sessionId = '00000000-0000-4000-8000-000000000010';
const bytesOf = (text: string) => new TextEncoder().encode(text);

let requested:
  | { readonly message: Record<string, unknown>; readonly origin: string; readonly port: MessagePort }
  | undefined;
let left: AbortController;

beforeEach(() => {
  left = new AbortController();
  vi.stubGlobal('location', { origin: 'proxima://app' });
  vi.stubGlobal('window', {
    postMessage(message: Record<string, unknown>, origin: string, [port]: [MessagePort]) {
      requested = { message, origin, port };
    },
  });
});
afterEach(() => {
  left.abort();
  requested?.port.close();
  vi.unstubAllGlobals();
});

function openTunnel() {
  const tunnel = openElectronWire().openTunnel(sessionId, left.signal);
  const received: string[] = [];
  tunnel.onMessage((bytes) => {
    received.push(new TextDecoder().decode(bytes));
    // As a display does, which gives the memory to its worker.
    structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] });
  });
  const port = requested?.port;
  if (port === undefined) throw new Error('no port was handed over');
  const heard: unknown[] = [];
  port.addEventListener('message', ({ data }: MessageEvent<unknown>) => heard.push(data));
  port.start();
  return { received, port, heard };
}

test('asks for the tunnel of the session as the contract says', () => {
  openTunnel();
  const { type, ...request } = requested?.message ?? {};
  expect(type).toBe(portChannel);
  expect(requested?.origin).toBe('proxima://app');
  expect(portRequestSchema.parse(request)).toEqual({ purpose: 'tunnel', sessionId });
});

test('receipts every byte it has handled, also where their memory was handed on', async () => {
  const { received, port, heard } = openTunnel();
  port.postMessage(bytesOf('4.sync,1.1;'));
  port.postMessage(bytesOf('3.nop;'));
  await vi.waitFor(() => expect(heard).toEqual([{ received: 11 }, { received: 6 }]));
  expect(received).toEqual(['4.sync,1.1;', '3.nop;']);
});

test('a contract whose port was closed here is closed, and its streams end', async () => {
  // Browsers tell a close to the far end only; Node tells it to both.
  vi.stubGlobal(
    'MessageChannel',
    class extends MessageChannel {
      constructor() {
        super();
        this.port1.close = () => undefined;
      }
    },
  );
  const line = openElectronWire().openContract();
  const client: ContractClient = createORPCClient(line.link);
  const stream = client.sessions.watch({});
  await new Promise((resolve) => {
    requested?.port.addEventListener('message', resolve, { once: true });
    requested?.port.start();
  });
  line.close();
  await line.closed;
  await expect(stream).rejects.toThrow();
});
