import { implement, ORPCError } from '@orpc/server';
import { desktopFarmContract, type FarmState } from '../../shared/contract/desktopFarm.ts';
import { fail, type Result } from '../../shared/contract/failure.ts';
import type { FarmChoice } from '../../shared/model/farmChoice.ts';
import type { FarmClient } from './farmClient.ts';

export interface FarmCallsOptions {
  /** `null`: the app has a broker of its own. */
  readonly farm: FarmChoice | null;
  /** Who decided that, where it wasn't the person: it can't be changed here then. */
  readonly decidedBy?: string | undefined;
  readonly client?: FarmClient | undefined;
  readonly signOut?: (() => Promise<void>) | undefined;
  readonly countLiveSessions: () => number;
  /** Keeps the choice, and starts the app anew. */
  readonly choose: (farm: FarmChoice | null) => Promise<Result<void>>;
}

/** What the app answers by itself, whichever broker it uses. */
export function createFarmCalls(options: FarmCallsOptions) {
  const { farm, decidedBy, client, signOut, countLiveSessions, choose } = options;
  const os = implement(desktopFarmContract);
  const read = (): FarmState => ({
    farm,
    ...(decidedBy !== undefined && { decidedBy }),
    standing: client?.standing() ?? { kind: 'own' },
  });
  return {
    farm: {
      watch: os.farm.watch.handler(async function* ({ signal }) {
        let isChanged = true;
        let wake = () => {};
        const note = () => {
          isChanged = true;
          wake();
        };
        const stop = client?.onChange(note);
        signal?.addEventListener('abort', note);
        try {
          while (signal?.aborted !== true) {
            if (isChanged) {
              isChanged = false;
              yield read();
            } else
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
          }
        } finally {
          stop?.();
          signal?.removeEventListener('abort', note);
        }
      }),
      choose: os.farm.choose.handler(async ({ input }) => {
        if (decidedBy !== undefined) return settle(fail('settings_locked', decidedBy));
        if (countLiveSessions() > 0 && !input.evenWithSessions) return settle(fail('sessions_are_live'));
        return settle(await choose(input.farm));
      }),
      signIn: os.farm.signIn.handler(async () => settle((await client?.signIn()) ?? fail('input_invalid'))),
      enterCode: os.farm.enterCode.handler(async ({ input }) =>
        settle((await client?.enterCode(input.text)) ?? fail('input_invalid')),
      ),
      signOut: os.farm.signOut.handler(async () => {
        await signOut?.();
        await client?.forgetSignIn();
        return {};
      }),
    },
  };
}

/** @throws as calls tell their failures. */
function settle(result: Result<void>): Record<string, never> {
  if (result.ok) return {};
  throw new ORPCError('FAILED', { defined: true, data: result.failure });
}
