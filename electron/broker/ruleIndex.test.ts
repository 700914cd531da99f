import { describe, expect, it } from 'vitest';
import { defaultGroupId } from '../../shared/model/proximityGroup.ts';
import { findGroupNaively } from './placement.reference.ts';
import { chooseGroup } from './placement.ts';
import { inventRules } from './placement.random.ts';
import { orderGroups, prepareRules, ruleIndexOf } from './ruleIndex.ts';
import { findMatch, targetOf } from './selectorMatch.ts';

describe('the index of the rules', () => {
  // The bench of placement looks at 100,000.
  it('says in random cases what the plain scan says', () => {
    const cases = 20_000;
    const hostsPerTopology = 100;
    let matched = 0;
    for (let seed = 0; seed < cases / hostsPerTopology; seed += 1) {
      const { groups, requests } = inventRules(seed, hostsPerTopology);
      for (const request of requests) {
        const { group, isPinned } = chooseGroup(groups, request);
        const expected = findGroupNaively(groups, request);
        if (group.id !== expected)
          expect({ seed, request, chosen: group.id }).toEqual({ seed, request, chosen: expected });
        if (!isPinned && group.id !== defaultGroupId) matched += 1;
      }
    }
    // Cases in which nothing matches would prove little.
    expect(matched).toBeGreaterThan(cases / 4);
  });

  it('tells every group that matches, and no other', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const { groups, requests } = inventRules(seed, 50);
      const ordered = orderGroups(groups).groups;
      for (const request of requests) {
        const target = targetOf(request);
        const told = new Set<number>();
        ruleIndexOf(groups).visitAll(target, (place) => told.add(place));
        const expected = ordered.flatMap((group, place) =>
          group.id !== defaultGroupId && findMatch(group, target).matches ? [place] : [],
        );
        expect([...told].toSorted((left, right) => left - right)).toEqual(expected);
      }
    }
  });

  it('is built in steps, and then found', () => {
    const { groups } = inventRules(1, 0, 2_000);
    expect([...prepareRules(groups)].length).toBeGreaterThan(2_000);
    expect([...prepareRules(groups)]).toEqual([]);
    expect(ruleIndexOf(groups)).toBe(ruleIndexOf(groups));
  });
});
