import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import type { CertificateOrder } from '../../shared/model/certificate.ts';

/** A label of a DNS name in ASCII; underscores are not for hosts, but in use. */
const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const dnsName = new RegExp(`^${label}(?:\\.${label})*$`);

/**
 * The names and addresses of an order, as a certificate can carry them. Fails with `input_invalid` and names the first that can't
 * be one, or says that a server has none.
 */
export function parseNames(
  order: CertificateOrder,
): Result<Pick<CertificateOrder, 'dnsNames' | 'ipAddresses'>> {
  for (const name of order.dnsNames) {
    const bare = name.replace(/^\*\./, '');
    // domainToASCII ends a name at the first character that can't be in one, and computes addresses.
    const ascii = /[\s/?#:@\\%[\]]/.test(bare) ? '' : domainToASCII(bare);
    if (!dnsName.test(ascii) || isIP(ascii) !== 0)
      return fail('input_invalid', `"${name}" is not a DNS name`);
  }
  const ipAddresses = order.ipAddresses.map((address) => address.replace(/^\[(.*)\]$/, '$1'));
  const wrong = ipAddresses.find((address) => isIP(address) === 0 || address.includes('%'));
  if (wrong !== undefined) return fail('input_invalid', `"${wrong}" is not an IP address`);
  if (order.kind === 'server' && order.dnsNames.length + ipAddresses.length === 0)
    return fail('input_invalid', 'a server certificate needs a name or an address by which it is reached');
  return succeed({ dnsNames: order.dnsNames, ipAddresses });
}
