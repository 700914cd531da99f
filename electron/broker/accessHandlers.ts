import type { OwnAccess } from '../../shared/contract/access.ts';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Account } from '../../shared/model/access.ts';
import { rightsOn } from '../../shared/model/rights.ts';
import { audited } from './audited.ts';
import type { Caller } from './caller.ts';
import { acknowledge, type ContractImplementer, unwrap } from './contractImplementer.ts';
import type { AuditLog, HostStore, SettingsStore, Unsubscribe } from './ports.ts';
import { watchState } from './watchState.ts';

type SavedAccount = Pick<Account, 'name' | 'displayName' | 'groups' | 'roles' | 'isDisabled'>;

/** The local accounts, as far as their administrators and their own people deal with them. */
export interface AccountsPort {
  list(): Account[];
  find(name: string): Account | undefined;
  save(account: SavedAccount): Promise<Result<void>>;
  invite(name: string): Promise<Result<{ readonly token: string }>>;
  remove(name: string): Promise<Result<void>>;
  checkPassword(name: string, password: string): Promise<Result<void>>;
  setPassword(name: string, password: string): Promise<Result<void>>;
  beginSecondFactor(name: string): Promise<Result<{ readonly uri: string; readonly secret: string }>>;
  confirmSecondFactor(name: string, code: string): Promise<Result<{ recoveryCodes: string[] }>>;
  removeSecondFactor(name: string): Promise<Result<void>>;
  onChange(listener: () => void): Unsubscribe;
}

export interface AccessHandlerPorts {
  readonly accounts: AccountsPort;
  readonly signIns: {
    end(id: string): Promise<Result<void>>;
    endAllOf(personId: string, exceptId?: string): Promise<Result<void>>;
  };
  /** Tries of a password or a code by somebody who is signed in. */
  readonly tries: { take(key: string): boolean; giveBack(key: string): void };
  /** Ends the sessions of a person on every node. */
  readonly endSessions: (personId: string, who: string) => Promise<Result<void>>;
  readonly hosts: Pick<HostStore, 'vaults' | 'onChange'>;
  readonly settings: Pick<SettingsStore, 'current' | 'onChange'>;
  readonly audit: Pick<AuditLog, 'append'>;
}

/** Every sign-in changes an account. */
const listIntervalMs = 500;

/** The parts of the contract about one's own account, and about those of others. */
export function accessHandlers(host: ContractImplementer, ports: AccessHandlerPorts) {
  const { accounts, signIns, tries, audit } = ports;

  const describeOwn = (caller: Caller): OwnAccess => {
    const person = caller.person();
    const { access } = ports.settings.current().settings;
    return {
      person,
      canSignOut: caller.signInId !== undefined,
      hasSecondFactor: accounts.find(person.id)?.hasSecondFactor ?? false,
      vaults: ports.hosts
        .vaults()
        .map(({ id }) => ({ vaultId: id, rights: [...rightsOn(person, id, access)] }))
        .filter(({ rights }) => rights.length > 0),
    };
  };

  /** Of a local account; nobody else's password is kept here. */
  function ownAccountOf(caller: Caller): Result<string> {
    const account = accounts.find(caller.person().id);
    return account ? succeed(account.name) : fail('not_permitted', 'there is no account of yours here');
  }

  /** `act`, for somebody who shows by it that they know a secret of the account: not often in a row. */
  async function withTries<T>(name: string, act: () => Promise<Result<T>>): Promise<Result<T>> {
    const key = `own ${name.toLowerCase()}`;
    if (!tries.take(key)) return fail('sign_in_throttled');
    const done = await act();
    if (done.ok) tries.giveBack(key);
    return done;
  }

  /** Something about one's own account, for which the password is asked for again. */
  async function byPassword<T>(
    caller: Caller,
    password: string,
    act: (name: string) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const own = ownAccountOf(caller);
    if (!own.ok) return own;
    const checked = await withTries(own.value, () => accounts.checkPassword(own.value, password));
    return checked.ok ? act(own.value) : checked;
  }

  async function signOutEverywhere(personId: string, who: string): Promise<Result<void>> {
    const ended = await signIns.endAllOf(personId);
    const sessions = await ports.endSessions(personId, who);
    return ended.ok ? sessions : ended;
  }

  /** After a change by which somebody mustn't go on as they are. */
  async function thenSignOut<T>(changed: Result<T>, name: string, who: string): Promise<Result<T>> {
    if (!changed.ok) return changed;
    const ended = await signOutEverywhere(name, who);
    return ended.ok ? changed : ended;
  }

  /** As the account is spelled, where there is one. */
  const spell = (name: string) => accounts.find(name)?.name ?? name;

  return {
    people: {
      watchOwn: host.people.watchOwn.handler(({ context, signal }) =>
        distinct(
          watchState(
            (listener) => {
              const stop = [
                accounts.onChange(listener),
                ports.settings.onChange(listener),
                ports.hosts.onChange((change) => {
                  if (change.kind !== 'put' && change.kind !== 'removed') listener();
                }),
              ];
              return () => stop.forEach((end) => end());
            },
            () => describeOwn(context.caller),
            signal,
          ),
        ),
      ),
      signOut: host.people.signOut.handler(async ({ input, context: { caller } }) => {
        if (caller.signInId === undefined)
          return acknowledge(fail('not_permitted', 'there is nothing to sign out of'));
        if (!input.everywhere) return acknowledge(await signIns.end(caller.signInId));
        const { id } = caller.person();
        return acknowledge(
          await audited(audit, { who: id, what: `Signed “${id}” out everywhere` }, () =>
            signOutEverywhere(id, id),
          ),
        );
      }),
      changePassword: host.people.changePassword.handler(async ({ input, context: { caller } }) =>
        acknowledge(
          await byPassword(caller, input.current, (name) =>
            audited(audit, { who: name, what: `Changed the password of “${name}”` }, async () => {
              const set = await accounts.setPassword(name, input.next);
              return set.ok ? signIns.endAllOf(name, caller.signInId) : set;
            }),
          ),
        ),
      ),
      beginSecondFactor: host.people.beginSecondFactor.handler(async ({ input, context: { caller } }) => {
        const { uri, secret } = unwrap(
          await byPassword(caller, input.password, (name) => accounts.beginSecondFactor(name)),
        );
        return { uri, secret };
      }),
      confirmSecondFactor: host.people.confirmSecondFactor.handler(async ({ input, context: { caller } }) => {
        const name = unwrap(ownAccountOf(caller));
        return unwrap(
          await withTries(name, () =>
            audited(audit, { who: name, what: `Set up the second factor of “${name}”` }, () =>
              accounts.confirmSecondFactor(name, input.code),
            ),
          ),
        );
      }),
      removeSecondFactor: host.people.removeSecondFactor.handler(async ({ input, context: { caller } }) =>
        acknowledge(
          await byPassword(caller, input.password, (name) =>
            audited(audit, { who: name, what: `Removed the second factor of “${name}”` }, () =>
              accounts.removeSecondFactor(name),
            ),
          ),
        ),
      ),
    },
    accounts: {
      watch: host.accounts.watch.handler(({ signal }) =>
        watchState(
          (listener) => accounts.onChange(listener),
          () => ({ accounts: accounts.list() }),
          signal,
          listIntervalMs,
        ),
      ),
      save: host.accounts.save.handler(async ({ input, context: { caller } }) => {
        const who = caller.person().id;
        const before = accounts.find(input.name);
        const what = before ? `Changed the account “${before.name}”` : `Made the account “${input.name}”`;
        const saved = await audited(audit, { who, what, details: describeChanges(before, input) }, () =>
          accounts.save(input),
        );
        const isCutOff = before !== undefined && input.isDisabled && !before.isDisabled;
        return acknowledge(isCutOff ? await thenSignOut(saved, before.name, who) : saved);
      }),
      invite: host.accounts.invite.handler(async ({ input, context: { caller } }) => {
        const who = caller.person().id;
        const name = spell(input.name);
        const invited = await audited(audit, { who, what: `Invited “${name}” to choose a password` }, () =>
          accounts.invite(name),
        );
        const { token } = unwrap(await thenSignOut(invited, name, who));
        return { path: `/invitation?token=${token}` };
      }),
      resetSecondFactor: host.accounts.resetSecondFactor.handler(async ({ input, context: { caller } }) => {
        const name = spell(input.name);
        const entry = { who: caller.person().id, what: `Removed the second factor of “${name}”` };
        return acknowledge(await audited(audit, entry, () => accounts.removeSecondFactor(name)));
      }),
      remove: host.accounts.remove.handler(async ({ input, context: { caller } }) => {
        const who = caller.person().id;
        const name = spell(input.name);
        const removed = await audited(audit, { who, what: `Removed the account “${name}”` }, () =>
          accounts.remove(name),
        );
        return acknowledge(await thenSignOut(removed, name, who));
      }),
    },
  };
}

/** Only what differs from what was told last. */
async function* distinct<T>(states: AsyncIterable<T>): AsyncGenerator<T> {
  let last: string | undefined;
  for await (const state of states) {
    const text = JSON.stringify(state);
    if (text !== last) yield state;
    last = text;
  }
}

function describeChanges(before: Account | undefined, after: SavedAccount): string[] {
  const list = (values: readonly string[] = []) => (values.length === 0 ? 'none' : values.join(', '));
  const told: readonly (readonly [string, string, string])[] = [
    ['display name', before?.displayName ?? '', after.displayName],
    ['groups', list(before?.groups), list(after.groups)],
    ['roles', list(before?.roles), list(after.roles)],
    ['disabled', String(before?.isDisabled ?? false), String(after.isDisabled)],
  ];
  return told
    .filter(([, earlier, later]) => earlier !== later)
    .map(([what, earlier, later]) => `${what}: ${earlier} → ${later}`.slice(0, 500));
}
