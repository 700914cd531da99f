import { fail, type Result, succeed } from '../../../shared/contract/failure.ts';
import type { OidcProvider } from '../../../shared/model/access.ts';
import type { Identity } from '../identityProvider.ts';
import { createIdentity } from './identity.ts';

export type Claims = Readonly<Record<string, unknown>>;

type ClaimSettings = Pick<OidcProvider, 'nameClaim' | 'groupsClaim'>;

/** Whether the ID token tells all that is needed, so that nobody has to be asked for more. */
export const isComplete = (claims: Claims, { nameClaim, groupsClaim }: ClaimSettings): boolean =>
  claimOf(claims, nameClaim) !== undefined && claimOf(claims, groupsClaim) !== undefined;

/** Who it is by their claims (OpenID Connect Core 1.0, section 5). Fails with `provider_answer_invalid`. */
export function readIdentity(claims: Claims, { nameClaim, groupsClaim }: ClaimSettings): Result<Identity> {
  const name = claimOf(claims, nameClaim);
  if (typeof name !== 'string')
    return fail('provider_answer_invalid', `it tells no name in the claim “${nameClaim}”`);
  // Whoever may enter any address could else be anybody (section 5.7).
  if (nameClaim === 'email' && claimOf(claims, 'email_verified') === false)
    return fail('provider_answer_invalid', 'the e-mail address of the person is not verified there');
  const groups = readGroups(claims, groupsClaim);
  if (!groups.ok) return groups;
  const displayName = claimOf(claims, 'name');
  return createIdentity({
    name,
    displayName: typeof displayName === 'string' ? displayName : undefined,
    groups: groups.value,
  });
}

function readGroups(claims: Claims, claim: string): Result<readonly string[]> {
  const groups = claimOf(claims, claim);
  if (groups === undefined || groups === null) {
    // Section 5.6.2: told elsewhere. Entra does so for more than 200 groups.
    const elsewhere = claimOf(claims, '_claim_names');
    return typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, claim)
      ? fail('provider_answer_invalid', `the person is in more groups than it tells in the claim “${claim}”`)
      : succeed([]);
  }
  if (typeof groups === 'string') return succeed([groups]);
  return Array.isArray(groups) && groups.every((group) => typeof group === 'string')
    ? succeed(groups)
    : fail('provider_answer_invalid', `the claim “${claim}” is not a list of names`);
}

const claimOf = (claims: Claims, claim: string): unknown =>
  Object.hasOwn(claims, claim) ? claims[claim] : undefined;
