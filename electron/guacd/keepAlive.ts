import { failureOf } from '../../shared/contract/failure.ts';
import { encodeInstruction } from '../../shared/guacamole/instruction.ts';
import type { ManagerSocket, SocketListener } from './socket.ts';

export const nop = encodeInstruction(['nop']);

/**
 * A socket that says `nop` at regular times, and takes the other side's silence for its end (`manager_silent`). While nobody
 * reads, silence means nothing.
 */
export function keepAlive(
  socket: ManagerSocket,
  { keepAliveMs, silenceMs }: { readonly keepAliveMs: number; readonly silenceMs: number },
): ManagerSocket {
  let heardAt = performance.now();
  let isPaused = false;
  let listener: SocketListener | undefined;

  const timer = setInterval(() => {
    if (!isPaused && performance.now() - heardAt > silenceMs) {
      clearInterval(timer);
      socket.close();
      listener?.onEnd(failureOf('manager_silent'));
    } else socket.write(nop);
  }, keepAliveMs);
  void socket.closed.then(() => clearInterval(timer));

  return {
    ...socket,
    get unsentBytes() {
      return socket.unsentBytes;
    },
    listen(next) {
      listener = next;
      socket.listen({
        onBytes(bytes) {
          heardAt = performance.now();
          next.onBytes(bytes);
        },
        onEnd(failure) {
          clearInterval(timer);
          next.onEnd(failure);
        },
      });
    },
    pause() {
      isPaused = true;
      socket.pause();
    },
    resume() {
      if (isPaused) heardAt = performance.now();
      isPaused = false;
      socket.resume();
    },
    close(farewell) {
      clearInterval(timer);
      socket.close(farewell);
    },
  };
}
