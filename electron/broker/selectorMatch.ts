import {
  type AddressRange,
  matchesDomainMask,
  normaliseDomain,
  parseAddress,
  parseAddressRange,
  parseDomainMask,
} from '../../shared/model/address.ts';
import type { PlacementRequest } from '../../shared/model/placement.ts';
import type { ProximityGroup, Selector } from '../../shared/model/proximityGroup.ts';

/** A host as selectors see it: an address has no domain, and a name has no address (Proxima doesn't resolve it here). */
export interface Target {
  readonly vaultId: string;
  readonly text: string;
  readonly address?: { readonly family: 'ipv4' | 'ipv6'; readonly value: bigint };
  readonly domain?: string;
  /** Of the domain, from the left. */
  readonly labels?: readonly string[];
}

export function targetOf(request: PlacementRequest): Target {
  const { vaultId, address: text } = request;
  const address = parseAddress(text);
  if (address) return { vaultId, text, address };
  const domain = normaliseDomain(text);
  return { vaultId, text, domain, labels: domain.split('.') };
}

/** A selector, parsed. */
export interface CompiledSelector {
  readonly vaultIds?: ReadonlySet<string>;
  readonly ranges?: readonly (AddressRange & { readonly text: string })[];
  readonly masks?: readonly { readonly labels: readonly string[]; readonly text: string }[];
}

/** Groups are immutable values, so that what was parsed of one stays true for as long as it exists. */
const compiled = new WeakMap<ProximityGroup, readonly CompiledSelector[]>();

function compile(selector: Selector): CompiledSelector {
  return {
    ...(selector.vaultIds && { vaultIds: new Set(selector.vaultIds) }),
    ...(selector.addresses && {
      ranges: selector.addresses.flatMap((text) => {
        const range = parseAddressRange(text);
        return range ? [{ ...range, text }] : [];
      }),
    }),
    ...(selector.domains && {
      masks: selector.domains.flatMap((text) => {
        const labels = parseDomainMask(text);
        return labels ? [{ labels, text }] : [];
      }),
    }),
  };
}

/** Parsed once for each group. */
export function selectorsOf(group: ProximityGroup): readonly CompiledSelector[] {
  const known = compiled.get(group);
  if (known) return known;
  const fresh = group.selectors.map(compile);
  compiled.set(group, fresh);
  return fresh;
}

export interface Match {
  readonly matches: boolean;
  /** What decided: the entries that matched, or the field that didn't. */
  readonly why: string;
}

/** Of a group that doesn't match, so many reasons are told. */
const toldReasons = 3;

/** A group matches when any of its selectors does; a selector when all of its given fields do. */
export function findMatch(group: ProximityGroup, target: Target): Match {
  const selectors = selectorsOf(group);
  if (selectors.length === 0) return { matches: false, why: 'it has no selectors' };
  const reasons: string[] = [];
  for (const selector of selectors) {
    const match = matchSelector(selector, target);
    if (match.matches) return match;
    if (reasons.length < toldReasons && !reasons.includes(match.why)) reasons.push(match.why);
  }
  return { matches: false, why: reasons.join('; ') };
}

function matchSelector(selector: CompiledSelector, target: Target): Match {
  const reasons: string[] = [];
  if (selector.vaultIds) {
    if (!selector.vaultIds.has(target.vaultId))
      return { matches: false, why: 'the host is in another vault' };
    reasons.push('the vault matches');
  }
  if (selector.ranges) {
    const { address } = target;
    if (!address) return { matches: false, why: `${target.text} is a name, not an address` };
    const range = selector.ranges.find(
      (candidate) =>
        candidate.family === address.family &&
        candidate.first <= address.value &&
        address.value <= candidate.last,
    );
    if (!range) return { matches: false, why: `${target.text} is outside its address ranges` };
    reasons.push(`${target.text} is in ${range.text}`);
  }
  if (selector.masks) {
    const { domain } = target;
    if (domain === undefined) return { matches: false, why: `${target.text} is an address, not a name` };
    const mask = selector.masks.find((candidate) => matchesDomainMask(candidate.labels, domain));
    if (!mask) return { matches: false, why: `${target.text} matches none of its domain masks` };
    reasons.push(`${target.text} matches ${mask.text}`);
  }
  return { matches: true, why: reasons.join(', ') };
}
