import { succeed } from '../../../../shared/contract/failure.ts';
import type { Failure, Result } from '../../../../shared/contract/failure.ts';
import type { CertificateOrder } from '../../../../shared/model/certificate.ts';
import type { CreationPlan } from './certificatesForm.ts';

/** What was made so far of a plan: the authority's serial, and one serial for each of the first orders. */
export interface Created {
  readonly authority: string | undefined;
  readonly serials: readonly string[];
}

export const nothingCreated: Created = { authority: undefined, serials: [] };

/** The two calls that creating takes. */
export interface Issuer {
  createAuthority(order: { name: string; lifetimeDays: number }): Promise<Result<{ serial: string }>>;
  issue(order: { authority: string; request: CertificateOrder }): Promise<Result<{ serial: string }>>;
}

/**
 * Makes what is left of the plan, one after the other, and tells each step. Ends at the first failure: what was made stays, and
 * another call with it goes on from there.
 */
export async function createAll(
  issuer: Issuer,
  plan: CreationPlan,
  before: Created,
  onStep: (created: Created) => void,
): Promise<Failure | undefined> {
  let { authority, serials } = before;
  if (authority === undefined) {
    const made =
      plan.authority.kind === 'existing'
        ? succeed({ serial: plan.authority.serial })
        : await issuer.createAuthority({
            name: plan.authority.name,
            lifetimeDays: plan.authority.lifetimeDays,
          });
    if (!made.ok) return made.failure;
    authority = made.value.serial;
    onStep({ authority, serials });
  }
  for (const request of plan.orders.slice(serials.length)) {
    const issued = await issuer.issue({ authority, request });
    if (!issued.ok) return issued.failure;
    serials = [...serials, issued.value.serial];
    onStep({ authority, serials });
  }
  return undefined;
}
