import type { z } from 'zod';
import { fail, type Failure, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Access, Person } from '../../shared/model/access.ts';
import { judgePassword } from './accountPasswords.ts';
import type { Accounts } from './accounts.ts';
import { type CarriedStep, createCarriedSteps } from './carriedStep.ts';
import type { TotpOffer } from './accountSecondFactors.ts';
import type { Identity } from './identityProvider.ts';
import type { IdentityProviders, ProviderOffer } from './identityProviders.ts';
import type { OwnerToken } from './ownerToken.ts';
import type { Sealer } from './sealer.ts';
import { identitySchema, type SignIns } from './signIns.ts';
import { type Throttle, throttledAddressOf } from './throttle.ts';

/** The browser that somebody signs in with. */
export interface Visitor {
  readonly address: string;
  /** Of the cookie that it has already: that sign-in ends where another begins, so that none can be planted on somebody. */
  readonly secret?: string | undefined;
}

/** What comes next. `carried` is sealed, and kept by the browser for ten minutes; `secret` belongs into its cookie. */
export type SignInStep =
  | { readonly kind: 'signed-in'; readonly secret: string; readonly returnPath: string }
  | { readonly kind: 'code'; readonly carried: string }
  | { readonly kind: 'set-up'; readonly carried: string; readonly offer: TotpOffer }
  | {
      readonly kind: 'codes-to-keep';
      readonly codes: string[];
      readonly secret: string;
      readonly returnPath: string;
    }
  | { readonly kind: 'elsewhere'; readonly address: string; readonly carried: string }
  | { readonly kind: 'refused'; readonly failure: Failure };

export interface SignInDeskOptions {
  readonly accounts: Accounts;
  readonly providers: IdentityProviders;
  readonly signIns: Pick<SignIns, 'start' | 'end' | 'fetch'>;
  readonly sealer: Sealer;
  readonly ownerToken: OwnerToken;
  readonly owner: Person;
  readonly access: () => Access;
  /** Tries by address, and by name. */
  readonly addresses: Throttle;
  readonly names: Throttle;
  readonly route: string;
  readonly audit: { append(entry: { who: string; what: string; details: string[] }): Promise<Result<void>> };
  readonly now: () => number;
}

/** Signs people in, step by step; nothing of a step is kept here, so that the next one may come to another node. */
export interface SignInDesk {
  offers(): ProviderOffer[];
  redeemToken(token: string, visitor: Visitor, returnPath: string): Promise<SignInStep>;
  enterPassword(
    entry: { providerId: string; name: string; password: string; returnPath: string },
    visitor: Visitor,
  ): Promise<SignInStep>;
  /** The step that a browser is at. */
  resume(carried: string): 'code' | { readonly offer: TotpOffer } | undefined;
  enterCode(carried: string, code: string, visitor: Visitor): Promise<SignInStep>;
  confirmSetUp(carried: string, code: string, visitor: Visitor): Promise<SignInStep>;
  goElsewhere(
    providerId: string,
    returnAddress: string,
    returnPath: string,
    visitor: Visitor,
  ): Promise<SignInStep>;
  comeBack(providerId: string, callback: URL, carried: string, visitor: Visitor): Promise<SignInStep>;
  invitee(token: string, visitor: Visitor): Result<{ readonly name: string }>;
  acceptInvitation(token: string, password: string, visitor: Visitor): Promise<SignInStep>;
  /** Whether this is whoever came by the one-time token. */
  isOwner(visitor: Visitor): Promise<boolean>;
  /** For the owner only. */
  makeAdministrator(
    entry: { name: string; displayName: string; password: string },
    visitor: Visitor,
  ): Promise<SignInStep>;
}

/** The first field that can't be used; not what is in it. */
const describeIssue = ({ issues }: z.ZodError) => `${issues[0]?.path.join('.')}: ${issues[0]?.message}`;

const refuse = (failure: Failure): SignInStep => ({ kind: 'refused', failure });

export function createSignInDesk(options: SignInDeskOptions): SignInDesk {
  const { accounts, providers, signIns, sealer, ownerToken, owner, addresses, names, audit, now } = options;

  const { seal, open } = createCarriedSteps(sealer, now);

  const nameKeyOf = (providerId: string, name: string) =>
    `${providerId} ${name.trim().normalize('NFC').toLowerCase()}`;

  /** Both tries are taken, whatever the other says; the returned function gives them back. */
  function takeTry({ address }: Visitor, nameKey?: string): (() => void) | undefined {
    const addressKey = throttledAddressOf(address);
    const isAddressFree = addresses.take(addressKey);
    const isNameFree = nameKey === undefined || (isAddressFree && names.take(nameKey));
    if (!isAddressFree || !isNameFree) return undefined;
    return () => {
      addresses.giveBack(addressKey);
      if (nameKey !== undefined) names.giveBack(nameKey);
    };
  }

  async function start(
    who: { identity: Identity; personId: string; providerId: string; isOwner: boolean },
    usedSecondFactor: boolean,
    { secret }: Visitor,
  ): Promise<Result<{ secret: string }>> {
    const started = await signIns.start({
      personId: who.personId,
      isOwner: who.isOwner,
      providerId: who.providerId,
      identity: { ...who.identity, groups: [...who.identity.groups], roles: [...who.identity.roles] },
      usedSecondFactor,
      route: options.route,
    });
    if (!started.ok) return started;
    const earlier = secret === undefined ? undefined : await signIns.fetch(secret);
    if (earlier) await signIns.end(earlier.id);
    return started;
  }

  async function startLocal(
    name: string,
    usedSecondFactor: boolean,
    visitor: Visitor,
  ): Promise<Result<{ secret: string }>> {
    const identity = accounts.identityOf(name);
    if (!identity) return fail('account_disabled');
    const started = await start(
      { identity, personId: identity.name, providerId: localProviderId(), isOwner: false },
      usedSecondFactor,
      visitor,
    );
    if (started.ok) await accounts.noteSignedIn(name);
    return started;
  }

  const localProvider = () => options.access().providers.find(({ kind }) => kind === 'local');
  const localProviderId = () => localProvider()?.id ?? 'local';

  const signedIn = (started: Result<{ secret: string }>, returnPath: string): SignInStep =>
    started.ok ? { kind: 'signed-in', secret: started.value.secret, returnPath } : refuse(started.failure);

  /** The password of a local account was right, or has just been chosen. */
  async function goOnLocally(name: string, returnPath: string, visitor: Visitor): Promise<SignInStep> {
    const step = { providerId: localProviderId(), name, returnPath };
    if (accounts.find(name)?.hasSecondFactor === true)
      return { kind: 'code', carried: seal({ ...step, kind: 'code' }) };
    const local = localProvider();
    if (local?.kind !== 'local' || !local.needsSecondFactor)
      return signedIn(await startLocal(name, false, visitor), returnPath);
    const begun = await accounts.beginSecondFactor(name);
    return begun.ok
      ? { kind: 'set-up', carried: seal({ ...step, kind: 'set-up' }), offer: begun.value }
      : refuse(begun.failure);
  }

  async function goOnAs(
    identity: Identity,
    providerId: string,
    returnPath: string,
    visitor: Visitor,
  ): Promise<SignInStep> {
    if (providerId === localProviderId()) return goOnLocally(identity.name, returnPath, visitor);
    const parsed = identitySchema.safeParse(identity);
    if (!parsed.success) return refuse(failureOf('provider_answer_invalid', describeIssue(parsed.error)));
    const who = {
      identity: parsed.data,
      personId: `${parsed.data.name}@${providerId}`,
      providerId,
      isOwner: false,
    };
    return signedIn(await start(who, false, visitor), returnPath);
  }

  async function isOwner({ secret }: Visitor): Promise<boolean> {
    const own = secret === undefined ? undefined : await signIns.fetch(secret);
    return own?.isOwner === true;
  }

  /** Somebody who gave the right password a moment ago, and still may. */
  function localNameOf(step: CarriedStep | undefined): string | undefined {
    return step?.name !== undefined && accounts.identityOf(step.name) ? step.name : undefined;
  }

  /** Not who has a second factor by now: they must show it, whatever was begun before. */
  function nameSettingUp(step: CarriedStep | undefined): string | undefined {
    const name = localNameOf(step);
    return name !== undefined && accounts.find(name)?.hasSecondFactor === false ? name : undefined;
  }

  return {
    offers: () => providers.offers(),
    async redeemToken(token, visitor, returnPath) {
      const giveBack = takeTry(visitor);
      if (!giveBack) return refuse(failureOf('sign_in_throttled'));
      if (!ownerToken.redeem(token)) return refuse(failureOf('sign_in_refused'));
      giveBack();
      const who = { identity: owner, personId: owner.id, providerId: localProviderId(), isOwner: true };
      return signedIn(await start(who, false, visitor), returnPath);
    },
    async enterPassword({ providerId, name, password, returnPath }, visitor) {
      const giveBack = takeTry(visitor, nameKeyOf(providerId, name));
      if (!giveBack) return refuse(failureOf('sign_in_throttled'));
      const provider = providers.find(providerId);
      if (provider?.source.kind !== 'form' || password === '') return refuse(failureOf('sign_in_refused'));
      const authenticated = await provider.source.authenticate(name, password);
      if (!authenticated.ok) return refuse(authenticated.failure);
      giveBack();
      return goOnAs(authenticated.value, providerId, returnPath, visitor);
    },
    resume(carried) {
      if (localNameOf(open(carried, 'code')) !== undefined) return 'code';
      const name = nameSettingUp(open(carried, 'set-up'));
      const offer = name === undefined ? undefined : accounts.begunSecondFactor(name);
      return offer && { offer };
    },
    async enterCode(carried, code, visitor) {
      const step = open(carried, 'code');
      const name = localNameOf(step);
      if (!step || name === undefined) return refuse(failureOf('sign_in_needed'));
      const giveBack = takeTry(visitor, nameKeyOf('code', name));
      if (!giveBack) return refuse(failureOf('sign_in_throttled'));
      const used = await accounts.useCode(name, code);
      if (!used.ok) return refuse(used.failure);
      giveBack();
      return signedIn(await startLocal(name, true, visitor), step.returnPath);
    },
    async confirmSetUp(carried, code, visitor) {
      const step = open(carried, 'set-up');
      const name = nameSettingUp(step);
      if (!step || name === undefined) return refuse(failureOf('sign_in_needed'));
      const giveBack = takeTry(visitor, nameKeyOf('code', name));
      if (!giveBack) return refuse(failureOf('sign_in_throttled'));
      const confirmed = await accounts.confirmSecondFactor(name, code);
      if (!confirmed.ok) return refuse(confirmed.failure);
      giveBack();
      const started = await startLocal(name, true, visitor);
      if (!started.ok) return refuse(started.failure);
      await audit.append({ who: name, what: `Set up the second factor of “${name}”`, details: [] });
      const { recoveryCodes: codes } = confirmed.value;
      return { kind: 'codes-to-keep', codes, secret: started.value.secret, returnPath: step.returnPath };
    },
    async goElsewhere(providerId, returnAddress, returnPath, visitor) {
      if (!takeTry(visitor)) return refuse(failureOf('sign_in_throttled'));
      const provider = providers.find(providerId);
      if (provider?.source.kind !== 'redirect') return refuse(failureOf('sign_in_refused'));
      const begun = await provider.source.begin(returnAddress);
      if (!begun.ok) return refuse(begun.failure);
      const { address, kept } = begun.value;
      return {
        kind: 'elsewhere',
        address,
        carried: seal({ kind: 'elsewhere', providerId, kept, returnPath }),
      };
    },
    async comeBack(providerId, callback, carried, visitor) {
      const step = open(carried, 'elsewhere');
      const provider = providers.find(providerId);
      if (step?.kept === undefined || step.providerId !== providerId || provider?.source.kind !== 'redirect')
        return refuse(failureOf('sign_in_refused'));
      const completed = await provider.source.complete(callback, step.kept);
      if (!completed.ok) return refuse(completed.failure);
      addresses.giveBack(throttledAddressOf(visitor.address));
      return goOnAs(completed.value, providerId, step.returnPath, visitor);
    },
    invitee(token, visitor) {
      const giveBack = takeTry(visitor);
      if (!giveBack) return fail('sign_in_throttled');
      const invited = accounts.invitee(token);
      if (invited.ok) giveBack();
      return invited;
    },
    async acceptInvitation(token, password, visitor) {
      const giveBack = takeTry(visitor);
      if (!giveBack) return refuse(failureOf('sign_in_throttled'));
      const accepted = await accounts.acceptInvitation(token, password);
      if (!accepted.ok) return refuse(accepted.failure);
      giveBack();
      const { name } = accepted.value;
      await audit.append({ who: name, what: `Chose a password for “${name}” by an invitation`, details: [] });
      return goOnLocally(name, '/', visitor);
    },
    isOwner,
    async makeAdministrator({ name, displayName, password }, visitor) {
      if (!(await isOwner(visitor))) return refuse(failureOf('not_permitted'));
      const judged = judgePassword(name, password);
      if (!judged.ok) return refuse(judged.failure);
      const told = await audit.append({
        who: owner.id,
        what: `Made “${name}” an administrator`,
        details: [],
      });
      if (!told.ok) return refuse(told.failure);
      const { groups = [], roles = [] } = accounts.find(name) ?? {};
      const made = await saveAdministrator(accounts, { name, displayName, groups, roles }, password);
      return made.ok ? goOnLocally(name, '/', visitor) : refuse(made.failure);
    },
  };
}

async function saveAdministrator(
  accounts: Accounts,
  account: Pick<Parameters<Accounts['save']>[0], 'name' | 'displayName' | 'groups' | 'roles'>,
  password: string,
): Promise<Result<void>> {
  const roles = [...new Set([...account.roles, 'administrator' as const])];
  const saved = await accounts.save({ ...account, roles, isDisabled: false });
  if (!saved.ok) return saved;
  const set = await accounts.setPassword(account.name, password);
  return set.ok ? succeed(undefined) : set;
}
