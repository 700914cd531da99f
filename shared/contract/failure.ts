import { z } from 'zod';
import { failureTable } from './failureTable.ts';

export type FailureCode = keyof typeof failureTable;
export const failureCodes = Object.keys(failureTable) as [FailureCode, ...FailureCode[]];

/** A failure as it travels: a code of the table, and what the other side said, bounded and free of secrets. */
export const failureSchema = z.object({
  code: z.enum(failureCodes),
  detail: z.string().max(500).optional(),
});
export type Failure = z.infer<typeof failureSchema>;

/** A result at a boundary: nothing is thrown across one. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export const succeed = <T>(value: T): Result<T> => ({ ok: true, value });

export function fail(code: FailureCode, detail?: string): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: failureOf(code, detail) };
}

export function failureOf(code: FailureCode, detail?: string): Failure {
  return detail === undefined || detail === '' ? { code } : { code, detail: detail.slice(0, 500) };
}

/** The failure behind a Guacamole `error` instruction. Unknown codes of the 5xx kind blame the manager's side, others the host's. */
export function failureOfGuacamoleStatus(status: number, detail?: string): Failure {
  const order: readonly FailureCode[] = [
    'host_unreachable',
    'host_timeout',
    'host_error',
    'host_refused',
    'host_rejected_credentials',
    'host_forbidden',
    'host_session_taken',
    'host_session_ended',
    'manager_lost',
    'manager_busy',
    'manager_lacks_protocol',
    'request_rejected',
  ];
  const code = order.find((candidate) =>
    (failureTable[candidate].guacamole as readonly number[]).includes(status),
  );
  return failureOf(code ?? (status >= 512 && status < 768 ? 'host_error' : 'request_rejected'), detail);
}

/** The Guacamole status code under which a stock Guacamole client is told of a failure. */
export const guacamoleStatusOf = (failure: Failure): number => failureTable[failure.code].guacamole[0];

/** WebSocket close codes 4000–4999 are the application's own (RFC 6455 §7.4.2); the HTTP status tells the kind. */
export const webSocketCloseCodeOf = (failure: Failure): number => 4000 + failureTable[failure.code].http;

/** Whether another session manager may do better with the same request. */
export const isWorthAnotherManager = (failure: Failure): boolean =>
  failureTable[failure.code].blame === 'manager';

/** The words for a person: what happened, what is safe, what to do next. */
export function describeFailure(failure: Failure, names: { host?: string; manager?: string } = {}) {
  const { what, safe, next } = failureTable[failure.code];
  const fill = (text: string) =>
    text
      .replace(/^\{host\}/, names.host ?? 'The host')
      .replace('{host}', names.host ?? 'the host')
      .replace(/ ?\{manager\}/, names.manager === undefined ? '' : ` ${names.manager}`);
  return { what: fill(what), safe, next };
}
