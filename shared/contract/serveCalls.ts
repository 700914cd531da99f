import { AsyncIteratorClass, type Context, ORPCError, type Router } from '@orpc/server';
import type { AnyContractRouter } from '@orpc/contract';
import { RPCHandler } from '@orpc/server/ws';
import { isCallMessage } from './callMessage.ts';
import type { Contract } from './contract.ts';
import { type Failure, failureOf, failureSchema } from './failure.ts';

/** `C`: what the host process is told of a caller beside the call. */
export type ContractRouter<C extends Context = Context> = Router<Contract, C>;

/** One caller's end of the contract: a WebSocket or a MessagePort. Messages are JSON text. */
export interface CallWire {
  /** Resolves when the text was handed on, also after a close: streams wait for it before they send more. */
  send(text: string): Promise<void> | void;
  onText(listener: (text: string) => void): void;
  onClose(listener: () => void): void;
  /** Ends the wire: what came over it is not a call. */
  refuse(failure: Failure): void;
}

/** An error that no row of the failure table covers; it is for the log, the caller only gets `internal`. */
export type ReportInternalError = (call: string, error: unknown) => void;

/** Serves the contract over any number of wires. Callers meet one kind of error only: `FAILED` with a row of the failure table. */
export function serveCalls<C extends Context>(
  router: Router<AnyContractRouter, C>,
  reportInternalError: ReportInternalError,
): (wire: CallWire, context: C) => void {
  const handler = new RPCHandler(router, {
    interceptors: [
      async ({ next }) => {
        const result = await next().catch((error: unknown) => {
          throw isRejection(error) ? error : rejection(failureOf('input_invalid'));
        });
        if (!result.matched) throw rejection(failureOf('input_invalid', 'there is no such call'));
        return result;
      },
    ],
    clientInterceptors: [
      async ({ next, path, signal }) => {
        const mask = (error: unknown) => {
          if (isRejection(error)) return error;
          if (signal?.aborted !== true) reportInternalError(path.join('.'), error);
          return rejection(failureOf('internal'));
        };
        try {
          const output = await next();
          return isIterator(output) ? maskErrors(output, mask) : output;
        } catch (error) {
          throw mask(error);
        }
      },
    ],
  });

  // oRPC asks for a WebSocket of `ws` but uses no more of it than this; on a MessagePort its messages are the same.
  const upgrade = handler.upgrade.bind(handler) as unknown as (
    socket: object,
    options: { readonly context: C },
  ) => Promise<void>;

  return (wire, context) => {
    const socket = {
      send: (text: string) => wire.send(text),
      addEventListener: (kind: 'message' | 'close', listener: (event: { data?: string }) => void) => {
        if (kind === 'close') wire.onClose(() => listener({}));
        else
          wire.onText((text) => {
            if (isCallMessage(text)) listener({ data: text });
            else wire.refuse(failureOf('input_invalid'));
          });
      },
    };
    void upgrade(socket, { context });
  };
}

const rejection = (failure: Failure) => new ORPCError('FAILED', { defined: true, data: failure });

const isRejection = (error: unknown) =>
  error instanceof ORPCError && error.code === 'FAILED' && failureSchema.safeParse(error.data).success;

type Iterator = AsyncIterator<unknown, unknown, undefined>;

const isIterator = (output: unknown): output is Iterator =>
  typeof output === 'object' && output !== null && Symbol.asyncIterator in output;

/** Not an async generator: that would hold back `return` until the next event. */
function maskErrors(inner: Iterator, mask: (error: unknown) => unknown) {
  return new AsyncIteratorClass(
    async () => {
      try {
        return await inner.next();
      } catch (error) {
        throw mask(error);
      }
    },
    async (reason) => {
      if (reason !== 'next') await inner.return?.();
    },
  );
}
