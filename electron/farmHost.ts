import type { Logger } from 'pino';
import { failureOf, describeFailure } from '../shared/contract/failure.ts';
import type { FarmChoice } from '../shared/model/farmChoice.ts';
import { openPreferences } from './desktop/preferences.ts';
import { createFarmClient, type FarmClient } from './farmClient/farmClient.ts';
import { openFarmCookie } from './farmClient/farmCookie.ts';
import { followFarm } from './farmClient/farmFollower.ts';
import { relayCalls, relayTunnel } from './farmClient/relay.ts';
import type { HostProcess } from './hostProcess.ts';
import type { OpenedSecrets } from './keyedSecrets.ts';
import type { FarmBroker } from './shell/ipcHost.ts';

export interface FarmHostOptions {
  readonly farm: FarmChoice;
  readonly dataFolder: string;
  /** Where the sign-in is kept. Throws with a sentence for the person. */
  readonly openSecrets: () => Promise<OpenedSecrets>;
  readonly openInBrowser: (address: string) => Promise<void>;
  /** Tells the person in a sentence why something wasn't opened. */
  readonly tell: (sentence: string) => void;
  readonly log: Logger;
}

/** What the shell needs of whichever broker there is. */
export interface ShellHost extends Pick<HostProcess, 'preferences' | 'sessions' | 'wake' | 'close'> {
  readonly links: Pick<HostProcess['links'], 'proposeLink' | 'proposeFile'>;
}

/** The farm in the place of an own broker: nothing but the sign-in and a copy of the person's preferences is kept here. */
export interface FarmHost extends ShellHost, FarmBroker {
  readonly client: FarmClient;
  /** Ends the sign-in there, where it can be reached. */
  signOut(): Promise<void>;
}

/** @throws with a sentence for the person where it can't start at all. */
export async function startFarmHost(options: FarmHostOptions): Promise<FarmHost> {
  const { farm, dataFolder, openSecrets, openInBrowser, tell, log } = options;
  const secrets = await openSecrets();
  const cookie = await openFarmCookie(farm.address, secrets.store);
  const client = createFarmClient({ farm, cookie, openInBrowser, log });
  const preferences = await openPreferences({ folder: dataFolder, log, now: () => Date.now() });
  const follower = followFarm({
    client,
    notePreferences(heard) {
      // The shell goes by them before the farm has answered, too.
      if (JSON.stringify(heard) !== JSON.stringify(preferences.store.current()))
        void preferences.store.save(heard);
    },
  });

  function propose(
    input: { kind: 'link'; text: string } | { kind: 'file'; name: string; contentBase64: string },
  ) {
    const reached = follower.client();
    if (!reached) {
      tell('Proxima is not connected to its farm. Nothing was opened.');
      return;
    }
    reached.links.propose(input).catch(() => {
      const { what, safe } = describeFailure(failureOf('farm_unreachable'));
      tell(`${what} ${safe} Nothing was opened.`);
    });
  }

  return {
    client,
    relayCalls: (wire) => relayCalls(client, wire),
    relayTunnel: (sessionId, wire) => relayTunnel(client, sessionId, wire),
    preferences: preferences.store,
    sessions: follower.sessions,
    links: {
      proposeLink: (text) => propose({ kind: 'link', text }),
      proposeFile: (name, content) =>
        propose({ kind: 'file', name, contentBase64: Buffer.from(content).toString('base64') }),
    },
    async signOut() {
      await follower
        .client()
        ?.people.signOut({ everywhere: false })
        .catch((error: unknown) =>
          log.warn({ reason: String(error) }, 'The farm was not told of the sign-out'),
        );
    },
    wake: () => undefined,
    close() {
      follower.close();
      return Promise.resolve();
    },
  };
}
