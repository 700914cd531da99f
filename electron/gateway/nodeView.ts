import type { FailureCode } from '../../shared/contract/failure.ts';
import type { Protocol } from '../../shared/model/protocol.ts';
import type { SessionState } from '../../shared/model/session.ts';

/** An opening that came to its first picture, or to a failure. */
export interface OpeningOutcome {
  readonly protocol: Protocol;
  readonly durationMs: number;
  readonly failureCode?: FailureCode;
}

export interface PoolState {
  readonly poolId: string;
  readonly status: 'live' | 'stale' | 'suspended';
  /** From a change to this node having seen it; absent until measured. */
  readonly lagMs?: number | undefined;
}

/** What a gateway tells balancers and monitoring of the broker behind it. Reading it costs nothing and asks nobody. */
export interface NodeView {
  registry(): readonly PoolState[];
  countManagersUp(): number;
  /** Of this node, closed ones left out. */
  sessions(): readonly { readonly protocol: Protocol; readonly state: SessionState['kind'] }[];
  onOpening(listener: (outcome: OpeningOutcome) => void): () => void;
}
