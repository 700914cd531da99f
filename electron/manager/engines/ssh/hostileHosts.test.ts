import assert from 'node:assert/strict';
import { createServer, type Server as TcpServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2, { type AuthContext, type Connection, type ServerConfig } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryKnownHosts } from './memoryKnownHosts.ts';
import { createSshProtocol } from './sshProtocol.ts';
import { openTestSession, type TestSession } from './testSsh.ts';

const hostKey = ssh2.utils.generateKeyPairSync('ed25519');
const opened: TestSession[] = [];
const servers: { close(): unknown }[] = [];
/** Connections that hosts of these tests have and that aren't closed. */
const connections = new Set<Socket>();

afterEach(async () => {
  for (const { session } of opened.splice(0)) session.close();
  for (const server of servers.splice(0)) server.close();
  // Nothing is left of any of them.
  const until = Date.now() + 2_000;
  while (connections.size > 0 && Date.now() < until) await sleep(5);
  const left = connections.size;
  connections.clear();
  assert.equal(left, 0);
});

/** Enough on a busy machine, for hosts that do answer. */
const patientMs = 5_000;
const stallMs = 300;

function openAt(port: number, parameters: Record<string, string>, stepTimeoutMs = patientMs): TestSession {
  const session = openTestSession(
    (createTerminal) =>
      createSshProtocol({ createTerminal, knownHosts: createMemoryKnownHosts(), stepTimeoutMs }),
    {
      hostname: '127.0.0.1',
      port: String(port),
      'host-key': hostKey.public,
      username: 'anna',
      password: 'secret',
      ...parameters,
    },
  );
  opened.push(session);
  return session;
}

async function listen(server: TcpServer): Promise<number> {
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => {});
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

/** A session to a host that is no SSH server. */
const openToRaw = async (host: (socket: Socket) => void, stepTimeoutMs?: number) =>
  openAt(await listen(createServer((socket) => host(socket.resume()))), {}, stepTimeoutMs);

/** A session to an SSH server that misbehaves at one point. */
async function openTo(
  host: (connection: Connection) => void,
  parameters: Record<string, string> = {},
  config: Partial<ServerConfig> = {},
  stepTimeoutMs = patientMs,
): Promise<TestSession> {
  const server = new ssh2.Server({ hostKeys: [hostKey.private], ...config }, (connection) => {
    connection.on('error', () => {});
    host(connection);
  });
  // It is one of net's servers inside.
  return openAt(await listen((server as unknown as { _srv: TcpServer })._srv), parameters, stepTimeoutMs);
}

const letIn = (connection: Connection) =>
  connection.on('authentication', (login) =>
    login.method === 'none' ? login.reject(['password']) : login.accept(),
  );

/** Lets in, and gives a shell of the test's own. */
function giveShell(connection: Connection, run: (shell: ssh2.ServerChannel) => void): void {
  letIn(connection).on('session', (accept) => {
    accept()
      .on('pty', (agree) => agree())
      .on('shell', (agree) => run(agree()));
  });
}

const inner = (connection: Connection) =>
  (connection as unknown as { _protocol: { channelData(id: number, data: Buffer): void; ping(): void } })
    ._protocol;

describe('a host that does not speak SSH', () => {
  it.each<[string, (socket: Socket) => void, number]>([
    ['says nothing', () => {}, 514],
    ['greets without end', (socket) => flood(socket, Buffer.from('hello\r\n'.repeat(1_000))), 515],
    ['sends one endless line', (socket) => flood(socket, Buffer.alloc(65_536, 'x')), 515],
    ['sends garbage', (socket) => flood(socket, Buffer.alloc(65_536, 0x9d)), 515],
    ['speaks HTTP', (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 515],
    ['closes at once', (socket) => void socket.end(), 515],
    ['stops after its name', (socket) => void socket.write('SSH-2.0-x\r\n'), 514],
    [
      'names itself and sends a huge packet',
      (socket) => {
        socket.write('SSH-2.0-x\r\n');
        flood(socket, Buffer.alloc(65_536, 0x7f));
      },
      515,
    ],
    ['speaks SSH 1', (socket) => void socket.write('SSH-1.5-old\r\n'), 515],
  ])('%s', async (_title, host, status) => {
    const { ended } = await openToRaw(host, status === 514 ? stallMs : undefined);
    expect((await ended())?.status).toBe(status);
  });

  it('can not be reached', async () => {
    expect((await openAt(1, {}).ended())?.status).toBe(519);
    expect((await openAt(22, { hostname: 'nowhere.invalid' }).ended())?.status).toBe(512);
    expect((await openAt(22, { hostname: '' }).ended())?.status).toBe(512);
    expect((await openAt(70_000, {}).ended())?.status).toBe(768);
  });

  it('is left alone once the session is closed', async () => {
    const { session, stage } = await openToRaw(() => {}, stallMs);
    session.close();
    await sleep(2 * stallMs);
    expect(stage.ended).toBeUndefined();
  });
});

function flood(socket: Socket, bytes: Buffer): void {
  const more = () => {
    while (!socket.destroyed) if (!socket.write(bytes)) return void socket.once('drain', more);
  };
  more();
}

describe('an SSH server that misbehaves', () => {
  it('has only algorithms that are not safe', async () => {
    const { ended } = await openTo(letIn, {}, { algorithms: { kex: ['diffie-hellman-group14-sha1'] } });
    expect(await ended()).toEqual({
      status: 515,
      text: 'The host offers no key exchange algorithm that is safe enough: it needs newer software or settings.',
    });
  });

  it('never answers the login', async () => {
    const { ended } = await openTo(
      (connection) => void connection.on('authentication', () => {}),
      {},
      {},
      stallMs,
    );
    expect((await ended())?.status).toBe(514);
  });

  it('never opens the channel', async () => {
    const { ended } = await openTo(
      (connection) => void letIn(connection).on('session', () => {}),
      {},
      {},
      5 * stallMs,
    );
    expect((await ended())?.status).toBe(514);
  });

  it('refuses the channel', async () => {
    const { ended } = await openTo(
      (connection) => void letIn(connection).on('session', (_accept, reject) => reject()),
    );
    expect((await ended())?.status).toBe(515);
  });

  it('says that the shell ended, and closes nothing', async () => {
    const { ended, terminal } = await openTo((connection) =>
      giveShell(connection, (shell) => {
        shell.write('last words');
        shell.exit(0);
      }),
    );
    expect(await ended()).toBeUndefined();
    expect(terminal.text).toContain('last words');
  });

  it('goes away in the middle', async () => {
    const { ended, terminal } = await openTo((connection) =>
      giveShell(connection, (shell) => {
        shell.write('last words');
        setTimeout(() => connections.forEach((socket) => socket.end()), 50);
      }),
    );
    expect(await ended()).toEqual({ status: 523, text: 'The host closed the connection.' });
    expect(terminal.text).toContain('last words');
  });

  it('breaks the connection', async () => {
    const { ended } = await openTo((connection) =>
      giveShell(connection, () =>
        setTimeout(() => connections.forEach((socket) => socket.resetAndDestroy()), 50),
      ),
    );
    expect((await ended())?.status).toBe(515);
  });

  it('exchanges keys without end', async () => {
    const { ended } = await openTo((connection) => {
      giveShell(connection, () => connection.rekey());
      connection.on('rekey', () => connection.rekey());
    });
    expect((await ended())?.text).toContain('keeps exchanging keys');
  });

  it('sends more than its window', async () => {
    const { ended, terminal } = await openTo((connection) =>
      giveShell(connection, (shell) => {
        const { id } = (shell as unknown as { outgoing: { id: number } }).outgoing;
        for (let count = 0; count < 1_000; count += 1)
          inner(connection).channelData(id, Buffer.alloc(30_000, 'x'));
      }),
    );
    terminal.hold(true);
    expect((await ended())?.text).toContain('more than it was allowed');
  });

  it('asks without end', async () => {
    const { ended } = await openTo((connection) =>
      giveShell(connection, () => {
        const more = () => {
          for (let count = 0; count < 5_000; count += 1) inner(connection).ping();
          if (connections.size > 0) setImmediate(more);
        };
        more();
      }),
    );
    expect((await ended())?.text).toContain('keeps asking');
  });

  it('reads no faster than the terminal, and gets what is typed later', async () => {
    let typed = '';
    const { terminal } = await openTo((connection) =>
      giveShell(connection, (shell) => {
        shell.on('data', (bytes: Buffer) => (typed += bytes.toString()));
        shell.write(Buffer.alloc(3_000_000, 'x'));
        shell.write('end');
      }),
    );
    terminal.hold(true);
    await sleep(200);
    expect(terminal.text).toBe('');
    terminal.hold(false);
    await terminal.shows('end');
    terminal.type('hello');
    while (typed !== 'hello') await sleep(5);
  });

  it('has a subsystem for files that never answers', async () => {
    const { stage } = await openTo(
      (connection) => {
        letIn(connection).on('session', (accept) => {
          accept()
            .on('pty', (agree) => agree())
            .on('shell', (agree) => agree())
            .on('sftp', () => {});
        });
      },
      { 'enable-sftp': 'true' },
      {},
      5 * stallMs,
    );
    await stage.until(() => stage.files !== undefined);
    expect(await stage.files?.list('/')).toMatchObject({ failure: { code: 'host_timeout' } });
  });

  it.each([
    ['nothing', [], []],
    ['itself', ['.', '..'], []],
    ['the same file', ['a', '.'], ['a']],
  ])('has a folder that shows %s without end', async (_title, shown, listed) => {
    const attrs = { mode: 0o100644, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
    const names = shown.map((filename) => ({ filename, longname: filename, attrs }));
    const { stage } = await openTo(
      (connection) => {
        letIn(connection).on('session', (accept) => {
          accept()
            .on('pty', (agree) => agree())
            .on('shell', (agree) => agree())
            .on('sftp', (agree) => {
              const sftp = agree();
              sftp.on('OPENDIR', (id) => sftp.handle(id, Buffer.from('h')));
              // Many at a time, so that the end is near.
              sftp.on('READDIR', (id) => sftp.name(id, Array.from({ length: 500 }, () => names).flat()));
            });
        });
      },
      { 'enable-sftp': 'true' },
    );
    await stage.until(() => stage.files !== undefined);
    const folder = await stage.files?.list('/');
    assert.ok(folder?.ok);
    expect([...new Set(folder.value.map(({ name }) => name))]).toEqual(listed);
  });
});

describe('logging in', () => {
  const askPrompts = (login: AuthContext, ask: (login: ssh2.KeyboardAuthContext) => void) => {
    if (login.method === 'keyboard-interactive') ask(login);
    else login.reject(['keyboard-interactive']);
  };

  it('answers the one hidden question for the password, and asks the person the rest', async () => {
    const heard: string[][] = [];
    const { terminal } = await openTo((connection) => {
      giveShell(connection, (shell) => shell.write('welcome'));
      connection.removeAllListeners('authentication').on('authentication', (login) =>
        askPrompts(login, (context) =>
          context.prompt([{ prompt: 'Password: ', echo: false }], 'Title', 'Read this.', (first) => {
            heard.push(first);
            context.prompt(
              [
                { prompt: 'Your\ntoken: ', echo: false },
                { prompt: 'Colour: ', echo: true },
              ],
              (second) => {
                heard.push(second);
                context.accept();
              },
            );
          }),
        ),
      );
    });
    terminal.answerWith('123456', 'blue');
    await terminal.shows('welcome');
    expect(heard).toEqual([['secret'], ['123456', 'blue']]);
    expect(terminal.questions).toEqual([
      { question: '(anna@127.0.0.1) token: ', isSecret: true },
      { question: '(anna@127.0.0.1) Colour: ', isSecret: false },
    ]);
    expect(terminal.text).toContain('Title\nRead this.\nYour\n');
  });

  it('ends with 769 where the stored password was all that was asked, and wrong', async () => {
    const { terminal, ended } = await openTo(
      (connection) =>
        void connection.on('authentication', (login) =>
          askPrompts(login, (context) =>
            context.prompt([{ prompt: 'Passwort: ', echo: false }], () =>
              context.reject(['keyboard-interactive']),
            ),
          ),
        ),
    );
    expect((await ended())?.status).toBe(769);
    expect(terminal.questions).toEqual([]);
  });

  it('goes on to the second factor', async () => {
    const { terminal } = await openTo((connection) => {
      giveShell(connection, (shell) => shell.write('welcome'));
      connection.removeAllListeners('authentication').on('authentication', (login) => {
        if (login.method === 'password') login.reject(['keyboard-interactive'], true);
        else if (login.method === 'keyboard-interactive')
          login.prompt([{ prompt: 'Code: ', echo: false }], () => login.accept());
        else login.reject(['password']);
      });
    });
    terminal.answerWith('42');
    await terminal.shows('welcome');
    expect(terminal.questions).toEqual([{ question: '(anna@127.0.0.1) Code: ', isSecret: true }]);
  });

  it('is over where the host asks without end', async () => {
    const { ended } = await openTo(
      (connection) =>
        void connection.on('authentication', (login) =>
          askPrompts(login, (context) => {
            const again = () => context.prompt([], again);
            again();
          }),
        ),
      {},
      {},
      5 * stallMs,
    );
    expect((await ended())?.status).toBe(514);
  });

  it('says what the host takes where that is nothing that can be given', async () => {
    const { ended } = await openTo(
      (connection) =>
        void connection.on('authentication', (login) => login.reject(['gssapi-with-mic' as never])),
    );
    expect(await ended()).toEqual({
      status: 769,
      text: 'The host takes none of what can be given to it; it takes: gssapi-with-mic.',
    });
  });

  it('shows the banner, and not more than a screenful or two of it', async () => {
    const { terminal } = await openTo(
      (connection) => giveShell(connection, (shell) => shell.write('welcome')),
      {},
      { banner: `Authorised use only\n${'x\n'.repeat(5_000)}` },
    );
    await terminal.shows('welcome');
    expect(terminal.text).toContain('Authorised use only\n');
    expect(terminal.text.length).toBeLessThan(500);
  });

  it('says so where the host wants another password', async () => {
    const { ended } = await openTo(
      (connection) =>
        void connection.on('authentication', (login) => {
          if (login.method === 'password') login.requestChange('Your password has expired.', () => {});
          else login.reject(['password']);
        }),
    );
    expect(await ended()).toMatchObject({ status: 769, text: expect.stringContaining('changed') as string });
  });

  it("tells the host the person's locale and time zone", async () => {
    const told: string[] = [];
    const { terminal } = await openTo(
      (connection) => {
        letIn(connection).on('session', (accept) => {
          accept()
            .on('env', (_agree, _refuse, { key, val }) => told.push(`${key}=${val}`))
            .on('pty', (agree) => agree())
            .on('shell', (agree) => agree().write('welcome'));
        });
      },
      { locale: 'de_DE.UTF-8', timezone: 'Europe/Berlin' },
    );
    await terminal.shows('welcome');
    expect(told.sort()).toEqual(['LANG=de_DE.UTF-8', 'LC_ALL=de_DE.UTF-8', 'TZ=Europe/Berlin']);
  });
});
