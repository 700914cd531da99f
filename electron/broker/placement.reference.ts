import { normaliseDomain, parseAddress, parseAddressRange } from '../../shared/model/address.ts';
import type { PlacementRequest } from '../../shared/model/placement.ts';
import { defaultGroupId, type ProximityGroup, type Selector } from '../../shared/model/proximityGroup.ts';

/**
 * The rules of placement in the plainest way that one can write them: what tests and benches compare with.
 *
 * @returns the id of the group that serves the host.
 */
export function findGroupNaively(
  groups: readonly ProximityGroup[],
  { address, vaultId, groupId }: PlacementRequest,
): string {
  const ip = parseAddress(address);
  const name = normaliseDomain(address);
  const inRange = (text: string) => {
    const range = parseAddressRange(text);
    return (
      range !== undefined && ip?.family === range.family && ip.value >= range.first && ip.value <= range.last
    );
  };
  const inDomain = (mask: string) => {
    if (ip) return false;
    const [first, ...rest] = normaliseDomain(mask).split('.');
    const escape = (label: string) => label.replaceAll('*', '[^.]*');
    const pattern = first === '*' ? ['.+', ...rest.map(escape)] : [first ?? '', ...rest].map(escape);
    return new RegExp(`^${pattern.join('\\.')}$`).test(name);
  };
  const matches = (selector: Selector) =>
    (selector.vaultIds?.includes(vaultId) ?? true) &&
    (selector.addresses?.some(inRange) ?? true) &&
    (selector.domains?.some(inDomain) ?? true);
  if (groups.some(({ id }) => id === groupId)) return groupId!;
  const custom = groups
    .filter(({ id }) => id !== defaultGroupId)
    .sort((left, right) => left.priority - right.priority);
  return custom.find(({ selectors }) => selectors.some(matches))?.id ?? defaultGroupId;
}
