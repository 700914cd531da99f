import type { Host } from '../../shared/model/host.ts';
import { type Target, targetOf } from '../broker/selectorMatch.ts';

/** What placement depends on, and the name to show. */
export type HostFacts = Pick<Host, 'id' | 'name' | 'vaultId' | 'address' | 'groupId'>;

/** A host with its address parsed, which takes longer than to place it. */
export interface KnownHost {
  readonly facts: HostFacts;
  readonly target: Target;
}

export const knowHost = (facts: HostFacts): KnownHost => ({ facts, target: targetOf(facts) });
