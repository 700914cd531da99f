import { EventEmitter } from 'node:events';
import type { MessagePort } from 'node:worker_threads';

/** The main frame of a window that shows our page. */
export const ownFrame = { origin: 'app://proxima', parent: null, detached: false, isDestroyed: () => false };

/** A real port of Node in the shape of Electron's MessagePortMain: its messages come as events. */
export function asPortMain(port: MessagePort) {
  const events = new EventEmitter();
  port.on('close', () => events.emit('close'));
  return Object.assign(events, {
    postMessage: (message: unknown) => port.postMessage(message),
    start: () => void port.on('message', (data: unknown) => events.emit('message', { data, ports: [] })),
    close: () => port.close(),
  });
}
