import { createRouterClient } from '@orpc/server';
import { TOTP, Secret } from 'otpauth';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Person, Role } from '../../shared/model/access.ts';
import { emptySettings, type Settings } from '../../shared/model/settings.ts';
import { createTestAccess } from '../access/testAccess.ts';
import { accessHandlers } from './accessHandlers.ts';
import { type Caller, createOwner } from './caller.ts';
import { implementContract } from './contractImplementer.ts';

const password = 'violet tractor seven moons';
const another = 'copper lantern nine rivers';
const vaults = [
  { id: '0b0a6c1e-2f7d-4b9e-8a53-5f6f4f1f0a01', name: 'Ops' },
  { id: '0b0a6c1e-2f7d-4b9e-8a53-5f6f4f1f0a02', name: 'Secret' },
];

let inside: ReturnType<typeof createTestAccess>;
let settings: Settings;
let settingsListeners: Set<() => void>;
let ended: { personId: string; who: string }[];
let audit: Result<void>;
let time: number;

beforeEach(() => {
  time = 1_800_000_000_000;
  inside = createTestAccess({ timings: { now: () => time } });
  settings = structuredClone(emptySettings);
  settingsListeners = new Set();
  ended = [];
  audit = succeed(undefined);
});
afterEach(() => inside.access.close());

function clientOf(caller: Caller) {
  const { accounts, signIns, names } = inside.access;
  const host = implementContract();
  const part = accessHandlers(host, {
    accounts,
    signIns,
    tries: names,
    endSessions: (personId, who) => {
      ended.push({ personId, who });
      return Promise.resolve(succeed(undefined));
    },
    hosts: { vaults: () => vaults, onChange: () => () => undefined },
    settings: {
      current: () => ({ settings, revision: 1 }),
      onChange: (listener) => {
        settingsListeners.add(listener);
        return () => void settingsListeners.delete(listener);
      },
    },
    audit: {
      append(entry) {
        inside.audited.push({ ...entry, details: [...entry.details] });
        return Promise.resolve(audit);
      },
    },
  });
  return createRouterClient({ people: part.people, accounts: part.accounts }, { context: { caller } });
}

const owner = () => clientOf({ person: () => createOwner('owner') });
const administrator = () =>
  clientOf({ person: (): Person => ({ ...createOwner('root'), roles: ['administrator'] }) });

async function make(name: string, roles: Role[] = ['user']): Promise<void> {
  await inside.access.accounts.save({ name, displayName: '', groups: [], roles, isDisabled: false });
  await inside.access.accounts.setPassword(name, password);
}

async function signIn(name: string) {
  const entry = { providerId: 'local', name, password, returnPath: '/' };
  const step = await inside.access.desk.enterPassword(entry, { address: '192.0.2.1' });
  const secret = step.kind === 'signed-in' ? step.secret : '';
  const caller = inside.access.callerOf(secret);
  if (!caller) throw new Error(`${name} did not get in`);
  return { secret, client: clientOf(caller), isIn: () => inside.access.callerOf(secret) !== undefined };
}

const failing = (code: string) => ({ data: { code } });
const said = () => inside.audited.map(({ who, what }) => `${who}: ${what}`);
const codeOf = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 }).generate({ timestamp: time });

describe('one’s own', () => {
  it('is told at once and when it changes, and nothing of vaults that one may not see', async () => {
    await make('ada');
    const { client } = await signIn('ada');
    const stream = await client.people.watchOwn({});
    const first = await stream.next();
    expect(first.value).toMatchObject({
      person: { id: 'ada' },
      canSignOut: true,
      hasSecondFactor: false,
      vaults: [],
    });
    settings.access.grants = [
      { subject: { kind: 'person', name: 'ADA' }, vaultId: vaults[0]?.id, rights: ['open'] },
    ];
    settingsListeners.forEach((listener) => listener());
    expect((await stream.next()).value).toMatchObject({
      vaults: [{ vaultId: vaults[0]?.id, rights: ['see', 'open'] }],
    });
    // A change that is none for this person is not told.
    await make('grace');
    await inside.access.accounts.save({
      name: 'ada',
      displayName: 'Ada',
      groups: [],
      roles: [],
      isDisabled: false,
    });
    expect((await stream.next()).value).toMatchObject({ person: { displayName: 'Ada' } });
    await stream.return();
  });

  it('of the owner has nothing to sign out of', async () => {
    const stream = await owner().people.watchOwn({});
    expect((await stream.next()).value).toMatchObject({ canSignOut: false, vaults: [{}, {}] });
    await stream.return();
    await expect(owner().people.signOut({ everywhere: true })).rejects.toMatchObject(
      failing('not_permitted'),
    );
    const change = owner().people.changePassword({ current: password, next: another });
    await expect(change).rejects.toMatchObject(failing('not_permitted'));
  });

  it('browser is signed out, or all of them, with the sessions', async () => {
    await make('ada');
    const [one, two, three] = [await signIn('ada'), await signIn('ada'), await signIn('ada')];
    await one.client.people.signOut({ everywhere: false });
    expect([one.isIn(), two.isIn(), three.isIn()]).toEqual([false, true, true]);
    expect(ended).toEqual([]);
    await two.client.people.signOut({ everywhere: true });
    expect([two.isIn(), three.isIn()]).toEqual([false, false]);
    expect(ended).toEqual([{ personId: 'ada', who: 'ada' }]);
    expect(said()).toEqual(['ada: Signed “ada” out everywhere']);
  });

  it('password is changed by who knows it, and other browsers are signed out', async () => {
    await make('ada');
    const [here, elsewhere] = [await signIn('ada'), await signIn('ada')];
    const wrong = here.client.people.changePassword({ current: 'wrong', next: another });
    await expect(wrong).rejects.toMatchObject(failing('sign_in_refused'));
    const weak = here.client.people.changePassword({ current: password, next: 'password1234' });
    await expect(weak).rejects.toMatchObject(failing('password_weak'));
    await here.client.people.changePassword({ current: password, next: another });
    expect([here.isIn(), elsewhere.isIn()]).toEqual([true, false]);
    expect(await inside.access.accounts.checkPassword('ada', another)).toMatchObject({ ok: true });
    for (let count = 0; count < 25; count++)
      await here.client.people.changePassword({ current: 'wrong', next: password }).catch(() => undefined);
    const throttled = here.client.people.changePassword({ current: another, next: password });
    await expect(throttled).rejects.toMatchObject(failing('sign_in_throttled'));
  });

  it('second factor is begun by the password and confirmed by a code', async () => {
    await make('ada');
    const { client } = await signIn('ada');
    await expect(client.people.beginSecondFactor({ password: 'wrong' })).rejects.toMatchObject(
      failing('sign_in_refused'),
    );
    const { secret, uri } = await client.people.beginSecondFactor({ password });
    expect(uri).toContain(secret);
    await expect(client.people.confirmSecondFactor({ code: '000000' })).rejects.toMatchObject(
      failing('sign_in_refused'),
    );
    const { recoveryCodes } = await client.people.confirmSecondFactor({ code: codeOf(secret) });
    expect(recoveryCodes).toHaveLength(10);
    expect(inside.access.accounts.find('ada')?.hasSecondFactor).toBe(true);
    await client.people.removeSecondFactor({ password });
    expect(inside.access.accounts.find('ada')?.hasSecondFactor).toBe(false);
    expect(JSON.stringify(inside.audited)).not.toContain(secret);
    for (const code of recoveryCodes) expect(JSON.stringify(inside.audited)).not.toContain(code);
  });
});

describe('accounts', () => {
  const account = {
    name: 'grace',
    displayName: 'Grace',
    groups: ['Ops'],
    roles: ['user' as const],
    isDisabled: false,
  };

  it('are made, invited, changed and removed, and the audit log says so', async () => {
    await make('root', ['administrator']);
    const client = administrator();
    await client.accounts.save(account);
    const { path } = await client.accounts.invite({ name: 'GRACE' });
    const token = path.replace('/invitation?token=', '');
    expect(await inside.access.accounts.acceptInvitation(token, password)).toMatchObject({ ok: true });
    const { isIn } = await signIn('grace');
    await client.accounts.save({ ...account, roles: ['auditor'] });
    expect(isIn()).toBe(true);
    await client.accounts.save({ ...account, isDisabled: true });
    expect(isIn()).toBe(false);
    await client.accounts.remove({ name: 'grace' });
    await expect(client.accounts.remove({ name: 'grace' })).rejects.toMatchObject(failing('account_unknown'));
    expect(said()).toEqual([
      'root: Made the account “grace”',
      'root: Invited “grace” to choose a password',
      'root: Changed the account “grace”',
      'root: Changed the account “grace”',
      'root: Removed the account “grace”',
      'root: Removed the account “grace”',
      'root: Not done: Removed the account “grace”',
    ]);
    expect(inside.audited[2]?.details).toEqual(['roles: user → auditor']);
    expect(ended.map(({ personId }) => personId)).toEqual(['grace', 'grace', 'grace']);
    expect(JSON.stringify(inside.audited)).not.toContain(token);
  });

  it('are invited anew, which signs them out everywhere', async () => {
    await make('grace');
    const { isIn } = await signIn('grace');
    await administrator().accounts.invite({ name: 'grace' });
    expect(isIn()).toBe(false);
    expect(ended).toEqual([{ personId: 'grace', who: 'root' }]);
    await expect(administrator().accounts.invite({ name: 'nobody' })).rejects.toMatchObject(
      failing('account_unknown'),
    );
  });

  it('keep an administrator', async () => {
    await make('root', ['administrator']);
    await expect(administrator().accounts.remove({ name: 'root' })).rejects.toMatchObject(
      failing('last_administrator'),
    );
    expect(ended).toEqual([]);
  });

  it('are not touched where the audit log can not be written', async () => {
    await make('root', ['administrator']);
    audit = fail('audit_unwritable');
    await expect(administrator().accounts.save(account)).rejects.toMatchObject(failing('audit_unwritable'));
    await expect(administrator().accounts.invite({ name: 'root' })).rejects.toMatchObject(
      failing('audit_unwritable'),
    );
    expect(inside.access.accounts.list().map(({ name, hasPassword }) => [name, hasPassword])).toEqual([
      ['root', true],
    ]);
  });

  it('are seen by administrators and auditors, changed by the former only', async () => {
    await make('ada');
    const { client } = await signIn('ada');
    const refused = failing('not_permitted');
    await expect(client.accounts.watch({})).rejects.toMatchObject(refused);
    await expect(
      client.accounts.save({ ...account, name: 'ada', roles: ['administrator'] }),
    ).rejects.toMatchObject(refused);
    const auditor = clientOf({ person: () => ({ ...createOwner('eve'), roles: ['auditor'] }) });
    const stream = await auditor.accounts.watch({});
    const { value } = await stream.next();
    await stream.return();
    expect(value).toMatchObject({ accounts: [{ name: 'ada', hasPassword: true }] });
    expect(JSON.stringify(value)).not.toContain('argon2');
    await expect(auditor.accounts.invite({ name: 'ada' })).rejects.toMatchObject(refused);
    await expect(auditor.accounts.resetSecondFactor({ name: 'ada' })).rejects.toMatchObject(refused);
  });
});
