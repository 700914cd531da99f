import { execFile, spawn } from 'node:child_process';
import { createPrivateKey, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRig, type Rig } from '../../../../e2e/rig/rig.ts';
import { fingerprintOf } from './hostKey.ts';
import { openKnownHosts } from './knownHostsFile.ts';
import { createMemoryKnownHosts } from './memoryKnownHosts.ts';
import type { KnownHosts } from './knownHosts.ts';
import { createSshProtocol } from './sshProtocol.ts';
import { openTestSession, type TestSession } from './testSsh.ts';

const isWithoutServers = process.getuid?.() !== 0;
let rig: Rig;
const opened: TestSession[] = [];

beforeAll(async () => {
  if (!isWithoutServers) rig = await startRig({ parts: ['ssh'] });
}, 60_000);
afterAll(() => rig?.stop());
afterEach(() => {
  for (const { session } of opened.splice(0)) session.close();
});

function open(
  parameters: Record<string, string>,
  knownHosts: KnownHosts = createMemoryKnownHosts(),
): TestSession {
  const session = openTestSession((createTerminal) => createSshProtocol({ createTerminal, knownHosts }), {
    hostname: rig.ssh.host,
    port: String(rig.ssh.port),
    ...parameters,
  });
  opened.push(session);
  return session;
}

const withKey = () => ({ 'host-key': rig.ssh.hostKeyLine });
const withPassword = () => ({ ...withKey(), username: rig.ssh.username, password: rig.ssh.password });

describe.skipIf(isWithoutServers)('SSH to a real server', () => {
  it('opens a shell, tells it its size, follows resizes and ends with it', async () => {
    const { terminal, ended } = open({ ...withPassword(), locale: 'C.UTF-8', 'terminal-type': 'xterm' });
    await terminal.shows('Connected over SSH.');
    expect(terminal.questions).toEqual([]);
    terminal.type('stty size; echo "$TERM"\r');
    await terminal.shows('24 80\r\nxterm\r\n');
    terminal.resizeTo({ columns: 132, rows: 43, width: 1056, height: 688 });
    terminal.type('stty size\r');
    await terminal.shows('43 132\r\n');
    terminal.type('exit 3\r');
    expect(await ended()).toBeUndefined();
  });

  it('runs a command instead of a shell, and shows all of its output', async () => {
    const { terminal, ended } = open({ ...withPassword(), command: 'seq 1 20000; kill -9 $$' });
    expect(await ended()).toBeUndefined();
    expect(terminal.text.split('\r\n').slice(-2)[0]).toBe('20000');
  });

  it('ends with 769 for a stored password that is refused, without asking', async () => {
    const { terminal, ended } = open({ ...withPassword(), password: 'wrong' });
    expect(await ended()).toEqual({ status: 769, text: 'The host did not accept the password.' });
    expect(terminal.questions).toEqual([]);
  });

  it('asks for what it was not given, hides the password, and gives up after three attempts', async () => {
    const { terminal, ended } = open(withKey());
    await terminal.asked(1);
    terminal.answerWith(rig.ssh.username, 'wrong', 'wrong', 'wrong');
    expect(await ended()).toEqual({ status: 769, text: 'The host did not accept what was typed.' });
    expect(terminal.questions.map(({ question, isSecret }) => `${question}${isSecret}`)).toEqual([
      'login as: false',
      ...Array.from({ length: 3 }, () => `${rig.ssh.username}@127.0.0.1's password: true`),
    ]);
  });

  it('goes on with a password that is typed at last', async () => {
    const { terminal } = open(withKey());
    terminal.answerWith(rig.ssh.username, 'wrong', rig.ssh.password);
    await terminal.shows('Connected over SSH.');
    expect(terminal.questions).toHaveLength(3);
  });

  it('ends without a reason where the person leaves the questions', async () => {
    const { terminal, ended } = open(withKey());
    terminal.answerWith(undefined);
    expect(await ended()).toBeUndefined();
  });

  it('logs in with keys of all kinds and formats', async () => {
    const { utils } = ssh2;
    const passphrase = 'open sesame';
    const cipher = { cipher: 'aes256-ctr', passphrase, rounds: 16 } as const;
    const ed25519 = utils.generateKeyPairSync('ed25519');
    const lockedEd25519 = utils.generateKeyPairSync('ed25519', cipher);
    const ecdsa = utils.generateKeyPairSync('ecdsa', { bits: 256 });
    const rsa = createPrivateKey(rig.ssh.privateKeyPem);
    const pkcs8 = rsa.export({ type: 'pkcs8', format: 'pem' }).toString();
    const lockedPkcs8 = rsa
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
      .toString();
    await appendFile(
      join(dirname(rig.ssh.privateKeyFile), 'authorized_keys'),
      [ed25519, lockedEd25519, ecdsa].map((pair) => `${pair.public}\n`).join(''),
    );
    const keys: readonly (readonly [key: string, passphrase: string])[] = [
      [rig.ssh.privateKeyPem, ''],
      [rig.ssh.protectedPrivateKeyPem, rig.ssh.passphrase],
      [pkcs8, ''],
      [lockedPkcs8, passphrase],
      [ed25519.private, ''],
      [lockedEd25519.private, passphrase],
      [ecdsa.private.replaceAll('\n', '\r\n'), ''],
    ];
    for (const [key, opens] of keys) {
      const { terminal, session } = open({
        ...withKey(),
        username: rig.ssh.username,
        'private-key': key,
        passphrase: opens,
      });
      await terminal.shows('Connected over SSH.');
      expect(terminal.questions).toEqual([]);
      session.close();
    }
  });

  it('asks for a passphrase that is missing or wrong', async () => {
    const { terminal } = open({
      ...withKey(),
      username: rig.ssh.username,
      'private-key': rig.ssh.protectedPrivateKeyPem,
      passphrase: 'wrong',
    });
    terminal.answerWith('wrong again', rig.ssh.passphrase);
    await terminal.shows('Connected over SSH.');
    expect(terminal.questions.every(({ isSecret }) => isSecret)).toBe(true);
  });

  it('asks for the password where the key is not the one that the host knows', async () => {
    const { terminal } = open({
      ...withKey(),
      username: rig.ssh.username,
      'private-key': ssh2.utils.generateKeyPairSync('ed25519').private,
    });
    terminal.answerWith(rig.ssh.password);
    await terminal.shows('Connected over SSH.');
    expect(terminal.text).toContain('The host did not accept the key.');
  });

  it('logs in by an agent beside it, only where it was given one and that is asked for', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'proxima-agent-'));
    const agentSocket = join(folder, 'socket');
    const agent = spawn('/usr/bin/ssh-agent', ['-D', '-a', agentSocket]);
    try {
      while (!existsSync(agentSocket)) await sleep(10);
      await promisify(execFile)('ssh-add', ['-q', rig.ssh.privateKeyFile], {
        env: { ...process.env, SSH_AUTH_SOCK: agentSocket },
      });
      const openWith = (parameters: Record<string, string>) => {
        const session = openTestSession(
          (createTerminal) =>
            createSshProtocol({ createTerminal, knownHosts: createMemoryKnownHosts(), agentSocket }),
          {
            hostname: rig.ssh.host,
            port: String(rig.ssh.port),
            username: rig.ssh.username,
            ...withKey(),
            ...parameters,
          },
        );
        opened.push(session);
        return session;
      };
      const { terminal } = openWith({ 'enable-agent': 'true' });
      await terminal.shows('Connected over SSH.');
      expect(terminal.questions).toEqual([]);
      const without = openWith({});
      await without.terminal.asked(1);
      expect(without.terminal.questions[0]?.question).toContain('password');
    } finally {
      agent.kill();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('lets the host use the key while the session runs, only where that is asked for', async () => {
    const login = { ...withKey(), username: rig.ssh.username, 'private-key': rig.ssh.privateKeyPem };
    const without = open({ ...login, command: 'ssh-add -l' });
    await without.ended();
    expect(without.terminal.text).toContain('Could not open a connection');
    const forwarded = open({ ...login, 'enable-agent': 'true', command: 'ssh-add -l' });
    await forwarded.ended();
    expect(forwarded.terminal.text).toContain('(RSA)');
  });
});

describe.skipIf(isWithoutServers)('SSH host keys', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxima-known-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const login = () => ({ username: rig.ssh.username, password: rig.ssh.password });
  const hostKey = () => rig.ssh.hostKeyLine.split(' ');

  it('asks about a host that nobody knows, and remembers it', async () => {
    const file = join(folder, 'known_hosts');
    const known = '# mine\nnonsense here\n';
    await writeFile(file, known);
    const [, type, base64 = ''] = hostKey();
    const fingerprint = fingerprintOf(Buffer.from(base64, 'base64'));
    const first = open(login(), openKnownHosts(file));
    first.terminal.answerWith('maybe', 'yes');
    await first.terminal.shows('Connected over SSH.');
    expect(first.terminal.text).toContain(`ECDSA key fingerprint is ${fingerprint}.`);
    expect(await readFile(file, 'utf8')).toBe(`${known}[127.0.0.1]:${rig.ssh.port} ${type} ${base64}\n`);
    const second = open(login(), openKnownHosts(file));
    await second.terminal.shows('Connected over SSH.');
    expect(second.terminal.questions).toEqual([]);
  });

  it('takes the fingerprint itself for a yes, and a no for the end', async () => {
    const fingerprint = fingerprintOf(Buffer.from(hostKey()[2] ?? '', 'base64'));
    const accepting = open(login());
    accepting.terminal.answerWith(fingerprint);
    await accepting.terminal.shows('Connected over SSH.');
    const refusing = open(login());
    refusing.terminal.answerWith('no');
    expect((await refusing.ended())?.status).toBe(512);
  });

  it('never connects to a host whose key has changed, and says both fingerprints and the line', async () => {
    const other = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).public;
    const knownHosts = createMemoryKnownHosts('# a comment', `[127.0.0.1]:${rig.ssh.port} ${other}`);
    const { terminal, ended } = open(login(), knownHosts);
    const reason = await ended();
    expect(reason?.status).toBe(512);
    expect(reason?.text).toContain(fingerprintOf(Buffer.from(hostKey()[2] ?? '', 'base64')));
    expect(reason?.text).toContain(fingerprintOf(Buffer.from(other.split(' ')[1] ?? '', 'base64')));
    expect(reason?.text).toContain('line 2');
    expect(reason?.text.length).toBeLessThan(500);
    expect(terminal.questions).toEqual([]);
  });

  it('does not fall for a host that shows a key of another type than the known one', async () => {
    const other = ssh2.utils.generateKeyPairSync('ed25519').public;
    const { ended } = open(login(), createMemoryKnownHosts(`[127.0.0.1]:${rig.ssh.port} ${other}`));
    expect((await ended())?.status).toBe(512);
  });

  it('takes the expected key as a line of known_hosts, whatever its name, and as the bare key', async () => {
    const [, type, base64 = ''] = hostKey();
    for (const text of [`elsewhere.example ${type} ${base64} comment`, `${type} ${base64}`, base64]) {
      const { terminal, session } = open({ ...login(), 'host-key': text });
      await terminal.shows('Connected over SSH.');
      session.close();
    }
    const other = ssh2.utils.generateKeyPairSync('ed25519').public;
    const wrong = await open({ ...login(), 'host-key': other }).ended();
    expect(wrong?.status).toBe(512);
    expect(wrong?.text).toContain(fingerprintOf(Buffer.from(other.split(' ')[1] ?? '', 'base64')));
    expect((await open({ ...login(), 'host-key': 'rubbish' }).ended())?.status).toBe(512);
  });

  it('does not take an unreadable file for an empty one', async () => {
    const { ended } = open(login(), openKnownHosts(folder));
    expect((await ended())?.status).toBe(512);
  });
});

describe.skipIf(isWithoutServers)('SFTP of a real server', () => {
  const size = 5 * 1_048_576;
  const openFiles = async (parameters: Record<string, string> = {}) => {
    const session = open({ ...withPassword(), 'enable-sftp': 'true', ...parameters });
    await session.stage.until(() => session.stage.files !== undefined);
    const { files } = session.stage;
    if (!files) throw new Error('no files');
    return { ...session, files };
  };

  it('takes and gives 5 MB unchanged', async () => {
    const { files } = await openFiles();
    const content = randomBytes(size);
    const folder = await files.dropFolder();
    expect(folder).toBe(rig.ssh.home);
    const upload = await files.write(`${folder}/up.bin`);
    if (!upload.ok) throw new Error(upload.failure.detail);
    const pieces = Array.from({ length: size / 8_192 }, (_, at) =>
      content.subarray(at * 8_192, (at + 1) * 8_192),
    );
    await pipeline(Readable.from(pieces), upload.value);
    expect((await readFile(join(rig.ssh.home, 'up.bin'))).equals(content)).toBe(true);
    const download = await files.read(`${folder}/up.bin`);
    if (!download.ok) throw new Error(download.failure.detail);
    expect((await buffer(download.value)).equals(content)).toBe(true);
  });

  it('lists folders, and links as what they lead to', async () => {
    const folder = join(rig.ssh.home, 'tree');
    await mkdir(join(folder, 'inner'), { recursive: true });
    await writeFile(join(folder, 'a file'), 'x');
    await symlink('inner', join(folder, 'link'));
    await symlink('nowhere', join(folder, 'dangling'));
    const { files } = await openFiles();
    const listed = await files.list(folder);
    expect(listed.ok && [...listed.value].sort((left, right) => (left.name < right.name ? -1 : 1))).toEqual([
      { name: 'a file', isFolder: false },
      { name: 'dangling', isFolder: false },
      { name: 'inner', isFolder: true },
      { name: 'link', isFolder: true },
    ]);
  });

  it('keeps paths below the root that is offered', async () => {
    await mkdir(join(rig.ssh.home, 'offered'), { recursive: true });
    await writeFile(join(rig.ssh.home, 'offered', 'inside'), 'in');
    const { files } = await openFiles({ 'sftp-root-directory': `${rig.ssh.home}/offered/` });
    expect(await files.list('/../..')).toEqual({ ok: true, value: [{ name: 'inside', isFolder: false }] });
    expect(await files.read('/../.bashrc')).toMatchObject({
      ok: false,
      failure: { code: 'request_rejected' },
    });
    expect(await files.dropFolder()).toBe('/');
  });

  it('does what the switches say, and tells errors apart', async () => {
    const { files } = await openFiles({ 'sftp-disable-download': 'true', 'sftp-disable-upload': 'true' });
    expect(await files.read(`${rig.ssh.home}/.bashrc`)).toMatchObject({
      failure: { code: 'request_rejected' },
    });
    expect(await files.write('/tmp/x')).toMatchObject({ failure: { code: 'request_rejected' } });
    expect(await files.dropFolder()).toBeUndefined();
    const { files: all } = await openFiles();
    expect(await all.read('/nowhere')).toMatchObject({ failure: { code: 'request_rejected' } });
    expect(await all.read('/etc/shadow')).toMatchObject({ failure: { code: 'host_forbidden' } });
    expect(await all.read('/etc')).toMatchObject({ failure: { code: 'request_rejected' } });
  });

  it('fails where the session is over', async () => {
    const { files, session } = await openFiles();
    session.close();
    expect(await files.list('/')).toMatchObject({ failure: { code: 'host_error' } });
  });
});
