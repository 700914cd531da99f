import { ORPCError } from '@orpc/client';
import { failureOf, failureSchema } from '../../shared/contract/failure.ts';
import type { Failure } from '../../shared/contract/failure.ts';

/** The failure behind whatever a call of the contract threw; what isn't an answer of the host process is its loss. */
export function failureOfError(error: unknown): Failure {
  if (!(error instanceof ORPCError)) return failureOf('host_process_lost');
  const failure = failureSchema.safeParse(error.data);
  if (error.code === 'FAILED' && failure.success) return failure.data;
  return failureOf(error.code === 'BAD_REQUEST' ? 'input_invalid' : 'internal', error.message);
}
