import { implement, ORPCError, ValidationError } from '@orpc/server';
import { contract } from '../../shared/contract/contract.ts';
import { type Failure, failureOf, type Result } from '../../shared/contract/failure.ts';

/** The contract, to be given handlers. Input and output are validated by oRPC, the same for every wire. */
export function implementContract() {
  // Index 1: validation runs inside the one middleware, which gives its complaints a code of the failure table.
  return implement(contract)
    .$config({ initialInputValidationIndex: 1, initialOutputValidationIndex: 1 })
    .use(async ({ next }) => {
      try {
        return await next();
      } catch (error) {
        const invalid = describeInvalidInput(error);
        throw invalid ? rejection(invalid) : error;
      }
    });
}

export type ContractImplementer = ReturnType<typeof implementContract>;

export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw rejection(result.failure);
}

export function acknowledge(result: Result<void>): Record<string, never> {
  unwrap(result);
  return {};
}

/** The contract's one error, whatever went wrong. */
export const rejection = (failure: Failure) => new ORPCError('FAILED', { data: failure });

/** Input that doesn't fit the contract is told as `input_invalid`, with the first field that is wrong. */
function describeInvalidInput(error: unknown): Failure | undefined {
  if (
    !(error instanceof ORPCError) ||
    error.code !== 'BAD_REQUEST' ||
    !(error.cause instanceof ValidationError)
  )
    return undefined;
  const issue = error.cause.issues[0];
  const path = issue?.path?.map((part) => (typeof part === 'object' ? part.key : part)).join('.');
  return failureOf('input_invalid', path ? `${path}: ${issue?.message}` : issue?.message);
}
