import { encodeInstruction } from '../../shared/guacamole/instruction.ts';
import type { TunnelWire } from './ports.ts';

/** Clients give up on a tunnel that says nothing for 15 s. */
const nopIntervalMs = 5_000;
const nop = new TextEncoder().encode(encodeInstruction(['nop']));

/**
 * Keeps a tunnel alive that is there before its session: a window makes it while the session is being opened, so that nobody waits
 * for the one after the other. Resolves once `opened` has settled, or the tunnel is gone: then to `false`.
 */
export function keepUntil(opened: Promise<void>, wire: TunnelWire): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setInterval(() => wire.send(nop, () => undefined), nopIntervalMs);
    const settle = (isThere: boolean) => {
      clearInterval(timer);
      resolve(isThere);
    };
    wire.onClose(() => settle(false));
    void opened.then(() => settle(true));
  });
}
