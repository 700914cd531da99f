import { spawn } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { CertificateStore } from '../broker/ports.ts';
import { openChannel } from '../guacd/channel.ts';
import { probeManager } from '../guacd/probe.ts';
import type { ClientCertificate, ManagerTarget } from '../guacd/security.ts';
import { defaultTimings } from '../guacd/timings.ts';
import {
  clientOrder,
  createTrio,
  openTestStore,
  removeFolders,
  serverOrder,
  unpackBundle,
  unwrap,
} from './testCertificates.ts';

const headless = fileURLToPath(new URL('../headless.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

let endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(endings.map((end) => end()));
  endings = [];
  await removeFolders();
});

const readIn = (folder: string, name: string) => readFile(join(folder, name), 'utf8');

describe('a bundle', () => {
  it('for a session manager holds what its machine needs, the key for its owner only', async () => {
    const { store, told } = await openTestStore();
    const { authority, server, client } = await createTrio(store);
    unwrap(await store.revoke(client, 'anna'));
    const bundle = unwrap(await store.exportBundle(server, 'anna'));
    expect(told.at(-1)?.what).toBe('Exported the bundle of “Berlin 1”, with its private key');
    expect(bundle.fileName).toBe('proxima-berlin-1.tar.gz');
    const folder = await unpackBundle(store, server);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const names = await readdir(folder);
    expect(names.toSorted()).toEqual(bundle.files.map(({ name }) => name).toSorted());
    for (const { purpose } of bundle.files) expect(purpose).toMatch(/^[A-Z].*\.$/);
    for (const name of names) {
      const isPrivate = name === 'key.pem';
      const expected = isPrivate ? 0o600 : name.endsWith('.sh') ? 0o755 : 0o644;
      expect([name, (await stat(join(folder, name))).mode & 0o777]).toEqual([name, expected]);
      expect([name, (await readIn(folder, name)).includes('BEGIN PRIVATE KEY')]).toEqual([name, isPrivate]);
    }
    const certificate = new X509Certificate(await readIn(folder, 'certificate.pem'));
    expect(certificate.checkPrivateKey(createPrivateKey(await readIn(folder, 'key.pem')))).toBe(true);
    const trusted = new X509Certificate(await readIn(folder, 'authorities.pem'));
    expect(trusted.serialNumber.toLowerCase()).toBe(authority);
    expect(await readIn(folder, 'revoked-serials.txt')).toBe(`${client}\n`);
    const readme = await readIn(folder, 'README.txt');
    expect(readme).toContain('FOR ONE MACHINE ONLY, AND IT HOLDS A PRIVATE KEY');
    expect(readme).toContain(server);
    for (const name of names.filter((each) => each !== 'README.txt' && each !== 'revoked-serials.txt'))
      expect(readme).toContain(name);
    expect(Math.max(...readme.split('\n').map(({ length }) => length))).toBeLessThan(90);
  });

  it('for a broker holds its pair and the line that shows it', async () => {
    const { store } = await openTestStore();
    const { client } = await createTrio(store);
    const folder = await unpackBundle(store, client);
    expect((await readdir(folder)).toSorted()).toEqual([
      'README.txt',
      'authorities.pem',
      'certificate.pem',
      'key.pem',
      'revoked-serials.txt',
      'start-gateway.sh',
    ]);
    const line = 'gateway --client-certificate certificate.pem --client-key key.pem';
    expect(await readIn(folder, 'README.txt')).toContain(`headless.ts ${line}`);
    expect(await readIn(folder, 'start-gateway.sh')).toContain(line);
    expect((await stat(join(folder, 'key.pem'))).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['../../etc/passwd', 'proxima-etc-passwd.tar.gz'],
    ['Zürich; rm -rf ~', 'proxima-zurich-rm-rf.tar.gz'],
    ['東京', 'proxima-machine.tar.gz'],
    ['CON', 'proxima-con.tar.gz'],
    ['a\nb: "c"', 'proxima-a-b-c.tar.gz'],
  ])('has a name that is safe everywhere (%j)', async (name, fileName) => {
    const { store } = await openTestStore();
    const { server } = await createTrio(store, { name });
    const bundle = unwrap(await store.exportBundle(server, 'anna'));
    expect(bundle.fileName).toBe(fileName);
    const folder = await unpackBundle(store, server);
    expect(await readIn(folder, 'README.txt')).toContain(`  name      ${name.replace('\n', ' ')}\n`);
  });

  it('is not made of an authority, nor of what is over or revoked', async () => {
    const { store, reopen } = await openTestStore();
    const { authority, server, client } = await createTrio(store);
    unwrap(await store.revoke(client, 'anna'));
    const later = await reopen({ now: () => Date.now() + 40 * 86_400_000 });
    for (const [refused, detail] of [
      [await store.exportBundle(authority, 'anna'), 'stays here'],
      [await store.exportBundle(client, 'anna'), 'revoked'],
      [await later.store.exportBundle(server, 'anna'), 'expired'],
    ] as const)
      expect(refused).toMatchObject({
        failure: { code: 'input_invalid', detail: expect.stringContaining(detail) as string },
      });
  });

  it('lets in the clients of their authority only, where servers have another', async () => {
    const { store } = await openTestStore();
    const { authority, client } = await createTrio(store);
    const other = unwrap(await store.createAuthority({ name: 'Servers', lifetimeDays: 90 }, 'anna')).serial;
    const { serial } = unwrap(await store.issue(other, serverOrder, 'anna'));
    const serialsIn = async (folder: string) =>
      (await readIn(folder, 'authorities.pem'))
        .split(/(?<=-----END CERTIFICATE-----\n)/)
        .map((pem) => new X509Certificate(pem).serialNumber.toLowerCase());
    expect(await serialsIn(await unpackBundle(store, serial))).toEqual([authority]);
    expect((await serialsIn(await unpackBundle(store, client))).toSorted()).toEqual(
      [authority, other].toSorted(),
    );
  });
});

describe('an unpacked bundle, started', () => {
  const abort = new AbortController().signal;

  it('lets a broker with its certificate in, and nobody else', async () => {
    const { store } = await openTestStore();
    const { authority, server, client } = await createTrio(store);
    const lost = unwrap(await store.issue(authority, { ...clientOrder, name: 'Lost' }, 'anna')).serial;
    const show = async (serial: string): Promise<ClientCertificate> => {
      unwrap(await store.chooseClient(serial, 'anna'));
      return store.clientCertificate() ?? { certificatePem: '', privateKeyPem: '' };
    };
    const [good, revoked] = [await show(client), await show(lost)];
    unwrap(await store.revoke(lost, 'anna'));
    const target = await start(await unpackBundle(store, server), store, authority);
    const askAs = async (clientCertificate?: ClientCertificate) => {
      const answer = await probeManager({ ...target, clientCertificate }, abort);
      return answer.ok ? answer.value.security : answer.failure.code;
    };
    expect(await askAs(good)).toBe('secured');
    expect(await askAs()).toBe('manager_refused_client');
    expect(await askAs(revoked)).toBe('manager_refused_client');
    expect(await askAs(await createForeign())).toBe('manager_refused_client');
    // A server's certificate is of the right authority, and for another use.
    const serverFolder = await unpackBundle(store, server);
    expect(
      await askAs({
        certificatePem: await readIn(serverFolder, 'certificate.pem'),
        privateKeyPem: await readIn(serverFolder, 'key.pem'),
      }),
    ).toBe('manager_refused_client');

    const channel = unwrap(
      await openChannel(
        { ...target, clientCertificate: good },
        {
          select: 'ssh',
          parameters: { hostname: '192.0.2.1', port: '22' },
          display: { width: 800, height: 600, dpi: 96 },
          userName: 'test',
        },
        abort,
        defaultTimings,
      ),
    );
    expect(channel.connectionId).toMatch(/^\$/);
    channel.socket.close();
    await channel.socket.closed;

    // As the README says: the new list in place of the old one.
    unwrap(await store.revoke(client, 'anna'));
    const renewed = await unpackBundle(store, server);
    await copyFile(join(renewed, 'revoked-serials.txt'), join(target.folder, 'revoked-serials.txt'));
    await expect.poll(() => askAs(good), { timeout: 5_000 }).toBe('manager_refused_client');
  });

  /** Starts the manager as the README says, on a free port, from this checkout. */
  async function start(
    folder: string,
    store: CertificateStore,
    authority: string,
  ): Promise<ManagerTarget & { readonly folder: string }> {
    const port = await findFreePort();
    const program = join(folder, 'proxima-headless');
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' --import '${tsx}' '${headless}' "$@"\n`, {
      mode: 0o755,
    });
    const options = ['--listen', `127.0.0.1:${port}`, '--engine', 'built-in', '--data', folder];
    launch(folder, './start-manager.sh', program, options);
    await waitForPort(port);
    const certificatesPem = store.list().find(({ serial }) => serial === authority)?.certificatePem ?? '';
    return {
      folder,
      manager: { address: '127.0.0.1', port, serverName: 'manager.test' },
      trust: { kind: 'authorities', certificatesPem },
    };
  }
});

async function createForeign(): Promise<ClientCertificate> {
  const { store } = await openTestStore();
  const { client } = await createTrio(store);
  unwrap(await store.chooseClient(client, 'anna'));
  return store.clientCertificate() ?? { certificatePem: '', privateKeyPem: '' };
}

function launch(folder: string, program: string, headlessProgram: string, options: readonly string[]): void {
  const env = { PATH: process.env['PATH'], HOME: folder, PROXIMA_HEADLESS: headlessProgram };
  const child = spawn(program, options, { cwd: folder, env, stdio: 'ignore' });
  const closed = new Promise((resolve) => child.once('close', resolve));
  endings.push(async () => {
    child.kill('SIGKILL');
    await closed;
  });
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function waitForPort(port: number): Promise<void> {
  for (let attempt = 0; attempt < 250; attempt += 1) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error(`nobody listens on port ${port}`);
}
