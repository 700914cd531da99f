import { createORPCClient, type ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Contract, contract } from '../shared/contract/contract.ts';
import type { Failure } from '../shared/contract/failure.ts';
import { requirements } from '../shared/contract/requirements.ts';
import { emptyAccess } from '../shared/model/access.ts';
import type { LinkEvent } from '../shared/model/linkProposal.ts';
import { defaultPreferences } from '../shared/model/preferences.ts';
import { createTestAccess } from './access/testAccess.ts';
import type { Caller } from './broker/caller.ts';
import { startTestGateway, type TestGateway } from './gateway/testGateway.ts';
import { createPerson, display, draftOf, type People, startPeople, TestWire } from './testPeople.ts';

/** Who calls. `grantee` may do everything in one vault, `stranger` nothing anywhere. */
const people = {
  administrator: createPerson('root', ['user', 'administrator']),
  auditor: createPerson('iris', ['user', 'auditor']),
  grantee: createPerson('ada'),
  stranger: createPerson('eve'),
};
type Role = keyof typeof people;
const roles = Object.keys(people) as Role[];

/** Whose it is that the call is about: one's own in the granted vault, another person's there, another's in a vault without grants. */
const targets = ['own', 'shared', 'foreign'] as const;
type TargetName = (typeof targets)[number];

interface Target {
  readonly hostId: string;
  readonly vaultId: string;
  /** Opens a session there, as whoever owns the target. */
  readonly openSession: () => Promise<string>;
  /** Removes a host there, as whoever owns the target. */
  readonly removeHost: () => Promise<string>;
}

type Client = ReturnType<People['clientOf']>;

/** `ok`, `unseen` where a list doesn't have it, or the code of the failure; behind a colon what of its detail has to be there. */
type Outcome = string;
type Expected = Readonly<Record<Role, Outcome | readonly [own: Outcome, shared: Outcome, foreign: Outcome]>>;

interface Row {
  readonly expected: Expected;
  readonly call: (client: Client, target: Target) => Promise<unknown>;
}

const no = 'not_permitted';
const noHost = 'host_unknown';
const noSession = 'session_unknown';

/** By requirement: what those get who may make the call at all. */
const anyone = (outcome: Outcome, call: Row['call']): Row => ({
  expected: { administrator: outcome, auditor: outcome, grantee: outcome, stranger: outcome },
  call,
});
const overseers = (outcome: Outcome, call: Row['call']): Row => ({
  expected: { administrator: outcome, auditor: outcome, grantee: no, stranger: no },
  call,
});
const administrators = (outcome: Outcome, call: Row['call']): Row => ({
  expected: { administrator: outcome, auditor: no, grantee: no, stranger: no },
  call,
});
/** A right on the vault of the target; an auditor sees all vaults and may do nothing there. */
const withRight = (unseen: Outcome, call: Row['call'], auditor: Outcome = no): Row => ({
  expected: { administrator: 'ok', auditor, grantee: ['ok', 'ok', unseen], stranger: unseen },
  call,
});
const ownSessions = (call: Row['call']): Row => ({
  expected: {
    administrator: ['ok', no, no],
    auditor: ['ok', noSession, noSession],
    grantee: ['ok', no, noSession],
    stranger: ['ok', noSession, noSession],
  },
  call,
});

/** The first event, or that there is none yet. */
async function first<T>(started: Promise<AsyncIterator<T>>): Promise<T | undefined> {
  const stream = await started;
  const none = new Promise<undefined>((resolve) => setTimeout(resolve, 30, undefined));
  const next = await Promise.race([stream.next(), none]);
  void stream.return?.();
  return next?.value as T | undefined;
}

const unseen = (isSeen: boolean | undefined) => (isSeen ? 'ok' : 'unseen');
const unknownId = '11111111-1111-4111-8111-111111111111';
const serial = 'ab';

let inside: People;

const table: { readonly [Part in keyof Contract]: { readonly [Call in keyof Contract[Part]]: Row } } = {
  app: {
    describe: anyone('ok', (client) => client.app.describe({})),
    dismissNotice: anyone('ok', (client) => client.app.dismissNotice({ noticeId: 'x' })),
  },
  hosts: {
    watch: withRight(
      'unseen',
      async (client, { hostId }) => {
        const event = await first(client.hosts.watch({}));
        return unseen(event?.kind === 'page' && event.hosts.some(({ id }) => id === hostId));
      },
      'ok',
    ),
    read: withRight(noHost, (client, { hostId }) => client.hosts.read({ hostId })),
    save: withRight(noHost, (client, { hostId, vaultId }) =>
      client.hosts.save({ hostId, draft: draftOf(vaultId), secret: {} }),
    ),
    duplicate: withRight(noHost, (client, { hostId }) => client.hosts.duplicate({ hostId })),
    setFavourite: withRight(
      noHost,
      (client, { hostId }) => client.hosts.setFavourite({ hostId, favourite: true }),
      'ok',
    ),
    remove: withRight(noHost, (client, { hostId }) => client.hosts.remove({ hostIds: [hostId] })),
    undoRemove: {
      expected: {
        administrator: ['ok', noHost, noHost],
        auditor: [no, noHost, noHost],
        grantee: ['ok', noHost, noHost],
        stranger: noHost,
      },
      call: async (client, target) => client.hosts.undoRemove({ removalId: await target.removeHost() }),
    },
  },
  vaults: {
    save: administrators('ok', (client, { vaultId }) => client.vaults.save({ vaultId, name: 'Renamed' })),
    remove: administrators('vault_in_use', (client, { vaultId }) => client.vaults.remove({ vaultId })),
  },
  sessions: {
    watch: {
      expected: {
        administrator: 'ok',
        auditor: ['ok', 'unseen', 'unseen'],
        grantee: ['ok', 'ok', 'unseen'],
        stranger: ['ok', 'unseen', 'unseen'],
      },
      call: async (client, target) => {
        const sessionId = await target.openSession();
        const event = await first(client.sessions.watch({}));
        return unseen(event?.kind === 'all' && event.sessions.some(({ id }) => id === sessionId));
      },
    },
    open: withRight(noHost, (client, { hostId }) => client.sessions.open({ hostId, display })),
    noteDrawn: ownSessions(async (client, target) =>
      client.sessions.noteDrawn({
        sessionId: await target.openSession(),
        drawn: { beforeAskingMs: 5, sinceAskingMs: 100 },
      }),
    ),
    close: ownSessions(async (client, target) =>
      client.sessions.close({ sessionId: await target.openSession() }),
    ),
  },
  settings: {
    watch: overseers('ok', (client) => first(client.settings.watch({}))),
    // Of yesterday's state: told as a conflict, which changes nothing.
    save: administrators('ok', (client) => client.settings.save({ base: 0, settings: inside.settings })),
    history: overseers('ok', (client) => client.settings.history({})),
    readRevision: overseers('ok', (client) => client.settings.readRevision({ revision: 1 })),
    compare: overseers('ok', (client) =>
      client.settings.compare({ from: inside.settings, to: inside.settings }),
    ),
    exportText: overseers('ok', (client) => client.settings.exportText({})),
    readExport: administrators('input_invalid: the file is not JSON', (client) =>
      client.settings.readExport({ text: '{' }),
    ),
  },
  managers: {
    check: administrators('ok', (client) =>
      first(client.managers.check({ manager: inside.settings.managers[0]!, trust: { kind: 'plain' } })),
    ),
    // Opens the host anew.
    moveSession: {
      expected: {
        administrator: ['ok', no, no],
        auditor: [no, noSession, noSession],
        grantee: ['ok', no, noSession],
        stranger: [noHost, noSession, noSession],
      },
      call: async (client, target) => client.managers.moveSession({ sessionId: await target.openSession() }),
    },
  },
  whatIf: {
    // Its worker isn't built here.
    host: overseers('internal', (client, { vaultId }) =>
      client.whatIf.host({
        whatIf: { settings: inside.settings, down: [], draining: [] },
        request: { vaultId, address: '10.0.0.9' },
      }),
    ),
    allHosts: overseers('internal', (client) =>
      client.whatIf.allHosts({ whatIf: { settings: inside.settings, down: [], draining: [] } }),
    ),
  },
  certificates: {
    list: overseers('ok', (client) => client.certificates.list({})),
    createAuthority: administrators('ok', (client) =>
      client.certificates.createAuthority({ name: 'Authority', lifetimeDays: 30 }),
    ),
    issue: administrators('certificate_unknown', (client) =>
      client.certificates.issue({
        authority: serial,
        request: { kind: 'client', name: 'x', dnsNames: [], ipAddresses: [], lifetimeDays: 1 },
      }),
    ),
    renew: administrators('certificate_unknown', (client) =>
      client.certificates.renew({ serial, lifetimeDays: 1 }),
    ),
    revoke: administrators('certificate_unknown', (client) => client.certificates.revoke({ serial })),
    exportBundle: administrators('certificate_unknown', (client) =>
      client.certificates.exportBundle({ serial }),
    ),
    importFile: administrators('input_invalid', (client) =>
      client.certificates.importFile({ format: 'pem', text: 'none' }),
    ),
    chooseClient: administrators('ok', (client) => client.certificates.chooseClient({ serial: null })),
  },
  health: {
    watch: overseers('ok', (client) => first(client.health.watch({}))),
    probe: administrators('ok', (client) => client.health.probe({ managerId: 'north' })),
  },
  audit: { read: overseers('ok', (client) => client.audit.read({})) },
  registry: {
    check: administrators('ok', (client) =>
      first(client.registry.check({ pool: { id: 'p', name: 'P', endpoints: ['http://127.0.0.1:1'] } })),
    ),
    sessions: overseers('ok', (client) => first(client.registry.sessions({}))),
    endSession: administrators('ok', async (client, target) =>
      client.registry.endSession({ sessionId: await target.openSession() }),
    ),
    signOutUser: administrators('ok', (client) => client.registry.signOutUser({ user: 'nobody' })),
    prepareCluster: administrators('certificate_unknown', (client) =>
      client.registry.prepareCluster({
        authority: serial,
        clusterName: 'x',
        nodes: [{ name: 'a', address: '127.0.0.1' }],
      }),
    ),
  },
  links: {
    watch: anyone('ok', (client) => first(client.links.watch({}))),
    propose: anyone('ok', (client) => client.links.propose({ kind: 'link', text: 'nonsense' })),
    accept: {
      // What one doesn't see isn't even proposed.
      expected: {
        administrator: 'ok',
        auditor: no,
        grantee: ['ok', 'ok', 'link_forgotten'],
        stranger: 'link_forgotten',
      },
      async call(client, { hostId }) {
        const stream = await client.links.watch({});
        await client.links.propose({ kind: 'link', text: `proxima://host/${hostId}` });
        for (;;) {
          const { value } = (await stream.next()) as { value: LinkEvent };
          if (value.kind === 'refused' && !value.source.startsWith('proxima')) continue;
          void stream.return?.();
          const proposalId = value.kind === 'proposed' ? value.proposal.id : unknownId;
          try {
            return await client.links.accept({ proposalId, answer: { kind: 'open' }, display });
          } finally {
            await client.links.dismiss({ proposalId });
          }
        }
      },
    },
    dismiss: anyone('ok', (client) => client.links.dismiss({ proposalId: unknownId })),
  },
  recovery: {
    read: anyone('ok', (client) => client.recovery.read({})),
    dismiss: anyone('ok', (client) => client.recovery.dismiss({})),
  },
  preferences: {
    watch: anyone('ok', (client) => first(client.preferences.watch({}))),
    save: anyone('ok', (client) => client.preferences.save({ preferences: defaultPreferences })),
  },
  updates: {
    watch: anyone('ok', (client) => first(client.updates.watch({}))),
    look: anyone('update_failed', (client) => client.updates.look({})),
    install: administrators('update_failed', (client) => client.updates.install({ evenWithSessions: false })),
  },
  diagnostics: { read: overseers('ok', (client) => client.diagnostics.read({})) },
  people: {
    watchOwn: anyone('ok', (client) => first(client.people.watchOwn({}))),
    signOut: anyone('not_permitted: nothing to sign out of', (client) =>
      client.people.signOut({ everywhere: false }),
    ),
    changePassword: anyone('not_permitted: no account of yours', (client) =>
      client.people.changePassword({ current: 'x', next: 'a long enough one' }),
    ),
    beginSecondFactor: anyone('not_permitted: no account of yours', (client) =>
      client.people.beginSecondFactor({ password: 'x' }),
    ),
    confirmSecondFactor: anyone('not_permitted: no account of yours', (client) =>
      client.people.confirmSecondFactor({ code: '1' }),
    ),
    removeSecondFactor: anyone('not_permitted: no account of yours', (client) =>
      client.people.removeSecondFactor({ password: 'x' }),
    ),
  },
  accounts: {
    watch: overseers('ok', (client) => first(client.accounts.watch({}))),
    save: administrators('ok', (client) =>
      client.accounts.save({ name: 'new', displayName: '', groups: [], roles: [], isDisabled: false }),
    ),
    invite: administrators('account_unknown', (client) => client.accounts.invite({ name: 'x' })),
    resetSecondFactor: administrators('account_unknown', (client) =>
      client.accounts.resetSecondFactor({ name: 'x' }),
    ),
    remove: administrators('account_unknown', (client) => client.accounts.remove({ name: 'x' })),
  },
  providers: {
    setSecret: administrators('ok', (client) =>
      client.providers.setSecret({ providerId: 'none', secret: '' }),
    ),
    check: administrators('ok', (client) => client.providers.check({ provider: emptyAccess.providers[0]! })),
  },
  localManager: {
    guacdOffer: administrators('ok', (client) => client.localManager.guacdOffer({})),
    adoptGuacd: administrators('guacd_missing', (client) =>
      client.localManager.adoptGuacd({ install: false }),
    ),
  },
  farm: {
    watch: overseers('ok', (client) => first(client.farm.watch({}))),
    drain: administrators('input_invalid', (client) => client.farm.drain({ route: 'nowhere' })),
  },
  takeover: {
    resume: {
      expected: {
        administrator: ['ok', noSession, noSession],
        auditor: ['ok', noSession, noSession],
        grantee: ['ok', noSession, noSession],
        stranger: ['ok', noSession, noSession],
      },
      call: async (client, target) =>
        client.takeover.resume({ sessionId: await target.openSession(), display }),
    },
  },
};

/** The same over a gateway's WebSocket. */
let gateway: TestGateway;
const wires = new Map<Role, Client>();

async function dial(role: Role): Promise<Client> {
  const { socket } = gateway.dial('/rpc', { cookie: `__Host-proxima=${secretOf(role)}.hosta` });
  await once(socket, 'open');
  return createORPCClient(new RPCLink({ websocket: socket as unknown as WebSocket })) as Client;
}
const secretOf = (role: Role) => role.padEnd(43, 'A');

beforeAll(async () => {
  inside = await startPeople();
  const callerOf = (secret: string): Caller | undefined => {
    const role = roles.find((one) => secretOf(one) === secret);
    return role && { person: () => people[role] };
  };
  gateway = await startTestGateway({
    router: inside.host.router,
    attachTunnel: inside.host.attachTunnel,
    access: {
      ...createTestAccess().access,
      callerOf,
      fetchCaller: (secret) => Promise.resolve(callerOf(secret)),
    },
  });
  for (const role of roles) wires.set(role, await dial(role));
  await inside.grant({
    subject: { kind: 'person', name: people.grantee.id },
    vaultId: inside.ownVault,
    rights: ['see', 'open', 'join', 'edit'],
  });
});
afterAll(async () => {
  await gateway.gateway.close();
  await inside.close();
});

async function makeTarget(role: Role, name: TargetName): Promise<Target> {
  const { owner, ownVault, foreignVault } = inside;
  const vaultId = name === 'foreign' ? foreignVault : ownVault;
  const { hostId } = await owner.hosts.save({ draft: draftOf(vaultId), secret: {} });
  const holder = name === 'own' ? people[role].id : 'someone-else';
  return {
    hostId,
    vaultId,
    openSession: () => inside.openAs(holder, hostId),
    async removeHost() {
      const remover = inside.clientOf(createPerson(holder, ['user', 'administrator']));
      return (await remover.hosts.remove({ hostIds: [hostId] })).removalId;
    },
  };
}

async function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    return (await call()) === 'unseen' ? 'unseen' : 'ok';
  } catch (error) {
    const { code, detail = '' } = (error as ORPCError<string, Failure>).data ?? {};
    return code === undefined ? String(error) : `${code}: ${detail}`;
  }
}

const rows = Object.entries(table).flatMap(([part, calls]) =>
  Object.entries(calls as Record<string, Row>).map(([call, row]) => [`${part}.${call}`, row] as const),
);

test('has a row for every call of the contract, and so have the requirements', () => {
  const pathsOf = (parts: Readonly<Record<string, object>>) =>
    Object.entries(parts)
      .flatMap(([part, calls]) => Object.keys(calls).map((call) => `${part}.${call}`))
      .sort();
  expect(rows.map(([path]) => path).sort()).toEqual(pathsOf(contract));
  expect(pathsOf(requirements)).toEqual(pathsOf(contract));
});

describe.each(roles)('as %s', (role) => {
  const calls = rows.flatMap(([path, row]) => [
    [path, 'directly', row] as const,
    [path, 'over a wire', row] as const,
  ]);
  test.each(calls)('%s %s', async (_path, way, { expected, call }) => {
    const wire = wires.get(role);
    const client = way === 'directly' || !wire ? inside.clientOf(people[role]) : wire;
    const wanted = expected[role];
    const isOfTarget = Object.values(expected).some((outcome) => typeof outcome !== 'string');
    const found: Record<string, string> = {};
    const promised: Record<string, unknown> = {};
    for (const name of isOfTarget ? targets : (['foreign'] as const)) {
      const target = await makeTarget(role, name);
      const outcome = typeof wanted === 'string' ? wanted : wanted[targets.indexOf(name)];
      const [code, detail] = outcome?.split(': ') ?? [];
      found[name] = await outcomeOf(() => call(client, target));
      promised[name] =
        code === 'ok' || code === 'unseen'
          ? code
          : expect.stringMatching(detail === undefined ? `^${code}: ` : `^${code}: .*${detail}`);
    }
    expect(found).toEqual(promised);
  });

  test.each(targets)('the tunnel of a session (%s)', async (name) => {
    const target = await makeTarget(role, name);
    const sessionId = await target.openSession();
    const wire = new TestWire();
    const attached = await inside.host.attachTunnel(sessionId, wire, { person: () => people[role] });
    const mayJoin = role === 'administrator' || (role === 'grantee' && name === 'shared');
    if (name === 'own' || mayJoin) {
      expect(attached).toEqual({ ok: true, value: undefined });
      await expect.poll(() => wire.received).toContain(name === 'own' ? 'first' : 'joined');
    } else {
      expect(attached).toMatchObject({ failure: { code: noSession } });
      expect(wire).toMatchObject({ closedWith: { code: noSession }, received: '' });
    }
    await inside.clientOf(createPerson(name === 'own' ? people[role].id : 'someone-else')).sessions.close({
      sessionId,
    });
  });
});
