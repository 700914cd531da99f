import { decodeInstructions, encodeInstruction } from '../../shared/guacamole/instruction.ts';
import type { TunnelWire } from '../broker/ports.ts';

/** Anything shorter than `4.size,1.0,1.0;`, or without this in it, asks for no size. */
const sizeOpcode = Buffer.from('4.size,');

/**
 * The wire of somebody who looks at another's session: their window has a size of its own, and the host's screen must not
 * follow it. All else of what they send is passed on.
 */
export function asGuestWire(wire: TunnelWire): TunnelWire {
  return {
    send: (bytes, done) => wire.send(bytes, done),
    onMessage: (listener) =>
      wire.onMessage((bytes) => {
        const kept = withoutSize(bytes);
        if (kept.length > 0) listener(kept);
      }),
    onClose: (listener) => wire.onClose(listener),
    close: (failure) => wire.close(failure),
  };
}

/** What isn't whole instructions stays as it is: the relay refuses it. */
function withoutSize(bytes: Uint8Array): Uint8Array {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!message.includes(sizeOpcode)) return bytes;
  const instructions = decodeInstructions(message.toString());
  if (!instructions) return bytes;
  return Buffer.from(
    instructions
      .filter(([opcode]) => opcode !== 'size')
      .map(encodeInstruction)
      .join(''),
  );
}
