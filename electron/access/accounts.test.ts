import { TOTP, Secret } from 'otpauth';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../shared/model/access.ts';
import type { Collection } from '../collections/collection.ts';
import { createMemoryCollection } from '../collections/memoryCollection.ts';
import { type AccountDocument, accountDocumentSchema } from './accountDocument.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { createSealer } from './sealer.ts';
import { createTestPasswords, testCost } from './testAccess.ts';

const dayMs = 24 * 3_600_000;
const password = 'violet tractor seven moons';
const another = 'copper lantern nine rivers';
let time: number;
let collection: Collection<AccountDocument>;
let accounts: Accounts;

const create = (over = collection, passwords = createTestPasswords()) =>
  createAccounts({
    collection: over,
    passwords,
    sealer: createSealer('a key for tests only'),
    reservedNames: ['owner'],
    now: () => time,
  });
const save = (name: string, roles: Role[] = ['user'], isDisabled = false) =>
  accounts.save({ name, displayName: '', groups: [], roles, isDisabled });
const refusal = (code: string) => ({ ok: false, failure: { code } });

async function make(name: string, roles: Role[] = ['user']): Promise<void> {
  await save(name, roles);
  expect(await accounts.setPassword(name, password)).toEqual({ ok: true, value: undefined });
}

async function setUpSecondFactor(name: string): Promise<{ secret: string; recoveryCodes: string[] }> {
  const begun = await accounts.beginSecondFactor(name);
  const secret = begun.ok ? begun.value.secret : '';
  const confirmed = await accounts.confirmSecondFactor(name, codeOf(secret));
  return { secret, recoveryCodes: confirmed.ok ? confirmed.value.recoveryCodes : [] };
}

const codeOf = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 }).generate({ timestamp: time });

beforeEach(() => {
  time = 1_800_000_000_000;
  collection = createMemoryCollection();
  accounts = create();
});

describe('names', () => {
  it('are the same in any case and form, and told as they are spelled', async () => {
    await make('Zoë');
    expect(accounts.find('ZOE\u0308')?.name).toBe('Zoë');
    expect(await accounts.checkPassword('zoë', password)).toMatchObject({ ok: true });
    await save('ZOË', ['auditor']);
    expect(accounts.list()).toMatchObject([{ name: 'ZOË', roles: ['auditor'], hasPassword: true }]);
  });

  it.each(['owner', 'OWNER', 'ada@oidc', 'ada@x'])('are not %s', async (name) => {
    expect(await save(name)).toMatchObject(refusal('input_invalid'));
  });

  it('may be addresses, or odd', async () => {
    for (const name of ['ada@example.org', '../..', 'a/b', '__proto__']) {
      await make(name);
      expect(await accounts.checkPassword(name, password)).toMatchObject({ ok: true });
    }
    for (const document of collection.all().values())
      expect(accountDocumentSchema.parse(document)).toEqual(document);
  });
});

describe('passwords', () => {
  it('are right or wrong, and nothing tells whether there is such an account', async () => {
    await make('ada');
    const wrong = refusal('sign_in_refused');
    expect(await accounts.checkPassword('ada', 'wrong')).toMatchObject(wrong);
    expect(await accounts.checkPassword('nobody', password)).toMatchObject(wrong);
    await save('invited');
    expect(await accounts.checkPassword('invited', '')).toMatchObject(wrong);
    await save('ada', ['user'], true);
    expect(await accounts.checkPassword('ada', 'wrong')).toMatchObject(wrong);
    expect(await accounts.checkPassword('ada', password)).toMatchObject(refusal('account_disabled'));
    expect(accounts.identityOf('ada')).toBeUndefined();
    expect(JSON.stringify([...collection.all().values()])).not.toContain(password);
  });

  it.each(['short', 'password1234', 'a'.repeat(20), 'x'.repeat(257), 'ada ada ada ada'])(
    'are not %s',
    async (weak) => {
      await save('ada');
      expect(await accounts.setPassword('ada', weak)).toMatchObject(refusal('password_weak'));
      expect(accounts.find('ada')?.hasPassword).toBe(false);
    },
  );

  it('are hashed anew at a sign-in once that costs more', async () => {
    await make('ada');
    const raised = create(collection, createTestPasswords({ ...testCost, iterations: 2 }));
    expect(await raised.checkPassword('ada', password)).toMatchObject({ ok: true });
    expect([...collection.all().values()][0]?.passwordHash).toContain('m=16,t=2,p=1');
    expect(await accounts.checkPassword('ada', password)).toMatchObject({ ok: true });
  });
});

describe('invitations', () => {
  it('work once, within a day, and end the password before', async () => {
    await make('ada');
    const invited = await accounts.invite('ada');
    const token = invited.ok ? invited.value.token : '';
    expect(JSON.stringify([...collection.all().values()])).not.toContain(token);
    expect(await accounts.checkPassword('ada', password)).toMatchObject(refusal('sign_in_refused'));
    expect(accounts.invitee(token)).toEqual({ ok: true, value: { name: 'ada' } });
    expect(await accounts.acceptInvitation(token, 'short')).toMatchObject(refusal('password_weak'));
    const both = await Promise.all([
      accounts.acceptInvitation(token, another),
      accounts.acceptInvitation(token, 'a thief came at once'),
    ]);
    expect(both).toMatchObject([{ ok: true }, refusal('invitation_used')]);
    expect(await accounts.acceptInvitation(token, another)).toMatchObject(refusal('invitation_used'));
    expect(await accounts.checkPassword('ada', another)).toMatchObject({ ok: true });
  });

  it('end with time, with a newer one, and with the account', async () => {
    await save('ada');
    const invite = async () => {
      const invited = await accounts.invite('ada');
      return invited.ok ? invited.value.token : '';
    };
    const first = await invite();
    const second = await invite();
    expect(accounts.invitee(first)).toMatchObject(refusal('invitation_used'));
    time += dayMs;
    expect(accounts.invitee(second)).toMatchObject(refusal('invitation_used'));
    const third = await invite();
    await save('ada', ['user'], true);
    expect(await accounts.acceptInvitation(third, another)).toMatchObject(refusal('invitation_used'));
    expect(await accounts.invite('nobody')).toMatchObject(refusal('account_unknown'));
  });
});

describe('the second factor', () => {
  it('counts once it is confirmed, each code once', async () => {
    await make('ada');
    const begun = await accounts.beginSecondFactor('ada');
    const secret = begun.ok ? begun.value.secret : '';
    expect(accounts.find('ada')?.hasSecondFactor).toBe(false);
    expect(accounts.begunSecondFactor('ada')).toMatchObject({ secret });
    expect(await accounts.confirmSecondFactor('ada', '000000')).toMatchObject(refusal('sign_in_refused'));
    const code = codeOf(secret);
    expect(await accounts.confirmSecondFactor('ada', code)).toMatchObject({ ok: true });
    expect(await accounts.useCode('ada', code)).toMatchObject(refusal('sign_in_refused'));
    time += 30_000;
    const next = codeOf(secret);
    expect(await Promise.all([accounts.useCode('ada', next), accounts.useCode('ada', next)])).toMatchObject([
      { ok: true },
      refusal('sign_in_refused'),
    ]);
    expect(await accounts.useCode('ada', code)).toMatchObject(refusal('sign_in_refused'));
    const stored = JSON.stringify([...collection.all().values()]);
    expect(stored).not.toContain(secret);
  });

  it('has recovery codes, each for once', async () => {
    await make('ada');
    const { recoveryCodes } = await setUpSecondFactor('ada');
    expect(recoveryCodes).toHaveLength(10);
    for (const code of recoveryCodes) {
      expect(await accounts.useCode('ada', code.toUpperCase())).toMatchObject({ ok: true });
      expect(await accounts.useCode('ada', code)).toMatchObject(refusal('sign_in_refused'));
      expect(JSON.stringify([...collection.all().values()])).not.toContain(code);
    }
  });

  it('is not begun for ever', async () => {
    await make('ada');
    const begun = await accounts.beginSecondFactor('ada');
    time += 600_000;
    const code = codeOf(begun.ok ? begun.value.secret : '');
    expect(accounts.begunSecondFactor('ada')).toBeUndefined();
    expect(await accounts.confirmSecondFactor('ada', code)).toMatchObject(refusal('sign_in_refused'));
  });

  it('opens with the same key only', async () => {
    await make('ada');
    const { secret } = await setUpSecondFactor('ada');
    const elsewhere = createAccounts({
      collection,
      passwords: createTestPasswords(),
      sealer: createSealer('another key altogether'),
      reservedNames: [],
      now: () => time,
    });
    time += 30_000;
    expect(await elsewhere.useCode('ada', codeOf(secret))).toMatchObject(refusal('sign_in_refused'));
    expect(await accounts.useCode('ada', codeOf(secret))).toMatchObject({ ok: true });
  });
});

describe('the last administrator', () => {
  const last = refusal('last_administrator');

  it('can not be demoted, disabled, removed or locked out', async () => {
    await make('ada', ['administrator']);
    await save('unready', ['administrator']);
    expect(accounts.hasAdministrator()).toBe(true);
    expect(await save('ada', ['user'])).toMatchObject(last);
    expect(await save('ada', ['administrator'], true)).toMatchObject(last);
    expect(await accounts.remove('ada')).toMatchObject(last);
    expect(await accounts.invite('ada')).toMatchObject(last);
    expect(await accounts.checkPassword('ada', password)).toMatchObject({ ok: true });
    await accounts.setPassword('unready', another);
    expect(await accounts.remove('ada')).toMatchObject({ ok: true });
    expect(await accounts.remove('unready')).toMatchObject(last);
    expect(await accounts.remove('ada')).toMatchObject(refusal('account_unknown'));
  });

  it('stays where two nodes take away one each at the same time', async () => {
    await make('ada', ['administrator']);
    await make('grace', ['administrator']);
    // What each node has heard: nothing yet of what the other did.
    const heard = new Map(collection.all());
    const slow: Collection<AccountDocument> = {
      ...collection,
      all: () => heard,
      async change(id, decide) {
        const changed = await collection.change(id, decide);
        await new Promise(setImmediate);
        return changed;
      },
    };
    const [one, other] = [create(slow), create(slow)];
    const outcomes = await Promise.all([one.remove('ada'), other.remove('grace')]);
    expect(outcomes.some(({ ok }) => !ok)).toBe(true);
    expect(accounts.hasAdministrator()).toBe(true);
  });
});
