import { failureOf, failureOfGuacamoleStatus, type Failure } from '../../shared/contract/failure.ts';
import { decodeInstructions, encodeInstruction } from '../../shared/guacamole/instruction.ts';
import type { Channel } from './channel.ts';
import { nop } from './keepAlive.ts';

/** No first picture is as large. */
const heldLimitBytes = 64 * 1024 * 1024;

const promptAnswerLimit = 16;

/** A joined session that pauses this long has sent its whole picture. */
const replayPauseMs = 40;

/**
 * Waits until the host really shows something: the first `sync`, or `required` where the manager wants a credential. `ready`
 * alone says nothing about the host.
 *
 * Resolves to what was in the way, or to `undefined`: then the channel is paused, and its buffer holds all that came since
 * `ready`. After a failure the channel is closed.
 *
 * @param knownTimestamp of the latest `sync` of a session that was joined. guacd replays the picture at once and says `sync`
 *   only with the next frame, up to a second later: this one then stands in for it, so that the client draws.
 */
export function awaitFirstSync(
  { socket, buffer }: Channel,
  deadlineMs: number,
  signal: AbortSignal,
  knownTimestamp?: number,
): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    let isSettled = false;
    let isHeard = false;
    let isReplaying = false;
    let replayTimer: NodeJS.Timeout | undefined;
    let promptAnswers = promptAnswerLimit;
    const timer = setTimeout(
      () => giveUp(failureOf(isHeard ? 'host_timeout' : 'manager_silent')),
      deadlineMs,
    );
    const abort = () => giveUp(failureOf('session_closed'));
    signal.addEventListener('abort', abort);

    function stopWaiting() {
      isSettled = true;
      clearTimeout(timer);
      clearTimeout(replayTimer);
      signal.removeEventListener('abort', abort);
    }
    function giveUp(failure: Failure) {
      if (isSettled) return;
      stopWaiting();
      socket.close();
      void socket.closed.then(() => resolve(failure));
    }
    function visit(opcode: string, instruction: Uint8Array) {
      if (isSettled) return;
      if (opcode === 'error') giveUp(readError(instruction));
      else if (opcode === 'disconnect') giveUp(failureOf('host_session_ended'));
      else if (opcode === 'sync' || opcode === 'required') succeed();
      else if (opcode === 'size') isReplaying = knownTimestamp !== undefined;
    }
    function succeed() {
      stopWaiting();
      socket.pause();
      resolve(undefined);
    }
    function standIn() {
      if (buffer.scan(visit)?.length !== buffer.size) return;
      buffer.append(Buffer.from(encodeInstruction(['sync', String(knownTimestamp)])));
      succeed();
    }
    function scanHeld() {
      for (let known = -1; !isSettled;) {
        const whole = buffer.scan(visit);
        if (whole === undefined) return giveUp(failureOf('manager_protocol_error'));
        if (whole.length === known) break;
        known = whole.length;
      }
      if (buffer.size > heldLimitBytes) giveUp(failureOf('manager_protocol_error', 'no first picture'));
      clearTimeout(replayTimer);
      if (isReplaying && !isSettled) replayTimer = setTimeout(standIn, replayPauseMs);
    }

    socket.listen({
      onBytes(bytes) {
        isHeard = true;
        // Answering at once carries the ACK that guacd's Nagle algorithm waits for: 40 ms less to the first picture.
        if (!isSettled && promptAnswers-- > 0) socket.write(nop);
        // Bytes may arrive for a while after a pause: whoever comes next finds them in the buffer too.
        buffer.append(bytes);
        if (!isSettled) scanHeld();
      },
      onEnd: (failure) => giveUp(failure ?? failureOf('manager_closed')),
    });
    scanHeld();
    if (signal.aborted) abort();
  });
}

/** What an `error` instruction means. */
export function readError(instruction: Uint8Array): Failure {
  const [error] = decodeInstructions(Buffer.from(instruction).toString()) ?? [];
  return failureOfGuacamoleStatus(Number(error?.[2]), error?.[1]);
}
