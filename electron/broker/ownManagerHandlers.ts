import type { ContractImplementer } from './contractImplementer.ts';
import { acknowledge } from './contractImplementer.ts';
import type { OwnManager } from './ports.ts';

/** What administrators do about the session manager of this machine. */
export function ownManagerHandlers(host: ContractImplementer, ownManager: OwnManager) {
  const { guacdOffer, adoptGuacd } = host.localManager;
  return {
    guacdOffer: guacdOffer.handler(async () => ({ offer: (await ownManager.guacdOffer()) ?? null })),
    adoptGuacd: adoptGuacd.handler(async ({ input }) =>
      acknowledge(await ownManager.adoptGuacd(input.install)),
    ),
  };
}
