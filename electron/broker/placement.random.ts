import { parseAddressRange } from '../../shared/model/address.ts';
import { generalVault } from '../../shared/model/host.ts';
import type { PlacementRequest } from '../../shared/model/placement.ts';
import { defaultGroupId, type ProximityGroup, type Selector } from '../../shared/model/proximityGroup.ts';

const vaults = [
  generalVault.id,
  '11111111-1111-4111-8111-111111111111',
  '22222222-2222-4222-8222-222222222222',
];
const labels = ['a', 'b', 'ab', 'aab', 'db-1', 'münchen', 'xn--mnchen-3ya'];
const maskLabels = ['*', 'a', 'a*', '*b', 'a*b', 'b', 'db-*', 'M\u00dcNCHEN', 'm*', 'xn--*'];

/**
 * Rules and hosts for tests of placement, the same for the same seed: few enough octets and labels for many to match, at the ends
 * of ranges as well; addresses and names in all the ways in which people write them.
 */
export function inventRules(
  seed: number,
  requestCount: number,
  groupCount = 12,
): { readonly groups: readonly ProximityGroup[]; readonly requests: readonly PlacementRequest[] } {
  const random = createRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const several = <T>(most: number, make: () => T) => Array.from({ length: 1 + below(most) }, make);

  const ipv4 = () => `10.0.${below(3)}.${pick([0, 1, 2, 127, 128, 254, 255])}`;
  const ipv6 = () => `fd00::${pick(['', '1', '2', 'ffff', '1:0', '1:ffff', 'a:b:c:d'])}`;
  const address = () => (below(2) === 0 ? ipv4() : ipv6());
  const name = () =>
    [...several(3, () => pick(labels)), pick(['example', 'test']), ...(below(4) === 0 ? [''] : [])].join('.');
  const inAnyCase = (text: string) => (below(4) === 0 ? text.toUpperCase() : text);

  function range(): string {
    switch (below(7)) {
      case 0:
        return ipv4();
      case 1:
        return `${ipv4()}/${20 + below(13)}`;
      case 2:
        return `${ipv4()}-${ipv4()}`;
      case 3:
        return `10.0.${below(3)}.x`;
      case 4:
        return `${ipv6()}/${60 + below(69)}`;
      case 5:
        return `${ipv6()}-${ipv6()}`;
      default:
        return `::ffff:${ipv4()}/${96 + 20 + below(13)}`;
    }
  }
  const ranges = () => several(3, range).filter((text) => parseAddressRange(text) !== undefined);
  const mask = () =>
    [...several(3, () => pick(maskLabels)), ...(below(5) === 0 ? [] : ['example'])].join('.');

  function selector(): Selector {
    const kinds = 1 + below(7);
    const addresses = kinds & 1 ? ranges() : [];
    return {
      ...(addresses.length > 0 && { addresses }),
      ...((kinds & 2 || (kinds === 1 && addresses.length === 0)) && { domains: several(3, mask) }),
      ...(kinds & 4 && { vaultIds: several(2, () => pick(vaults)) }),
    };
  }

  const groups = Array.from({ length: groupCount }, (_, index) => ({
    ...groupOf(`g${index}`),
    priority: (index * 7919) % 20_011,
    selectors: below(6) === 0 ? [] : several(2, selector),
  }));
  const groupIds = ['gone', ...groups.map(({ id }) => id)];
  const host = () => {
    if (below(8) === 0) return `::ffff:${ipv4()}`;
    if (below(16) === 0) return `[${ipv6()}%eth0]`;
    return inAnyCase(below(2) === 0 ? address() : name());
  };
  return {
    groups: [{ ...groupOf(defaultGroupId), priority: below(20_000) }, ...groups],
    requests: Array.from({ length: requestCount }, () => ({
      vaultId: pick(vaults),
      address: host(),
      ...(below(10) === 0 && { groupId: pick(groupIds) }),
    })),
  };
}

const groupOf = (id: string): ProximityGroup => ({
  id,
  name: id,
  priority: 0,
  selectors: [],
  managerIds: [],
  trust: { kind: 'authorities' },
  fallbackGroupId: null,
});

/** Numbers from 0 to 1 (mulberry32), the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
