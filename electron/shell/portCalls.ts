import type { MessagePortMain } from 'electron';
import type { Failure } from '../../shared/contract/failure.ts';
import type { CallWire } from '../../shared/contract/serveCalls.ts';
import type { TunnelPortEnd } from '../../shared/contract/tunnelPort.ts';

export interface PortCalls extends CallWire {
  /** Says why, and closes the port. */
  end(failure: Failure): void;
}

/** The longest call: 10,000 identifiers, or a private key with its host. */
const callLimitCharacters = 1024 * 1024;

/** A MessagePort as a wire of the contract: text messages only. */
export function createPortCalls(port: MessagePortMain): PortCalls {
  let isRefused = false;
  const refuse = () => {
    isRefused = true;
    port.close();
  };
  return {
    send(text) {
      if (!isRefused) port.postMessage(text);
      // A stream that always has more would keep the close of its own port from being seen.
      return new Promise((resolve) => {
        setImmediate(resolve);
      });
    },
    onText(listener) {
      port.on('message', ({ data }: { data: unknown }) => {
        if (isRefused) return;
        if (typeof data === 'string' && data.length <= callLimitCharacters) listener(data);
        else refuse();
      });
      port.start();
    },
    onClose: (listener) => void port.once('close', listener),
    refuse,
    end(failure) {
      if (!isRefused) port.postMessage({ ended: true, failure } satisfies TunnelPortEnd);
      refuse();
    },
  };
}
