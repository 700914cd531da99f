import { fail, failureOf, type Failure, type Result } from '../../shared/contract/failure.ts';
import { beginHandshake, type Handshake } from '../../shared/guacamole/handshake.ts';
import { decodeInstructions, encodeInstruction } from '../../shared/guacamole/instruction.ts';
import { InstructionBuffer } from './instructionBuffer.ts';
import type { ManagerSocket } from './socket.ts';

/** The cheapest plug-in to ask; one of RDP may hang for ever after a `select` that leads nowhere. */
const request = { select: 'telnet', parameters: {}, display: { width: 1, height: 1, dpi: 96 }, userName: '' };

/** Ends what the `select` has started; a plain close would leave a process of guacd behind for 15 s. */
const farewell = encodeInstruction(['connect']);

/**
 * Asks a session manager on a socket on which nothing was said yet which version of the protocol it speaks, by the arguments of
 * its Telnet plug-in, and closes the socket. Costs guacd a process for 50 ms and a line of error in its log: not for every probe.
 *
 * @returns such as `1.5.0`; `manager_silent` where it doesn't answer, as guacd without the plug-in.
 */
export async function askVersion(
  socket: ManagerSocket,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Result<string>> {
  const handshake = beginHandshake(request);
  const buffer = new InstructionBuffer(['args', 'error', 'disconnect']);
  const answer = await new Promise<Result<string>>((resolve) => {
    const giveUp = (failure: Failure) => resolve({ ok: false, failure });
    const timer = setTimeout(() => giveUp(failureOf('manager_silent')), timeoutMs);
    const abort = () => giveUp(failureOf('session_closed'));
    signal.addEventListener('abort', abort);
    void socket.closed.then(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    });
    socket.listen({
      onBytes(bytes) {
        buffer.append(bytes);
        const whole = buffer.scan((_opcode, instruction) => resolve(readVersion(instruction, handshake)));
        if (whole === undefined) giveUp(failureOf('manager_protocol_error'));
      },
      onEnd: (failure) => giveUp(failure ?? failureOf('manager_closed')),
    });
    socket.write(handshake.opening);
    if (signal.aborted) abort();
  });
  socket.close(farewell);
  await socket.closed;
  return answer;
}

function readVersion(bytes: Uint8Array, handshake: Handshake): Result<string> {
  const [instruction] = decodeInstructions(Buffer.from(bytes).toString()) ?? [];
  if (!instruction) return fail('manager_protocol_error');
  const step = handshake.receive(instruction);
  if (step.kind === 'failed') return { ok: false, failure: step.failure };
  return { ok: true, value: (instruction[1] ?? '').replace('VERSION_', '').replaceAll('_', '.') };
}
