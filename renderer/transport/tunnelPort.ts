import type { Failure } from '../../shared/contract/failure.ts';

/**
 * The renderer's end of a tunnel: the byte stream of one session, whatever wire it runs on. It is open from the start; what is
 * sent before the other side is ready is kept. Abort the signal it was opened with to close it.
 */
export interface TunnelPort {
  /** Sends whole Guacamole instructions; does nothing once the port is closed. */
  send(instructions: string): void;
  /**
   * Bytes of Guacamole instructions in order, UTF-8; a message may end anywhere. Their memory is the listener's, to hand on as it
   * likes. Set once, before anything is awaited.
   */
  onMessage(listener: (bytes: Uint8Array) => void): void;
  /** Called once when the other side closes, with what it said about why; never after an abort. */
  onClose(listener: (failure?: Failure) => void): void;
}
