import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { connect, type SecureVersion } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openChannel } from '../guacd/channel.ts';
import { defaultTimings } from '../guacd/timings.ts';
import { createAuthority, issueCertificate } from '../secrets/certificateAuthority.ts';
import { findGuacd, type LocalGuacd, startLocalGuacd } from './localGuacd.ts';

const executable = findGuacd() ?? '';
const lacks = executable === '' ? 'guacd is not installed' : undefined;
const isLinux = process.platform === 'linux';

let folder: string;
let authorityPem: string;
let certificate: { certificatePem: string; privateKeyPem: string };
let guacd: LocalGuacd | undefined;
const said: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-guacd-'));
  const authority = await createAuthority({ commonName: 'Test', lifetimeDays: 1 });
  authorityPem = authority.certificatePem;
  certificate = await issueCertificate(authority, {
    commonName: 'localhost',
    dnsNames: [],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  guacd = undefined;
  said.length = 0;
});
afterEach(async () => {
  await guacd?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(program = executable): Promise<LocalGuacd> {
  const options = { folder: join(folder, 'guacd'), certificate, log: (text: string) => said.push(text) };
  guacd = await startLocalGuacd(program, options);
  return guacd;
}

/**
 * Asks for a protocol over TLS: resolves to what guacd says, rejects with what is wrong. Who stays keeps a child of guacd busy,
 * which has its sockets, too.
 */
function ask(port: number, version: SecureVersion = 'TLSv1.3', stays = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca: authorityPem,
      minVersion: version,
      maxVersion: version,
      // Node itself would not even offer what is older than 1.2.
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    socket.on('secureConnect', () => socket.write('6.select,6.telnet;'));
    socket.on('data', (bytes: Buffer) => {
      resolve(bytes.toString());
      // Its child would wait for the rest of a handshake that is only broken off.
      if (!stays) socket.end('7.connect;');
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed without an answer')));
  });
}

/** Processes that have this test's folder as their HOME: guacd and all that it forked. */
async function listProcesses(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => environments[index]?.includes(`HOME=${folder}`)).map(Number);
}

describe.skipIf(lacks !== undefined || !isLinux)(
  `a local guacd${lacks === undefined ? '' : ` (${lacks})`}`,
  () => {
    it('answers over TLS 1.2 and later, and only there', async () => {
      const { port } = await start();
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        expect(await ask(port, version)).toMatch(/^4\.args,13\.VERSION_1_\d_0,/);
      }
      for (const version of ['TLSv1', 'TLSv1.1'] as const) {
        await expect(ask(port, version)).rejects.toThrow(/alert protocol version/);
      }
    });

    it('keeps its key for its owner only', async () => {
      await start();
      const own = join(folder, 'guacd');
      expect((await stat(own)).mode & 0o777).toBe(0o700);
      for (const name of ['key.pem', 'certificate.pem', 'guacd.log']) {
        expect((await stat(join(own, name))).mode & 0o777).toBe(0o600);
      }
    });

    it('is there again on the same port after a kill -9, with whatever it had forked gone', async () => {
      const { port } = await start();
      await ask(port, 'TLSv1.3', true);
      const before = await listProcesses();
      expect(before).toHaveLength(2);
      const [leader] = before;
      process.kill(leader ?? 0, 'SIGKILL');
      await vi.waitFor(async () => expect(await ask(port)).toMatch(/^4\.args/), {
        timeout: 8_000,
        interval: 100,
      });
      expect(said[0]).toMatch(/ended \(SIGKILL\); it is started again in 500 ms/);
      const after = await listProcesses();
      expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    });

    it('leaves no process behind when it is stopped, no session either', async () => {
      const { port, stop } = await start();
      await ask(port, 'TLSv1.3', true);
      expect(await listProcesses()).toHaveLength(2);
      await stop();
      await vi.waitFor(async () => expect(await listProcesses()).toEqual([]), { timeout: 2_000 });
      await expect(ask(port)).rejects.toThrow('ECONNREFUSED');
      await stop();
    });

    it('leaves no session behind that hangs', async () => {
      const { port, stop } = await start();
      const silentHost = createServer(() => undefined).listen(0, '127.0.0.1');
      await once(silentHost, 'listening');
      const opened = await openChannel(
        { manager: { address: '127.0.0.1', port }, trust: { kind: 'unverified' } },
        {
          select: 'ssh',
          parameters: { hostname: '127.0.0.1', port: String((silentHost.address() as AddressInfo).port) },
          display: { width: 800, height: 600, dpi: 96 },
          userName: '',
        },
        AbortSignal.timeout(5_000),
        defaultTimings,
      );
      expect(opened.ok).toBe(true);
      await vi.waitFor(async () => expect(await listProcesses()).toHaveLength(2));
      const [leader, session] = await listProcesses();
      // As some sessions of guacd 1.3 do, each in a process group of its own, which guacd's end doesn't reach.
      process.kill(session ?? leader ?? 0, 'SIGSTOP');
      await stop();
      await vi.waitFor(async () => expect(await listProcesses()).toEqual([]), { timeout: 2_000 });
      if (opened.ok) opened.value.socket.close();
      silentHost.close();
    });

    it('is not started again when it is stopped right after its death', async () => {
      const { stop } = await start();
      const [leader] = await listProcesses();
      process.kill(leader ?? 0, 'SIGKILL');
      await vi.waitFor(() => expect(said).toHaveLength(1));
      await stop();
      await new Promise((resolve) => setTimeout(resolve, 800));
      expect(await listProcesses()).toEqual([]);
    });
  },
);

it.skipIf(!isLinux)(
  'says where to look when a program does not become a manager, and leaves it not running',
  async () => {
    await expect(start('/bin/false')).rejects.toThrow(/did not start listening; see .*guacd\.log$/);
    expect(await listProcesses()).toEqual([]);
  },
);

it('is found on the PATH first, in its order', async () => {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  for (const place of [first, second]) {
    await mkdir(place);
    await writeFile(join(place, 'guacd'), '');
  }
  expect(findGuacd([folder, second, first].join(delimiter))).toBe(join(second, 'guacd'));
});
