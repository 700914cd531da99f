import { useState } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import type { IdentityProvider } from '../../../../shared/model/access.ts';
import { settle, useClient } from '../../../app/connection.ts';

/** What a check of a provider found, a sentence each, up to the failure. */
export interface Found {
  readonly findings: readonly string[];
  readonly failure?: Failure | undefined;
}

/** Checks a provider that needn't be saved. What was found counts as long as nothing of it is changed. */
export function useProviderCheck(provider: IdentityProvider | undefined, secret: string | undefined) {
  const client = useClient();
  const [last, setLast] = useState<{ readonly about: string; readonly found: Found | undefined }>();
  const about = JSON.stringify([provider, secret]);
  const current = last?.about === about ? last : undefined;

  const run = async () => {
    if (provider === undefined) return;
    setLast({ about, found: undefined });
    const answer = await settle(
      client.providers.check({ provider, ...(secret !== undefined && { secret }) }),
    );
    const found = answer.ok ? answer.value : { findings: [], failure: answer.failure };
    // Of two checks the later one counts.
    setLast((asked) => (asked?.about === about ? { about, found } : asked));
  };
  return {
    found: current?.found,
    isRunning: current !== undefined && current.found === undefined,
    run: () => void run(),
  };
}
