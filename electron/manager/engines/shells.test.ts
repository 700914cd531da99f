import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRig, type Rig } from '../../../e2e/rig/rig.ts';
import { createBuiltInEngine } from './builtInEngine.ts';
import { watch, type TestViewer } from './session/testViewer.ts';
import { createMemoryKnownHosts } from './ssh/memoryKnownHosts.ts';
import { createSshProtocol } from './ssh/sshProtocol.ts';
import { createTelnetProtocol } from './telnet/telnetProtocol.ts';
import { createTerminal } from './terminal/terminal.ts';

const isWithoutServers = process.getuid?.() !== 0;
const engine = createBuiltInEngine({
  version: '1',
  protocols: [
    createSshProtocol({ createTerminal, knownHosts: createMemoryKnownHosts() }),
    createTelnetProtocol({ createTerminal }),
  ],
});
let rig: Rig;

beforeAll(async () => {
  if (!isWithoutServers) rig = await startRig({ parts: ['ssh', 'telnet'] });
}, 60_000);
afterAll(() => rig?.stop());
afterEach(() => engine.close());

async function open(protocol: string, parameters: Record<string, string>): Promise<TestViewer> {
  const asked = await engine.argumentsOf(protocol);
  if (!asked.ok) throw new Error(protocol);
  const opened = await engine.open(
    {
      protocol,
      parameters: { ...Object.fromEntries(asked.value.names.map((name) => [name, ''])), ...parameters },
      version: 'VERSION_1_5_0',
      display: { width: 800, height: 600, dpi: 96 },
      audio: [],
      video: [],
      image: ['image/png'],
      name: '',
    },
    new AbortController().signal,
  );
  if (!opened.ok) throw new Error(opened.failure.detail);
  return watch(opened.value);
}

function type(viewer: TestViewer, text: string): void {
  for (const character of text) {
    const keysym = character === '\n' ? 0xff0d : (character.codePointAt(0) ?? 0);
    viewer.send(['key', String(keysym), '1'], ['key', String(keysym), '0']);
  }
}

/** What a command that was typed has written, once it is there. */
async function written(file: string): Promise<string> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return text;
    await sleep(20);
  }
}

describe.skipIf(isWithoutServers)('shells in the built-in engine', () => {
  const ssh = () => ({
    hostname: rig.ssh.host,
    port: String(rig.ssh.port),
    'host-key': rig.ssh.hostKeyLine,
    username: rig.ssh.username,
    password: rig.ssh.password,
  });
  const telnet = () => ({
    hostname: rig.telnet.host,
    port: String(rig.telnet.port),
    username: rig.telnet.username,
    password: rig.telnet.password,
    'login-success-regex': rig.telnet.loginSuccessRegex,
    'login-failure-regex': rig.telnet.loginFailureRegex,
  });

  it('shows SSH after the login, takes keys and a new size, offers files, and ends with the shell', async () => {
    const viewer = await open('ssh', { ...ssh(), 'enable-sftp': 'true' });
    await viewer.until('filesystem');
    await viewer.until('sync');
    const file = join(rig.ssh.home, 'typed');
    viewer.send(['size', '1000', '700']);
    await sleep(200);
    type(viewer, `stty size > ${file}\n`);
    const [rows = 0, columns = 0] = (await written(file)).trim().split(' ').map(Number);
    expect(rows).toBeGreaterThan(30);
    expect(columns).toBeGreaterThan(90);
    type(viewer, 'exit\n');
    await viewer.until('disconnect');
  });

  it('asks for what is missing', async () => {
    const viewer = await open('ssh', { ...ssh(), username: '', password: '' });
    await viewer.until('sync');
    type(viewer, `${rig.ssh.username}\n`);
    await sleep(300);
    type(viewer, `${rig.ssh.password}\n`);
    await sleep(500);
    const file = join(rig.ssh.home, 'asked');
    type(viewer, `echo in > ${file}\n`);
    expect(await written(file)).toBe('in\n');
  });

  it('shows Telnet after the login, and takes keys', async () => {
    const viewer = await open('telnet', telnet());
    await viewer.until('sync');
    const file = join(rig.telnet.home, 'typed');
    type(viewer, `stty size > ${file}\n`);
    expect(await written(file)).toMatch(/^\d\d \d\d+\n$/);
  });

  it.each<[string, string, () => Record<string, string>, string]>([
    ['a wrong password', 'ssh', () => ({ ...ssh(), password: 'wrong' }), '769'],
    ['a wrong password', 'telnet', () => ({ ...telnet(), password: 'wrong' }), '769'],
    ['a port where nobody is', 'ssh', () => ({ ...ssh(), port: '1' }), '519'],
    ['a port where nobody is', 'telnet', () => ({ ...telnet(), port: '1' }), '519'],
    ['another host key', 'ssh', () => ({ ...ssh(), 'host-key': 'AAAA' }), '512'],
  ])('says of %s over %s that nothing was opened', async (_what, protocol, parameters, status) => {
    const viewer = await open(protocol, parameters());
    expect((await viewer.until('error'))[2]).toBe(status);
    expect(viewer.all('sync')).toEqual([]);
  });
});
