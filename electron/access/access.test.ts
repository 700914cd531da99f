import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { succeed } from '../../shared/contract/failure.ts';
import type { IdentityProvider, Role } from '../../shared/model/access.ts';
import type { GatewayAccess } from './access.ts';
import type { Identity } from './identityProvider.ts';
import { createTestAccess } from './testAccess.ts';

const password = 'violet tractor seven moons';
const visitor = { address: '192.0.2.1' };
const ldap: IdentityProvider = {
  kind: 'ldap',
  id: 'office',
  name: 'Office',
  url: 'ldaps://ldap.example',
  baseDn: 'dc=example',
  nameAttribute: 'uid',
};

let time: number;
let access: GatewayAccess;
let test: ReturnType<typeof createTestAccess>;
let told: Identity;
let closes: number;

beforeEach(() => {
  time = 1_800_000_000_000;
  closes = 0;
  told = { name: 'ada', displayName: 'Ada', groups: ['Ops'], roles: [] };
  test = createTestAccess({
    timings: { now: () => time },
    createProvider: () => ({
      kind: 'form',
      authenticate: () => Promise.resolve(succeed(told)),
      close: () => {
        closes += 1;
        return Promise.resolve();
      },
    }),
  });
  access = test.access;
});
afterEach(() => access.close());

async function make(name: string, roles: Role[] = ['user'], groups: string[] = []): Promise<void> {
  await access.accounts.save({ name, displayName: '', groups, roles, isDisabled: false });
  await access.accounts.setPassword(name, password);
}

async function signIn(name: string, providerId = 'local'): Promise<string> {
  const step = await access.desk.enterPassword({ providerId, name, password, returnPath: '/' }, visitor);
  if (step.kind !== 'signed-in') throw new Error(JSON.stringify(step));
  return step.secret;
}

const personOf = (secret: string) => access.callerOf(secret)?.person();

describe('a person', () => {
  it('is what the account and the rules say now', async () => {
    await make('ada', ['user'], ['Ops']);
    const caller = access.callerOf(await signIn('ada'));
    expect(caller?.person()).toEqual({
      id: 'ada',
      name: 'ada',
      displayName: 'ada',
      groups: ['Ops'],
      roles: ['user'],
      providerId: 'local',
    });
    test.settings.access.roleRules = [{ subject: { kind: 'group', name: 'ops' }, role: 'auditor' }];
    expect(caller?.person().roles).toEqual(['user', 'auditor']);
    await access.accounts.save({
      name: 'ada',
      displayName: 'Ada',
      groups: [],
      roles: ['administrator'],
      isDisabled: false,
    });
    expect(caller?.person()).toMatchObject({
      displayName: 'Ada',
      groups: [],
      roles: ['user', 'administrator'],
    });
  });

  it('may do nothing once the sign-in is over, whoever holds on to the caller', async () => {
    await make('ada', ['administrator']);
    const secret = await signIn('ada');
    const caller = access.callerOf(secret);
    await access.signIns.endAllOf('ada');
    expect(access.callerOf(secret)).toBeUndefined();
    expect(caller?.person()).toMatchObject({ id: 'ada', groups: [], roles: [] });
  });

  it('is nobody once the account is disabled, removed, or another of the same name', async () => {
    await make('root', ['administrator']);
    await make('ada');
    const secret = await signIn('ada');
    await access.accounts.save({
      name: 'ada',
      displayName: '',
      groups: [],
      roles: ['user'],
      isDisabled: true,
    });
    expect(personOf(secret)).toBeUndefined();
    await access.accounts.save({
      name: 'ada',
      displayName: '',
      groups: [],
      roles: ['user'],
      isDisabled: false,
    });
    expect(personOf(secret)).toBeDefined();
    await access.accounts.remove('ada');
    expect(personOf(secret)).toBeUndefined();
    time += 600_000;
    await make('ada');
    expect(personOf(secret)).toBeUndefined();
  });

  it('of another provider has its name behind an @, and goes with the provider', async () => {
    await make('ada', ['administrator']);
    test.settings.access.providers.push(ldap);
    const secret = await signIn('ada', 'office');
    expect(personOf(secret)).toMatchObject({ id: 'ada@office', roles: ['user'], groups: ['Ops'] });
    test.settings.access.providers.pop();
    expect(personOf(secret)).toBeUndefined();
  });

  it('is not made of what a provider may not tell', async () => {
    test.settings.access.providers.push(ldap);
    told = { ...told, groups: ['a\u0000b'] };
    const entry = { providerId: 'office', name: 'ada', password, returnPath: '/' };
    expect(await access.desk.enterPassword(entry, visitor)).toMatchObject({
      failure: { code: 'provider_answer_invalid' },
    });
  });
});

it('makes a provider anew where its settings change, and closes the earlier one', async () => {
  test.settings.access.providers.push(ldap);
  await signIn('ada', 'office');
  await signIn('ada', 'office');
  expect(closes).toBe(0);
  test.settings.access.providers[1] = { ...ldap, baseDn: 'dc=other' };
  await signIn('ada', 'office');
  expect(closes).toBe(1);
});

describe('the one-time token', () => {
  it('is not there any more once somebody administers, unless it is wanted', async () => {
    const token = access.ownerToken() ?? '';
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    await make('ada', ['administrator']);
    expect(access.ownerToken()).toBeUndefined();
    expect(await access.desk.redeemToken(token, visitor, '/')).toMatchObject({
      failure: { code: 'sign_in_refused' },
    });
    const wanted = createTestAccess({ isTokenWanted: true, accounts: test.collections.accounts }).access;
    expect(await wanted.desk.redeemToken(wanted.ownerToken() ?? '', visitor, '/')).toMatchObject({
      kind: 'signed-in',
    });
    await wanted.close();
  });

  it.each(['', 'x', 'x'.repeat(43), 'ü', 'undefined'])('is not %j', async (token) => {
    expect(await access.desk.redeemToken(token, visitor, '/')).toMatchObject({ kind: 'refused' });
    expect(access.ownerToken()).toBeDefined();
  });
});

describe('tries', () => {
  const enter = (name: string, given: string, address: string) =>
    access.desk.enterPassword({ providerId: 'local', name, password: given, returnPath: '/' }, { address });
  const codeOf = (step: Awaited<ReturnType<typeof enter>>) =>
    step.kind === 'refused' ? step.failure.code : step.kind;

  it('are counted by address, also where many come at once', async () => {
    await make('ada');
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, index) => enter(`name ${index}`, 'wrong', '192.0.2.9')),
    );
    expect(all.map(codeOf).filter((code) => code === 'sign_in_refused')).toHaveLength(10);
    expect(codeOf(await enter('ada', password, '192.0.2.9'))).toBe('sign_in_throttled');
    expect(codeOf(await enter('ada', password, '192.0.2.10'))).toBe('signed-in');
    time += 6_000;
    expect(codeOf(await enter('ada', password, '192.0.2.9'))).toBe('signed-in');
    expect(codeOf(await enter('ada', password, '192.0.2.9'))).toBe('signed-in');
  });

  it('are counted by name, from wherever they come, whether there is such a person or not', async () => {
    await make('ada');
    for (const name of ['ada', 'nobody']) {
      const codes = [];
      for (let count = 0; count < 22; count++)
        codes.push(codeOf(await enter(name, 'wrong', `198.51.100.${count}`)));
      expect(codes.filter((code) => code === 'sign_in_refused')).toHaveLength(20);
      expect(codes.slice(20)).toEqual(['sign_in_throttled', 'sign_in_throttled']);
    }
    expect(codeOf(await enter(' ADA ', password, '203.0.113.1'))).toBe('sign_in_throttled');
  });

  it('of cookies are answered without asking the other nodes each time', async () => {
    let fetches = 0;
    const asked = createTestAccess({
      signIns: {
        ...test.collections.signIns,
        fetch: () => {
          fetches += 1;
          return Promise.resolve(succeed(undefined));
        },
      },
    }).access;
    for (let count = 0; count < 1_000; count++) await asked.fetchCaller(`guess ${count}`, '192.0.2.1');
    expect(fetches).toBeLessThan(40);
    await asked.close();
  });
});
