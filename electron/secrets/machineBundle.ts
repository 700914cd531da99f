import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import type { Bundle, Certificate } from '../../shared/model/certificate.ts';
import { packBundle } from './bundle.ts';
import type { CertifiedKey } from './certificateAuthority.ts';
import { authoritiesAbove, chainPem, describeUnfit } from './certificateRecord.ts';

/** What a bundle is put together from. */
export interface BundleSource {
  readonly certificates: readonly Certificate[];
  /** With the private key; fails where it isn't here. */
  readonly readCertified: (certificate: Certificate) => Promise<Result<CertifiedKey>>;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * The bundle for the machine of a server or client certificate. Fails with `input_invalid` for an authority, for a certificate
 * that isn't used any more or whose counterparts nobody could verify; with `private_key_missing` without its key.
 */
export async function composeBundle(certificate: Certificate, source: BundleSource): Promise<Result<Bundle>> {
  const { certificates, readCertified, now } = source;
  if (certificate.kind === 'authority')
    return fail('input_invalid', "an authority's private key stays here; its certificate is in every bundle");
  const unfit = describeUnfit(certificate, certificates, now);
  if (unfit !== undefined) return fail('input_invalid', unfit);
  const certified = await readCertified(certificate);
  if (!certified.ok) return certified;
  const authorities = counterpartAuthorities(certificate, certificates);
  if (authorities.length === 0)
    return fail('input_invalid', 'none of its authorities is here; create or import one first');
  const bundle = await packBundle(
    {
      certificate,
      chainPem: chainPem(certificate, certificates),
      privateKeyPem: certified.value.privateKeyPem,
      authoritiesPem: authorities.map(({ certificatePem }) => certificatePem).join(''),
      revoked: certificates.filter(({ revokedAt }) => revokedAt !== undefined).map(({ serial }) => serial),
    },
    new Date(now),
  );
  return succeed(bundle);
}

/**
 * Whom the machine of this certificate has to believe: the authorities of the certificates at the other end, up to their roots.
 * Where there are none yet, those of its own.
 */
function counterpartAuthorities(
  certificate: Certificate,
  certificates: readonly Certificate[],
): readonly Certificate[] {
  const kind = certificate.kind === 'server' ? 'client' : 'server';
  const counterparts = certificates.filter((each) => each.kind === kind && each.revokedAt === undefined);
  const above = (those: readonly Certificate[]) => [
    ...new Set(those.flatMap((each) => authoritiesAbove(each, certificates))),
  ];
  const authorities = above(counterparts);
  const found = authorities.length > 0 ? authorities : above([certificate]);
  return found.filter(({ revokedAt }) => revokedAt === undefined);
}
