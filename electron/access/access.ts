import type { Result } from '../../shared/contract/failure.ts';
import type { Access, LdapProvider, OidcProvider, Person } from '../../shared/model/access.ts';
import { rolesOf } from '../../shared/model/rights.ts';
import type { Caller } from '../broker/caller.ts';
import type { Collection } from '../collections/collection.ts';
import type { AccountDocument } from './accountDocument.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import type { IdentitySource } from './identityProvider.ts';
import { createDesktopSignIn, type DesktopSignIn } from './desktopSignIn.ts';
import { createIdentityProviders } from './identityProviders.ts';
import { createLocalProvider } from './localProvider.ts';
import { createOwnerToken } from './ownerToken.ts';
import type { Passwords } from './passwords.ts';
import { createSealer } from './sealer.ts';
import { createSignInDesk, type SignInDesk } from './signInDesk.ts';
import {
  createSignIns,
  type SignIn,
  type SignInDocument,
  type SignIns,
  type SignInTimings,
} from './signIns.ts';
import { createThrottle, type Throttle, throttledAddressOf } from './throttle.ts';

export interface GatewayAccessOptions {
  readonly accounts: Collection<AccountDocument>;
  readonly signIns: Collection<SignInDocument>;
  /** The settings' part, as it is now. */
  readonly access: () => Access;
  readonly passwords: Passwords;
  /** At least 16 random bytes, the same on every node: seals second factors, and what browsers carry between the steps. */
  readonly keyMaterial: string | Uint8Array;
  /** Whoever has the one-time token. No account can have this name. */
  readonly owner: Person;
  /** The token works although there is an administrator. */
  readonly isTokenWanted: boolean;
  readonly route: string;
  readonly createProvider: (settings: OidcProvider | LdapProvider) => IdentitySource;
  readonly audit: { append(entry: { who: string; what: string; details: string[] }): Promise<Result<void>> };
  readonly timings?: SignInTimings & Partial<typeof defaultTries>;
}

const defaultTries = {
  /** Wrong tries of an address: that many at once, and another this often. */
  addressBurst: 10,
  addressRefillMs: 6_000,
  /** Wrong tries of a name, from wherever. */
  nameBurst: 20,
  nameRefillMs: 15_000,
};

/** More than anybody needs; bounds the memory that strangers can take. */
const trackedAddresses = 1_000;
const trackedNames = 10_000;

/** Between the clocks of nodes; an account that is made anew under an old name is another one all the same. */
const clockToleranceMs = 5 * 60_000;

/** Who is who at a gateway. */
export interface GatewayAccess {
  readonly accounts: Accounts;
  readonly signIns: SignIns;
  readonly desk: SignInDesk;
  readonly desktop: DesktopSignIn;
  readonly names: Throttle;
  /** The one-time token, while it works. */
  ownerToken(): string | undefined;
  /** Whom a cookie's secret belongs to, as far as it has been heard of; counts as use. */
  callerOf(secret: string): Caller | undefined;
  /** Looks further: at what another node has just written. `address` asks; strangers can't ask for much. */
  fetchCaller(secret: string, address: string): Promise<Caller | undefined>;
  /** Some may not be signed in any more who were. */
  onSignedOut(listener: () => void): () => void;
  /** Whether there is anything to sign in to beside the one-time token. */
  hasOffers(): boolean;
  close(): Promise<void>;
}

export function createGatewayAccess(options: GatewayAccessOptions): GatewayAccess {
  const { owner } = options;
  const { timings } = options;
  const tries = { ...defaultTries, ...timings };
  const now = timings?.now ?? (() => Date.now());
  const sealer = createSealer(options.keyMaterial);
  const accounts = createAccounts({
    collection: options.accounts,
    passwords: options.passwords,
    sealer,
    reservedNames: [owner.id, owner.name],
    now,
  });
  const signIns = createSignIns(options.signIns, timings);
  const providers = createIdentityProviders({
    access: options.access,
    local: createLocalProvider(accounts),
    create: options.createProvider,
  });
  const ownerToken = createOwnerToken(() => options.isTokenWanted || !accounts.hasAdministrator());
  const addresses = createThrottle({
    burst: tries.addressBurst,
    refillMs: tries.addressRefillMs,
    keyLimit: trackedAddresses,
    now,
  });
  const names = createThrottle({
    burst: tries.nameBurst,
    refillMs: tries.nameRefillMs,
    keyLimit: trackedNames,
    now,
  });
  /** Cookies that nobody here knows: each is a question to the store that all nodes share. */
  const lookups = createThrottle({ burst: 30, refillMs: 1_000, keyLimit: trackedAddresses, now });
  const desk = createSignInDesk({
    accounts,
    providers,
    signIns,
    sealer,
    ownerToken,
    owner,
    access: options.access,
    addresses,
    names,
    route: options.route,
    audit: options.audit,
    now,
  });

  /** `undefined` where the account is gone, disabled or another of the same name, or the provider isn't used any more. */
  function personOf(signIn: SignIn): Person | undefined {
    const access = options.access();
    if (signIn.isOwner) return owner;
    const provider = access.providers.find(({ id }) => id === signIn.providerId);
    if (!provider) return undefined;
    const createdAt = accounts.find(signIn.identity.name)?.createdAt ?? Infinity;
    const isOfNow = createdAt <= signIn.startedAt + clockToleranceMs;
    const current = isOfNow ? accounts.identityOf(signIn.identity.name) : undefined;
    const identity = provider.kind === 'local' ? current : signIn.identity;
    if (!identity) return undefined;
    const somebody = { id: signIn.personId, groups: [...identity.groups] };
    return {
      ...somebody,
      name: identity.name,
      displayName: identity.displayName === '' ? identity.name : identity.displayName,
      roles: rolesOf(somebody, identity.roles, access),
      providerId: signIn.providerId,
    };
  }

  function callerOfSignIn(signIn: SignIn | undefined): Caller | undefined {
    let last = signIn && personOf(signIn);
    if (!signIn || !last) return undefined;
    return {
      signInId: signIn.id,
      person() {
        const current = signIns.read(signIn.id);
        const person = current && personOf(current);
        // Between the end of a sign-in and that of its wire nobody may do anything.
        last = person ?? { ...(last ?? owner), groups: [], roles: [] };
        return last;
      },
    };
  }

  return {
    accounts,
    signIns,
    desk,
    desktop: createDesktopSignIn({ signIns, addresses, route: options.route, now }),
    names,
    ownerToken: () => ownerToken.current(),
    callerOf: (secret) => callerOfSignIn(signIns.find(secret)),
    async fetchCaller(secret, address) {
      const known = signIns.find(secret);
      if (known) return callerOfSignIn(known);
      return lookups.take(throttledAddressOf(address))
        ? callerOfSignIn(await signIns.fetch(secret))
        : undefined;
    },
    onSignedOut(listener) {
      const stop = [signIns.onEnd(listener), accounts.onChange(listener)];
      return () => stop.forEach((end) => end());
    },
    hasOffers: () =>
      accounts.list().length > 0 || options.access().providers.some(({ kind }) => kind !== 'local'),
    async close() {
      signIns.close();
      await providers.close();
      await options.passwords.close();
    },
  };
}
