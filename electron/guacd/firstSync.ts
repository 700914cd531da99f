import { failureOf, failureOfGuacamoleStatus, type Failure } from '../../shared/contract/failure.ts';
import { decodeInstructions } from '../../shared/guacamole/instruction.ts';
import type { Channel } from './channel.ts';

/** No first picture is as large. */
const heldLimitBytes = 64 * 1024 * 1024;

/**
 * Waits until the host really shows something: the first `sync`, or `required` where the manager wants a credential. `ready`
 * alone says nothing about the host.
 *
 * Resolves to what was in the way, or to `undefined`: then the channel is paused, and its buffer holds all that came since
 * `ready`. After a failure the channel is closed.
 */
export function awaitFirstSync(
  { socket, buffer }: Channel,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    let isSettled = false;
    let isHeard = false;
    const timer = setTimeout(
      () => giveUp(failureOf(isHeard ? 'host_timeout' : 'manager_silent')),
      deadlineMs,
    );
    const abort = () => giveUp(failureOf('session_closed'));
    signal.addEventListener('abort', abort);

    function stopWaiting() {
      isSettled = true;
      clearTimeout(timer);
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
      else if (opcode === 'sync' || opcode === 'required') {
        stopWaiting();
        socket.pause();
        resolve(undefined);
      }
    }
    function scanHeld() {
      for (let known = -1; !isSettled;) {
        const whole = buffer.scan(visit);
        if (whole === undefined) return giveUp(failureOf('manager_protocol_error'));
        if (whole.length === known) break;
        known = whole.length;
      }
      if (buffer.size > heldLimitBytes) giveUp(failureOf('manager_protocol_error', 'no first picture'));
    }

    socket.listen({
      onBytes(bytes) {
        isHeard = true;
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
