import { decodeInstructions, encodeInstruction, tunnelOpcode } from '../guacamole/instruction.ts';

// What the two ends of a tunnel tell each other, in instructions with an opcode of length 0, as Tunnel and WebSocketTunnel of
// guacamole-common-js know them. None of it reaches a session manager.

/** The first instruction of a tunnel to a client: its identifier. */
export const encodeTunnelGreeting = (sessionId: string) => encodeInstruction([tunnelOpcode, sessionId]);

/** Whether a client's message is for the tunnel itself. */
export const isForTunnel = (bytes: Uint8Array) => bytes[0] === 0x30 && bytes[1] === 0x2e;

/** The one thing that clients say to the tunnel; they expect the same back. */
export function isTunnelPing(text: string): boolean {
  const [instruction, ...more] = decodeInstructions(text) ?? [];
  const [opcode, kind, ...rest] = instruction ?? [];
  return opcode === tunnelOpcode && kind === 'ping' && rest.length === 1 && more.length === 0;
}
