import type { TunnelWire } from '../broker/ports.ts';
import type { GatewayObserver } from './observer.ts';

/** The same tunnel, whose bytes are counted from its opening to its end. */
export function countWire(wire: TunnelWire, observer: GatewayObserver): TunnelWire {
  observer.tunnelOpened();
  wire.onClose(() => observer.tunnelClosed());
  return {
    ...wire,
    send(bytes, done) {
      observer.relayed('from-host', bytes.byteLength);
      wire.send(bytes, done);
    },
    onMessage: (listener) =>
      wire.onMessage((bytes) => {
        observer.relayed('to-host', bytes.byteLength);
        listener(bytes);
      }),
  };
}
