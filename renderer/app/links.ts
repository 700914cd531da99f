import { useEffect, useEffectEvent, useState } from 'react';
import type { Failure } from '../../shared/contract/failure.ts';
import type { LinkProposal } from '../../shared/model/linkProposal.ts';
import { watchStream } from '../transport/watchStream.ts';
import { useConnection } from './connection.ts';

/** The links and files that this window has to ask about, the oldest first, and how to go on to the next. */
export function useProposals(onRefused: (source: string, failure: Failure) => void): {
  readonly proposals: readonly LinkProposal[];
  settle(proposalId: string): void;
} {
  const connection = useConnection();
  const [proposals, setProposals] = useState<readonly LinkProposal[]>([]);
  const tell = useEffectEvent(onRefused);
  useEffect(
    () =>
      watchStream(
        connection,
        (client, signal) => {
          // What still waits is told anew; another host process knows nothing of the others.
          setProposals([]);
          return client.links.watch({}, { signal });
        },
        (event) => {
          if (event.kind === 'refused') tell(event.source, event.failure);
          else
            setProposals((before) => [
              ...before.filter(({ id }) => id !== event.proposal.id),
              event.proposal,
            ]);
        },
      ),
    [connection],
  );
  return {
    proposals,
    settle: (proposalId) => setProposals((before) => before.filter(({ id }) => id !== proposalId)),
  };
}
