import { isDomainName, normaliseDomain, parseAddress } from '../../../../shared/model/address.ts';

/** The names that a certificate is made for. */
export interface CertificateNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

const bareAddress = (text: string) => text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');

/**
 * Sorts what was typed (separated by commas, spaces or lines) into DNS names and IP addresses, each once. `wrong` is the first part
 * that is neither. Names may begin with `*.`; they become punycode, as certificates carry them.
 */
export function splitNames(typed: string): CertificateNames & { readonly wrong: string | undefined } {
  const dnsNames = new Set<string>();
  const ipAddresses = new Set<string>();
  let wrong: string | undefined;
  for (const part of typed.split(/[\s,;]+/).filter((each) => each !== '')) {
    if (parseAddress(part) !== undefined) ipAddresses.add(bareAddress(part));
    else if (isDomainName(part.replace(/^\*\./, ''))) dnsNames.add(normaliseDomain(part));
    else wrong ??= part;
  }
  return { dnsNames: [...dnsNames], ipAddresses: [...ipAddresses], wrong };
}

/** The names as they are typed and read: names first, then addresses. */
export const joinNames = ({ dnsNames, ipAddresses }: CertificateNames): string =>
  [...dnsNames, ...ipAddresses].join(', ');
