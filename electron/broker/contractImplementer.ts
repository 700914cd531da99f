import { AsyncIteratorClass, implement, ORPCError, ValidationError } from '@orpc/server';
import { contract } from '../../shared/contract/contract.ts';
import { type Requirement, requirements } from '../../shared/contract/requirements.ts';
import type { Person } from '../../shared/model/access.ts';
import type { CallContext } from './caller.ts';
import { type Failure, failureOf, type Result } from '../../shared/contract/failure.ts';

/**
 * The contract, to be given handlers. Input and output are validated by oRPC, and the roles that a call demands are checked, the
 * same for every wire; rights on a vault are the handlers' matter, who know which vault it is.
 */
export function implementContract() {
  // Index 1: validation runs inside the one middleware, which gives its complaints a code of the failure table.
  return implement(contract)
    .$context<CallContext>()
    .$config({ initialInputValidationIndex: 1, initialOutputValidationIndex: 1 })
    .use(async ({ context, path, next }) => {
      const check = () => {
        if (!mayCall(context.caller.person(), path)) throw rejection(failureOf('not_permitted'));
      };
      check();
      try {
        const result = await next();
        return isStream(result.output) ? { ...result, output: checkEach(result.output, check) } : result;
      } catch (error) {
        const invalid = describeInvalidInput(error);
        throw invalid ? rejection(invalid) : error;
      }
    });
}

type Stream = AsyncIterator<unknown, unknown, undefined>;

const isStream = (output: unknown): output is Stream =>
  typeof output === 'object' && output !== null && Symbol.asyncIterator in output;

/** A stream outlives the moment at which it was asked for: whoever loses the role meanwhile hears no more of it. */
function checkEach(inner: Stream, check: () => void) {
  return new AsyncIteratorClass(
    async () => {
      const event = await inner.next();
      check();
      return event;
    },
    async (reason) => {
      if (reason !== 'next') await inner.return?.();
    },
  );
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

/** Before the input is looked at: who may not call learns nothing of what would be valid. */
function mayCall({ roles }: Person, [part, call]: readonly string[]): boolean {
  const table: Readonly<Record<string, Readonly<Record<string, Requirement>>>> = requirements;
  const requirement = table[part ?? '']?.[call ?? ''];
  if (requirement === undefined) return false;
  return !Array.isArray(requirement) || requirement.some((role) => roles.includes(role));
}

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
