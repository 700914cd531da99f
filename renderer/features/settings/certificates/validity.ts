import type { Certificate } from '../../../../shared/model/certificate.ts';
import { daysUntil, formatDay } from '../records/dates.ts';

const warningDays = 30;

/** Whether a certificate can be used, in words; `soon` is the last thirty days. */
export interface Validity {
  readonly kind: 'valid' | 'soon' | 'expired' | 'not-yet' | 'revoked';
  readonly words: string;
}

/** `now` in epoch milliseconds. A revoked certificate is revoked, whatever its dates are. */
export function describeValidity(
  certificate: Pick<Certificate, 'notBefore' | 'notAfter' | 'revokedAt'>,
  now: number,
  locale?: string,
): Validity {
  const { notBefore, notAfter, revokedAt } = certificate;
  if (revokedAt !== undefined) return { kind: 'revoked', words: `Revoked ${formatDay(revokedAt, locale)}` };
  if (notAfter <= now) return { kind: 'expired', words: `Expired ${formatDay(notAfter, locale)}` };
  if (notBefore > now) return { kind: 'not-yet', words: `Valid from ${formatDay(notBefore, locale)}` };
  const days = daysUntil(notAfter, now);
  if (days >= warningDays) return { kind: 'valid', words: `Valid until ${formatDay(notAfter, locale)}` };
  if (days === 0) return { kind: 'soon', words: 'Expires within a day' };
  return { kind: 'soon', words: `Expires in ${days} ${days === 1 ? 'day' : 'days'}` };
}

/** Whether others accept the certificate now. */
export const isUsable = (certificate: Certificate, now: number): boolean =>
  ['valid', 'soon'].includes(describeValidity(certificate, now).kind);
