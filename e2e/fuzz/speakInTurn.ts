import type { Socket } from 'node:net';

const answerWaitMs = 40;
const semicolon = 0x3b;

/** Where a client of the gate waits for an answer: behind what it selects, and behind its `connect`. */
function findTurns(bytes: Buffer): readonly number[] {
  const behind = (from: number) => (from < 0 ? 0 : bytes.indexOf(semicolon, from) + 1);
  const select = behind(0);
  return [select, behind(bytes.indexOf('7.connect', select))].filter((turn) => turn > 0);
}

/** Says the bytes, and waits for an answer where a client does: the gate takes nothing that comes too early. @returns the rest. */
export async function speakInTurn(socket: Socket, bytes: Buffer): Promise<Buffer> {
  let from = 0;
  for (const turn of findTurns(bytes)) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(answered, answerWaitMs);
      function answered() {
        clearTimeout(timer);
        socket.off('data', answered).off('close', answered);
        resolve();
      }
      socket.once('data', answered).once('close', answered);
      socket.write(bytes.subarray(from, turn));
    });
    from = turn;
  }
  return bytes.subarray(from);
}
