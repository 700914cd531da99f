import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type SlapdHandle, startSlapd } from '../../../e2e/rig/slapd.ts';
import { skipReasonOf } from '../../../e2e/rig/debianProgram.ts';
import { findSlapd } from '../../../e2e/rig/slapdProgram.ts';
import { fail, type Result, succeed } from '../../../shared/contract/failure.ts';
import { identityProviderSchema, type LdapProvider } from '../../../shared/model/access.ts';
import { createAuthority, issueCertificate } from '../../secrets/certificateAuthority.ts';
import { checkLdap } from './checkLdap.ts';
import { createLdapProvider } from './ldap.ts';

const authority = await createAuthority({ commonName: 'Test authority', lifetimeDays: 2 });
const stranger = await createAuthority({ commonName: 'Stranger', lifetimeDays: 2 });
const forLoopback = {
  commonName: 'localhost',
  dnsNames: [],
  ipAddresses: ['127.0.0.1'],
  usage: 'server',
} as const;
const certificate = await issueCertificate(authority, forLoopback);
const authoritiesPem = authority.certificatePem;
const baseDn = 'dc=proxima,dc=example';
const password = 'violet tractor';

const personEntry = (uid: string, more = '', below = 'ou=people') => `dn: uid=${uid},${below},${baseDn}
objectClass: inetOrgPerson
uid: ${uid}
sn: ${uid}
userPassword: ${password}
${more === '' ? 'cn: ' + uid : more}
`;
const entries = `dn: ou=people,${baseDn}
objectClass: organizationalUnit
ou: people

dn: ou=twins,${baseDn}
objectClass: organizationalUnit
ou: twins

dn: ou=groups,${baseDn}
objectClass: organizationalUnit
ou: groups

${personEntry('Ada', `cn: Ada L.\ndisplayName: Ada Lovelace\nmemberOf: cn=Listed,ou=groups,${baseDn}\nmemberOf: cn=Smith\\2C Jones,ou=groups,${baseDn}`)}
${personEntry('twin')}
${personEntry('twin', '', 'ou=twins')}
dn: cn=Admins,ou=groups,${baseDn}
objectClass: groupOfNames
cn: Admins
member: uid=ada,ou=people,${baseDn}

dn: cn=Unique,ou=groups,${baseDn}
objectClass: groupOfUniqueNames
cn: Unique
uniqueMember: uid=ada,ou=people,${baseDn}

dn: cn=posix,ou=groups,${baseDn}
objectClass: posixGroup
cn: posix
gidNumber: 1000
memberUid: Ada

dn: cn=Others,ou=groups,${baseDn}
objectClass: groupOfNames
cn: Others
member: uid=twin,ou=people,${baseDn}
`;

interface Options {
  readonly settings?: Partial<LdapProvider>;
  readonly secret?: Result<string | undefined>;
  readonly timeoutMs?: number;
}

function optionsOf(url: string, { settings, secret = succeed(undefined), timeoutMs = 5_000 }: Options = {}) {
  const parsed = identityProviderSchema.parse({
    ...{ kind: 'ldap', id: 'office', name: 'Office', url, baseDn, authoritiesPem, ...settings },
  });
  if (parsed.kind !== 'ldap') throw new Error('another kind');
  return { settings: parsed, readSecret: () => Promise.resolve(secret), timeoutMs };
}

const create = (url: string, options?: Options) => createLdapProvider(optionsOf(url, options));
const refused = fail('sign_in_refused');
const failing = (code: string, detail = '') => ({
  ok: false,
  failure: expect.objectContaining({
    code,
    ...(detail !== '' && { detail: expect.stringContaining(detail) as string }),
  }) as object,
});

const program = await findSlapd();
describe.skipIf(program.kind === 'missing')(`OpenLDAP’s slapd${skipReasonOf(program)}`, () => {
  let open: SlapdHandle;
  let closed: SlapdHandle;
  beforeAll(async () => {
    const common = { certificate, authoritiesPem, entries };
    [open, closed] = await Promise.all([startSlapd(common), startSlapd({ ...common, isPublic: false })]);
  }, 60_000);
  afterAll(() => Promise.all([open?.stop(), closed?.stop()]));
  const asSearcher = (secret = closed.searcher.password, settings: Partial<LdapProvider> = {}): Options => ({
    settings: { searchDn: closed.searcher.dn, ...settings },
    secret: succeed(secret),
  });
  const groups = { groupsBaseDn: `ou=groups,${baseDn}` };

  it.each(['url', 'secureUrl'] as const)('lets people in by %s, as it spells them', async (url) => {
    const provider = create(open[url]);
    expect(await provider.authenticate('aDA', password)).toEqual(
      succeed({ name: 'Ada', displayName: 'Ada Lovelace', groups: ['Listed', 'Smith, Jones'], roles: [] }),
    );
    expect(await provider.authenticate('Ada', 'wrong')).toEqual(refused);
    expect(await provider.authenticate('nobody', password)).toEqual(refused);
  });

  it('tells the groups below a place that have a person as a member', async () => {
    const signedIn = await create(open.secureUrl, { settings: groups }).authenticate('ada', password);
    expect(signedIn.ok && [...signedIn.value.groups].toSorted()).toEqual(['Admins', 'Unique', 'posix']);
  });

  it('is searched by name and password where it wants that', async () => {
    expect(
      await create(closed.url, asSearcher(undefined, groups)).authenticate('Ada', password),
    ).toMatchObject({
      ok: true,
      value: { name: 'Ada', groups: expect.arrayContaining(['Admins']) as string[] },
    });
    expect(await create(closed.url).authenticate('Ada', password)).toEqual(
      failing('provider_refused', 'result 32'),
    );
  });

  it('refuses a wrong password of the search, and says that it was that', async () => {
    const wrong = create(closed.url, asSearcher('wrong'));
    expect(await wrong.authenticate('Ada', password)).toEqual(failing('provider_refused', 'result 49'));
    const none = create(closed.url, asSearcher(''));
    expect(await none.authenticate('Ada', password)).toEqual(failing('provider_refused', 'no password'));
    const unreadable = create(closed.url, { ...asSearcher(), secret: fail('secrets_unreadable') });
    expect(await unreadable.authenticate('Ada', password)).toEqual(failing('secrets_unreadable'));
  });

  it('takes nothing in a name for a filter', async () => {
    const provider = create(open.url);
    for (const name of [
      '*',
      'A*',
      'Ada)(uid=*',
      '*)(objectClass=*',
      'Ada)(|(uid=*',
      String.raw`\41da`,
      'Ad\\61',
      'Ada\0',
    ])
      expect(await provider.authenticate(name, password), name).toEqual(refused);
  });

  it('lets nobody in without a password', async () => {
    expect(await create(open.url).authenticate('Ada', '')).toEqual(refused);
  });

  it('lets nobody in whose name is that of two', async () => {
    expect(await create(open.url).authenticate('twin', password)).toEqual(
      failing('provider_answer_invalid', 'several entries'),
    );
    const settings = { baseDn: `ou=people,${baseDn}` };
    expect(await create(open.url, { settings }).authenticate('twin', password)).toMatchObject({ ok: true });
  });

  it('is told where there is nothing at the place', async () => {
    const settings = { baseDn: 'dc=elsewhere' };
    expect(await create(open.url, { settings }).authenticate('Ada', password)).toMatchObject({ ok: false });
    expect(await create(open.url, { settings: { baseDn: 'no dn' } }).authenticate('Ada', password)).toEqual(
      failing('provider_refused', 'result 34'),
    );
  });

  it('is not asked for anything where its certificate is from elsewhere', async () => {
    for (const url of [open.url, open.secureUrl])
      expect(
        await create(url, { settings: { authoritiesPem: stranger.certificatePem } }).authenticate(
          'Ada',
          password,
        ),
      ).toEqual(failing('provider_mistrusted'));
  });

  it('is told where it hangs, in time', async () => {
    open.pause();
    try {
      for (const url of [open.url, open.secureUrl])
        expect(await create(url, { timeoutMs: 200 }).authenticate('Ada', password)).toEqual(
          failing('provider_unreachable', 'did not answer in time'),
        );
    } finally {
      open.resume();
    }
    expect(await create(open.url).authenticate('Ada', password)).toMatchObject({ ok: true });
  });

  describe('when it is checked', () => {
    async function check(url: string, options?: Options) {
      const findings: string[] = [];
      const failure = await checkLdap(optionsOf(url, options), (finding) => findings.push(finding));
      return { findings, failure };
    }

    it('tells what it found', async () => {
      const { findings, failure } = await check(closed.url, asSearcher(undefined, groups));
      expect(failure).toBeUndefined();
      expect(findings).toEqual([
        'The connection is encrypted after StartTLS (TLSv1.3), and its certificate was verified.',
        `It takes the name and password of the search, ${closed.searcher.dn}.`,
        `${baseDn} is there.`,
        `ou=groups,${baseDn} is there.`,
        `There are 3 entries below ${baseDn} with a “uid” to sign in with.`,
        `Groups are those below ou=groups,${baseDn} that have a person as “member”, “uniqueMember” or “memberUid”.`,
      ]);
    });

    it('tells how far it came', async () => {
      const wrong = await check(closed.secureUrl, asSearcher('wrong'));
      expect(wrong.findings).toHaveLength(1);
      expect(wrong.failure?.code).toBe('provider_refused');
      const nobody = await check(open.secureUrl, { settings: { nameAttribute: 'mail' } });
      expect(nobody.findings).toHaveLength(3);
      expect(nobody.failure?.detail).toContain('has a “mail”');
      const nowhere = await check(open.secureUrl, { settings: { groupsBaseDn: `ou=none,${baseDn}` } });
      expect(nowhere.findings.at(-1)).toBe(`${baseDn} is there.`);
      expect(nowhere.failure?.code).toMatch(/^provider_/);
    });
  });
});

/** One element of BER. */
const ber = (tag: number, ...parts: (Buffer | string)[]): Buffer => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([tag, 0x82, content.length >> 8, content.length & 0xff]), content]);
};
const resultOf = (code: number) => [Buffer.from([0x0a, 1, code]), ber(4), ber(4)];
const messageOf = (id: number, ...operation: Buffer[]) => ber(0x30, Buffer.from([2, 1, id]), ...operation);

describe('a directory that is the trouble', () => {
  const servers: { server: Server; sockets: Set<Socket> }[] = [];
  afterEach(async () => {
    for (const { server, sockets } of servers.splice(0)) {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    }
  });

  async function listen(server: Server, scheme: 'ldap' | 'ldaps'): Promise<string> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
    });
    server.on('tlsClientError', () => {});
    servers.push({ server, sockets });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const serve = (talk: (socket: Socket) => void) => listen(createTcpServer(talk), 'ldap');
  const serveTls = (
    talk: (socket: Socket) => void,
    { certificatePem: cert, privateKeyPem: key } = certificate,
  ) =>
    listen(
      createTlsServer({ cert, key }, (socket) => {
        socket.on('error', () => {});
        talk(socket);
      }),
      'ldaps',
    );
  const signIn = (url: string, timeoutMs = 5_000) => create(url, { timeoutMs }).authenticate('Ada', password);

  /** Answers each request with what `answer` makes of its number and its tag. */
  const answering = (answer: (id: number, tag: number) => Buffer) => (socket: Socket) =>
    socket.on('data', (bytes) => {
      const start = (bytes[1] ?? 0) & 0x80 ? 2 + ((bytes[1] ?? 0) & 0x7f) : 2;
      socket.write(answer(bytes[start + 2] ?? 0, bytes[start + 3] ?? 0));
    });
  const entryOf = (dn: string) =>
    ber(0x64, ber(4, dn), ber(0x30, ber(0x30, ber(4, 'uid'), ber(0x31, ber(4, 'Ada')))));
  const directory = (dn: string) =>
    answering((id, tag) =>
      tag === 0x60
        ? messageOf(id, ber(0x61, ...resultOf(0)))
        : Buffer.concat([messageOf(id, entryOf(dn)), messageOf(id, ber(0x65, ...resultOf(0)))]),
    );

  it('lets nobody in as an entry without a name, to which any password is right', async () => {
    expect(await signIn(await serveTls(directory('uid=Ada')))).toMatchObject({ ok: true });
    expect(await signIn(await serveTls(directory('')))).toEqual(
      failing('provider_answer_invalid', 'without a name'),
    );
  });

  it.each([
    [
      'has expired',
      { notBefore: new Date(Date.now() - 9e7), notAfter: new Date(Date.now() - 1000) },
      'expired',
    ],
    ['is for another name', { ipAddresses: ['127.0.0.2'] }, 'another name'],
  ])('hears nothing where its certificate %s', async (_what, change, detail) => {
    const bad = await issueCertificate(authority, { ...forLoopback, ...change });
    let received = 0;
    const url = await serveTls((socket) => socket.on('data', () => (received += 1)), bad);
    expect(await signIn(url)).toEqual(failing('provider_mistrusted', detail));
    expect(received).toBe(0);
  });

  it('hears nothing but StartTLS where it refuses that', async () => {
    let heard = Buffer.alloc(0);
    const url = await serve((socket) =>
      socket.on('data', (bytes) => {
        heard = Buffer.concat([heard, bytes]);
        socket.write(messageOf(1, ber(0x78, ...resultOf(2))));
      }),
    );
    expect(await signIn(url)).toEqual(failing('provider_mistrusted', 'refused StartTLS (result 2)'));
    expect(heard.toString('latin1')).toContain('1.3.6.1.4.1.1466.20037');
    expect(heard).toHaveLength(31);
  });

  it.each([
    [
      'sends more than its answer before TLS',
      Buffer.concat([messageOf(1, ber(0x78, ...resultOf(0))), messageOf(2)]),
    ],
    [
      'sends a part of another answer before TLS',
      Buffer.concat([messageOf(1, ber(0x78, ...resultOf(0))), Buffer.from([0x30])]),
    ],
    ['speaks another protocol', Buffer.from('220 mail.example ESMTP\r\n')],
    ['answers another operation', messageOf(1, ber(0x61, ...resultOf(0)))],
    ['answers another message', messageOf(9, ber(0x78, ...resultOf(0)))],
    [
      'answers with an endless message',
      Buffer.concat([Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]), Buffer.alloc(8192)]),
    ],
  ])('hears nothing but StartTLS where it %s', async (_what, answer) => {
    let length = 0;
    const url = await serve((socket) =>
      socket.on('data', (bytes) => {
        length += bytes.length;
        socket.write(answer);
      }),
    );
    expect(await signIn(url)).toEqual(failing('provider_mistrusted', 'does not answer StartTLS'));
    expect(length).toBe(31);
  });

  it('is refused where it speaks no TLS on the port for it', async () => {
    const plain = await serve((socket) =>
      socket.on('data', () => socket.write('220 mail.example ESMTP\r\n')),
    );
    expect(await signIn(plain.replace('ldap:', 'ldaps:'))).toEqual(failing('provider_mistrusted'));
  });

  it('is told where nobody listens, and where it hangs up', async () => {
    expect(await signIn('ldaps://127.0.0.1:1')).toEqual(failing('provider_unreachable', 'ECONNREFUSED'));
    expect(await signIn('ldap://127.0.0.1:1')).toEqual(failing('provider_unreachable', 'ECONNREFUSED'));
    const hangingUp = (socket: Socket) => void socket.end();
    expect(await signIn(await serve(hangingUp))).toEqual(failing('provider_unreachable'));
    expect(await signIn(await serveTls(hangingUp))).toEqual(failing('provider_unreachable'));
    const resetting = (socket: Socket) => socket.on('data', () => socket.destroy());
    expect(await signIn(await serveTls(resetting))).toEqual(failing('provider_unreachable'));
  });

  it('is told where it does not answer, at every step', async () => {
    const silent = () => {};
    const startedAt = Date.now();
    const late = failing('provider_unreachable', 'did not answer in time');
    expect(await signIn(await serve(silent), 150)).toEqual(late);
    expect(await signIn((await serve(silent)).replace('ldap:', 'ldaps:'), 150)).toEqual(late);
    expect(await signIn(await serveTls(silent), 150)).toEqual(late);
    const agreeing = (socket: Socket) =>
      socket.once('data', () => socket.write(messageOf(1, ber(0x78, ...resultOf(0)))));
    expect(await signIn(await serve(agreeing), 150)).toEqual(late);
    expect(Date.now() - startedAt).toBeLessThan(4_000);
  });

  it('is cut off where it floods', async () => {
    const pouring = (make: () => Buffer) => (socket: Socket) => {
      const chunk = make();
      const pour = () => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', pour);
      socket.once('data', pour);
    };
    const entry = messageOf(3, entryOf('uid=Ada'));
    const floods = [
      () => Buffer.alloc(65_536),
      () => Buffer.concat([Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]), Buffer.alloc(65_536)]),
      () => Buffer.concat(Array.from({ length: 1000 }, () => entry)),
      () => Buffer.concat(Array.from({ length: 2_000 }, () => Buffer.from([0x30, 5, 2, 1, 9, 0x61, 0]))),
    ];
    for (const flood of floods)
      expect(await signIn(await serveTls(pouring(flood)))).toEqual(
        failing('provider_answer_invalid', 'longer than'),
      );
  });

  it('is told where it answers nonsense', async () => {
    const nonsense = [
      (id: number) => messageOf(id, ber(0x61, ...resultOf(2))),
      (id: number) => messageOf(id, ber(0x61, Buffer.from([0x04, 0x7f]))),
      (id: number) => messageOf(id, ber(0x7e)),
    ];
    for (const answer of nonsense)
      expect(await signIn(await serveTls(answering(answer)), 500)).toEqual(
        failing('provider_answer_invalid'),
      );
    const busy = answering((id) => messageOf(id, ber(0x61, ...resultOf(51))));
    expect(await signIn(await serveTls(busy))).toEqual(failing('provider_unreachable', 'result 51'));
  });
});
