import { once } from 'node:events';
import { WebSocket } from 'ws';
import { decodeInstructions, encodeInstruction } from '../shared/guacamole/instruction.ts';

/** A person who draws nothing, but acknowledges every frame. */
export interface SoakSession {
  readonly readBytes: number;
  /** Types a line and Enter. */
  typeLine(line: string): void;
  /** Presses one key. Resolves with the ms until the frame that first shows a change is whole, or `undefined` after a second. */
  pressKey(keysym: number): Promise<number | undefined>;
  close(): void;
}

export const enter = 0xff0d;
export const backspace = 0xff08;
const answerMs = 1_000;
const syncOpcode = '4.sync,';
/** A frame of these alone shows no change. */
const silentOpcodes: ReadonlySet<string> = new Set(['', 'sync', 'nop', 'mouse', 'cursor', 'ack']);

/** Looks into instructions only where somebody waits for the answer to a key: what floods is searched for its last `sync`. */
export async function openSoakSession(
  address: string,
  headers: Readonly<Record<string, string>>,
): Promise<SoakSession> {
  const socket = new WebSocket(address, 'guacamole.binary', { rejectUnauthorized: false, headers });
  let readBytes = 0;
  let isChanged = false;
  let answer: (() => void) | undefined;
  let hear: () => void = () => {};
  const heard = new Promise<void>((resolve) => (hear = resolve));
  socket.on('error', () => socket.terminate());
  // Each message is whole instructions.
  socket.on('message', (data: Buffer) => {
    readBytes += data.length;
    const start = data.lastIndexOf(syncOpcode);
    if (start >= 0) {
      socket.send(data.subarray(start, data.indexOf(';', start) + 1), { binary: true });
      hear();
    }
    if (!answer) return;
    for (const [opcode] of decodeInstructions(data.toString()) ?? []) {
      if (opcode !== 'sync') isChanged ||= !silentOpcodes.has(opcode);
      else if (isChanged) answer?.();
    }
  });
  const closed = once(socket, 'close').then(() => {
    throw new Error('the tunnel was closed before its first frame');
  });
  closed.catch(() => {});
  await Promise.race([heard, closed]);

  function press(keysym: number) {
    const key = ['1', '0'].map((state) => encodeInstruction(['key', String(keysym), state]));
    if (socket.readyState === socket.OPEN) socket.send(Buffer.from(key.join('')), { binary: true });
  }
  return {
    get readBytes() {
      return readBytes;
    },
    typeLine(line) {
      for (const keysym of [...Buffer.from(line, 'latin1'), enter]) press(keysym);
    },
    pressKey(keysym) {
      return new Promise((resolve) => {
        const startedAt = performance.now();
        const settle = (took: number | undefined) => {
          clearTimeout(timer);
          answer = undefined;
          resolve(took);
        };
        const timer = setTimeout(() => settle(undefined), answerMs);
        isChanged = false;
        answer = () => settle(performance.now() - startedAt);
        press(keysym);
      });
    },
    close: () => socket.terminate(),
  };
}
