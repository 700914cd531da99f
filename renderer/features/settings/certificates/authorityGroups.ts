import type { Certificate } from '../../../../shared/model/certificate.ts';

/** An authority and what it issued; without one, what was issued elsewhere. */
export interface AuthorityGroup {
  readonly authority: Certificate | undefined;
  readonly issued: readonly Certificate[];
}

/** Working ones first, then by kind (servers before clients) and name; of the same name the newest first. */
function compareIssued(one: Certificate, other: Certificate): number {
  const isRevoked = (certificate: Certificate) => Number(certificate.revokedAt !== undefined);
  return (
    isRevoked(one) - isRevoked(other) ||
    -one.kind.localeCompare(other.kind) ||
    one.name.localeCompare(other.name) ||
    other.notBefore - one.notBefore
  );
}

/** Authorities newest first, revoked ones last of them; what none of them issued comes at the end. */
export function groupByAuthority(certificates: readonly Certificate[]): readonly AuthorityGroup[] {
  const authorities = certificates
    .filter(({ kind }) => kind === 'authority')
    .toSorted(
      (one, other) =>
        Number(one.revokedAt !== undefined) - Number(other.revokedAt !== undefined) ||
        other.notBefore - one.notBefore,
    );
  const serials = new Set(authorities.map(({ serial }) => serial));
  const leaves = certificates.filter(({ kind }) => kind !== 'authority').toSorted(compareIssued);
  const groups: AuthorityGroup[] = authorities.map((authority) => ({
    authority,
    issued: leaves.filter(({ issuedBy }) => issuedBy === authority.serial),
  }));
  const others = leaves.filter(({ issuedBy }) => issuedBy === undefined || !serials.has(issuedBy));
  return others.length === 0 ? groups : [...groups, { authority: undefined, issued: others }];
}
