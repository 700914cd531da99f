import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRig, type Rig } from '../../../../e2e/rig/rig.ts';
import { openTestSession, type TestSession } from '../ssh/testSsh.ts';
import { createTelnetProtocol } from './telnetProtocol.ts';

let rig: Rig;
const opened: TestSession[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  rig = await startRig({ parts: ['telnet'] });
}, 60_000);
afterAll(() => rig.stop());
afterEach(() => {
  for (const { session } of opened.splice(0)) session.close();
  for (const server of servers.splice(0)) server.close();
});

function open(parameters: Record<string, string>): TestSession {
  const session = openTestSession((createTerminal) => createTelnetProtocol({ createTerminal }), parameters);
  opened.push(session);
  return session;
}

/** Opens a session to a host of the test's own. */
async function openTo(
  host: (socket: Socket) => void,
  parameters: Record<string, string> = {},
): Promise<TestSession> {
  const server = createServer((socket) => host(socket.on('error', () => {})));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return open({ hostname: '127.0.0.1', port: String(port), ...parameters });
}

const toRig = () => ({ hostname: rig.telnet.host, port: String(rig.telnet.port) });
const withPatterns = () => ({
  'username-regex': rig.telnet.usernameRegex,
  'password-regex': rig.telnet.passwordRegex,
  'login-success-regex': rig.telnet.loginSuccessRegex,
  'login-failure-regex': rig.telnet.loginFailureRegex,
});

describe('Telnet to a real server', () => {
  it('logs in by the default patterns, tells its size, follows resizes and ends with the shell', async () => {
    const { terminal, ended } = open({
      ...toRig(),
      username: rig.telnet.username,
      password: rig.telnet.password,
      'terminal-type': 'xterm',
    });
    await terminal.shows('Connected over Telnet.');
    expect(terminal.text).not.toContain(rig.telnet.password);
    terminal.type('stty size; echo "$TERM"\r');
    await terminal.shows('24 80\r\nxterm\r\n');
    terminal.resizeTo({ columns: 132, rows: 43, width: 1056, height: 688 });
    await sleep(100);
    terminal.type('stty size; echo \u00fc\r');
    await terminal.shows('43 132\r\n\u00fc\r\n');
    terminal.type('exit\r');
    expect(await ended()).toBeUndefined();
  });

  it('ends with 769 for a wrong password, before anything is shown', async () => {
    const { terminal, ended } = open({
      ...toRig(),
      ...withPatterns(),
      username: rig.telnet.username,
      password: 'wrong',
    });
    expect((await ended())?.status).toBe(769);
    expect(terminal.text).toBe('');
  });

  it('shows what was withheld once the login succeeds', async () => {
    const { terminal } = open({
      ...toRig(),
      ...withPatterns(),
      username: rig.telnet.username,
      password: rig.telnet.password,
    });
    await terminal.shows('Connected over Telnet.');
    expect(terminal.text.trimStart().startsWith('proxima login: ')).toBe(true);
  });
});

describe('Telnet to a host that misbehaves', () => {
  it('says why it can not connect', async () => {
    expect((await open({ hostname: '127.0.0.1', port: '1' }).ended())?.status).toBe(519);
    expect((await open({ hostname: 'nowhere.invalid', port: '23' }).ended())?.status).toBe(512);
    expect((await open({ hostname: '', port: '23' }).ended())?.status).toBe(768);
  });

  it('echoes what is typed where the host does not', async () => {
    const { terminal } = await openTo((socket) => socket.on('data', () => socket.write('heard')));
    await sleep(50);
    terminal.type('hi\r');
    await terminal.shows('heard');
    expect(terminal.text).toBe('hi\r\nheard');
  });

  it('ends where the host negotiates without end', async () => {
    const { ended } = await openTo((socket) => {
      const storm = Buffer.from(
        Array.from({ length: 3_000 }, (_, at) => [255, at % 2 ? 252 : 251, 1]).flat(),
      );
      socket.write(storm);
    });
    expect((await ended())?.status).toBe(515);
  });

  it('survives garbage, and endless subnegotiations take no memory', async () => {
    const { terminal } = await openTo((socket) => {
      socket.write(Buffer.from([255, 250, 24]));
      for (let count = 0; count < 100; count += 1) socket.write(Buffer.alloc(65_536, 1));
      socket.write(Buffer.from([255, 240, 255, 241, 255, 0, 255, 255, 13, 0]));
      socket.end('after');
    });
    await terminal.shows('after');
    expect(terminal.text.endsWith('\rafter')).toBe(true);
  });

  it('reads no faster than the terminal takes', async () => {
    let sent = 0;
    const { terminal, session } = await openTo((socket) => {
      const more = () => {
        while (!socket.destroyed && sent < 200_000_000) {
          sent += 65_536;
          if (!socket.write(Buffer.alloc(65_536, 'a'))) return void socket.once('drain', more);
        }
      };
      more();
    });
    terminal.hold(true);
    await sleep(300);
    expect(sent).toBeLessThan(20_000_000);
    session.close();
  });

  it('is told when the connection breaks', async () => {
    const { ended } = await openTo((socket) => void setTimeout(() => socket.resetAndDestroy(), 50));
    expect((await ended())?.status).toBe(515);
  });

  it('says so where a pattern can not be read', async () => {
    const { terminal } = await openTo((socket) => void socket.write('x'), {
      username: 'anna',
      'username-regex': '(',
    });
    await terminal.shows('x');
    expect(terminal.text).toContain('username-regex');
  });

  it('does not let a pattern take long', async () => {
    const { terminal, ended } = await openTo(
      (socket) => void socket.end(`${'a'.repeat(5_000)}!\r\nlogin: \r\n`),
      {
        username: 'anna',
        'username-regex': '(a+)+$|(a|a)*b|([a-z]+)*c',
      },
    );
    const before = performance.now();
    await ended();
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(terminal.text).toContain('login: ');
  });
});
