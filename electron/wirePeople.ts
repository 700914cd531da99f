import type { Logger } from 'pino';
import { succeed } from '../shared/contract/failure.ts';
import type { Person } from '../shared/model/access.ts';
import { createGatewayAccess, type GatewayAccess } from './access/access.ts';
import { openAccessKey } from './access/accessKey.ts';
import { createPasswords, createPasswordWorker } from './access/passwords.ts';
import { createProviderFactory } from './access/providers/providers.ts';
import { createToken } from './access/token.ts';
import { createCallerRights } from './broker/callerRights.ts';
import type { SecretStore } from './broker/ports.ts';
import { createProviderSecrets, forgetSecretsOfRemovedProviders } from './broker/providerSecrets.ts';
import type { ConnectedFarm } from './farmFlags.ts';
import { createDrain, type Drain } from './gateway/drain.ts';
import type { NodeView } from './gateway/nodeView.ts';
import { createLineJoiner } from './guacd/line.ts';
import { createNodeView } from './nodeView.ts';
import { createFarm, type Farm, openFarmCollections, openSoleCollections } from './openFarm.ts';
import type { Stores } from './openStores.ts';
import { sentenceOf } from './sentence.ts';
import type { wireSessions } from './wireSessions.ts';

/** How people sign in at a gateway. */
export interface GatewaySetup {
  /** The end of the sticky cookie. */
  readonly route: string;
  /** The one-time token works although there is an administrator. */
  readonly wantsToken: boolean;
  /** The built worker of passwords. */
  readonly passwordWorkerFile: URL;
  readonly drain: Drain;
}

/** What a gateway is served by. */
export interface GatewayParts {
  readonly access: GatewayAccess;
  readonly node: NodeView;
  readonly farm: Farm;
}

interface PeopleWiring {
  readonly stores: Stores;
  readonly secrets: SecretStore;
  readonly sessions: Awaited<ReturnType<typeof wireSessions>>;
  readonly owner: Person;
  /** Absent in the desktop app: whoever sits at it is its owner. */
  readonly gateway: GatewaySetup | undefined;
  readonly farm: ConnectedFarm | undefined;
  readonly version: string;
  readonly dataFolder: string;
  readonly log: Logger;
  readonly now: () => number;
}

/** The end of the cookie of a gateway that is in no farm. */
const soleRoute = 'gateway';

/**
 * Who may sign in and do what, and this gateway as a node among others.
 *
 * @throws with a sentence for the person where the keys or the farm's documents can't be opened.
 */
export async function wirePeople(wiring: PeopleWiring) {
  const { stores, secrets, owner, gateway, log, now } = wiring;
  const { settings, hosts, audit } = stores;
  const { book, sessions, topology, registry, cluster, lineOptions } = wiring.sessions;
  const route = gateway?.route ?? soleRoute;
  const rights = createCallerRights({
    current: () => settings.current().settings.access,
    onChange: (listener) => {
      const stops = [settings.onChange(listener), stores.accounts.onChange(listener)];
      return () => stops.forEach((stop) => stop());
    },
  });
  const providerSecrets = createProviderSecrets(secrets);
  const stopForgetting = forgetSecretsOfRemovedProviders(settings, providerSecrets, log);

  const key = gateway
    ? await openAccessKey(stores.accessKeys, stores.secrets)
    : succeed(await openOwnKey(stores, log));
  if (!key.ok) throw new Error(sentenceOf(key.failure));
  const workerFile = gateway?.passwordWorkerFile ?? new URL('./passwordWorker.js', import.meta.url);
  const access = createGatewayAccess({
    accounts: stores.accounts,
    signIns: stores.signIns,
    access: () => settings.current().settings.access,
    passwords: createPasswords(createPasswordWorker({ workerFile, log })),
    keyMaterial: key.value,
    owner,
    isTokenWanted: gateway?.wantsToken ?? false,
    route,
    createProvider: createProviderFactory((providerId) => providerSecrets.read(providerId)),
    audit,
  });

  const collections = wiring.farm
    ? await openFarmCollections({ ...wiring.farm, log })
    : await openSoleCollections({ folder: wiring.dataFolder, log });
  if (!collections.ok) throw new Error(sentenceOf(collections.failure));
  const farm = createFarm({
    collections: collections.value,
    route,
    software: wiring.version,
    keyMaterial: key.value,
    access,
    book,
    sessions,
    hosts,
    topology,
    rights,
    joiner: createLineJoiner(lineOptions),
    drain: gateway?.drain ?? createDrain(),
    log,
    now,
  });
  const node = createNodeView({
    sessions: {
      current: () => book.entries().map(({ session }) => session),
      onChange: (listener) => book.onChange(listener),
    },
    registry,
    health: cluster.health,
    topology,
    now,
  });

  return {
    rights,
    providerSecrets,
    access,
    farm,
    node,
    /** Before the sessions end: other nodes can take them up. */
    async close() {
      await farm.close();
      stopForgetting();
      await access.close();
    },
  };
}

/**
 * Whoever sits at the app signs in to nothing: the key only seals what its managers hold, to be taken up after a crash. Where it
 * can't be kept or had, a new one does; then sessions are opened anew.
 */
async function openOwnKey({ accessKeys, secrets }: Stores, log: Logger): Promise<string> {
  if (secrets.kind === 'none') return createToken();
  const key = await openAccessKey(accessKeys, secrets);
  if (key.ok) return key.value;
  log.warn({ failure: key.failure }, 'Sessions that managers hold can not be taken up after a crash');
  return createToken();
}
