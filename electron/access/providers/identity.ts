import { fail, type Result, succeed } from '../../../shared/contract/failure.ts';
import { personNameSchema } from '../../../shared/model/access.ts';
import type { Identity } from '../identityProvider.ts';

const groupLimit = 1000;
const displayNameLimit = 200;

/** What a provider vouches for, where Proxima can use it. Fails with `provider_answer_invalid`. */
export function createIdentity(told: {
  readonly name: string;
  readonly displayName: string | undefined;
  readonly groups: readonly string[];
}): Result<Identity> {
  if (!isAsWritten(personNameSchema, told.name))
    return fail(
      'provider_answer_invalid',
      'the name of the person is empty, too long, or has characters that no name has',
    );
  // No rule can name any other group.
  const groups = [...new Set(told.groups)].filter((group) => isAsWritten(personNameSchema, group));
  if (groups.length > groupLimit)
    return fail('provider_answer_invalid', `the person is in more than ${groupLimit} groups`);
  const displayName = (told.displayName ?? '').slice(0, displayNameLimit);
  return succeed({ name: told.name, displayName, groups, roles: [] });
}

/** Nothing is trimmed: what differs at the provider must not become the same here. */
const isAsWritten = (schema: typeof personNameSchema, text: string): boolean =>
  schema.safeParse(text).data === text;
