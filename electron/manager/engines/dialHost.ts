import { connect, type Socket } from 'node:net';
import type { StageEnd } from './stage.ts';

export type Dialled =
  | { readonly kind: 'connected'; readonly socket: Socket }
  | { readonly kind: 'failed'; readonly end: StageEnd };

const probeIdleMs = 30_000;

/** Opens a TCP connection to a host, within `timeoutMs`. An abort leaves no socket behind. */
export function dialHost(
  {
    hostname,
    port,
    timeoutMs,
  }: { readonly hostname: string; readonly port: number; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<Dialled> {
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: probeIdleMs,
    });
    const settle = (dialled: Dialled) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
      socket.off('connect', succeed).off('error', explain);
      if (dialled.kind === 'failed') socket.on('error', () => {}).destroy();
      resolve(dialled);
    };
    const fail = (status: number, text: string) => settle({ kind: 'failed', end: { status, text } });
    const abandon = () => fail(519, 'The session was closed before the host answered.');
    const timer = setTimeout(() => fail(514, 'The host did not answer in time.'), timeoutMs);
    signal.addEventListener('abort', abandon);
    const succeed = () => settle({ kind: 'connected', socket });
    const explain = (error: NodeJS.ErrnoException) =>
      settle({ kind: 'failed', end: explainDialError(error) });
    socket.on('connect', succeed).on('error', explain);
    if (signal.aborted) abandon();
  });
}

/** The statuses of guacd: 512 for a name that nobody knows, 519 for a host that can't be reached or refuses. */
export function explainDialError({ code }: NodeJS.ErrnoException): StageEnd {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_NODATA')
    return { status: 512, text: "The host's name could not be resolved." };
  if (code === 'ETIMEDOUT') return { status: 514, text: 'The host did not answer in time.' };
  return code === 'ECONNREFUSED'
    ? { status: 519, text: 'The host refused the connection.' }
    : { status: 519, text: 'The host could not be reached.' };
}
