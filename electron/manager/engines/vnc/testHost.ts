import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Picture } from '../stage.ts';
import {
  chooseAccount,
  createCookie,
  createFolder,
  createPassword,
  writePrivateFile,
} from '../../../../e2e/rig/account.ts';
import { reservePort } from '../../../../e2e/rig/ports.ts';
import type { RigContext } from '../../../../e2e/rig/process.ts';
import { runProgram, startServer } from '../../../../e2e/rig/process.ts';

/** A real TigerVNC server with an X display that tests draw on. */
export interface TestHost {
  readonly port: number;
  readonly password: string;
  /** For files of a test; it goes with the host. */
  readonly folder: string;
  /** Runs an X program to its end. */
  run(program: string, ...args: readonly string[]): Promise<string>;
  /** Starts an X program; it ends with the host. */
  start(program: string, ...args: readonly string[]): ChildProcess;
  /** The display as it is, from the X server itself. */
  capture(): Promise<Picture>;
  /** Changes a setting of the server while it runs. */
  set(name: string, value: string): Promise<void>;
  stop(): Promise<void>;
}

export interface TestHostOptions {
  /** As `-SecurityTypes` has it. */
  readonly securityTypes?: string;
  readonly args?: readonly string[];
  readonly size?: string;
  /** Of a certificate and its key. */
  readonly certificate?: { readonly certificate: string; readonly key: string };
  /** A user who is let in by name, with the same password. */
  readonly username?: string;
}

export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const account = chooseAccount();
  const folder = await mkdtemp(join(tmpdir(), 'proxima-vnc-'));
  await chmod(folder, 0o711);
  const context: RigContext = { folder, account, servers: new Set() };
  const home = await createFolder(account, join(folder, 'home'));
  const port = reservePort();
  const password = createPassword(8);
  const [authority, passwords] = [join(home, 'Xauthority'), join(home, 'password')];
  await writePrivateFile(account, authority, composeAuthority());
  await writePrivateFile(
    account,
    passwords,
    await runProgram('tigervncpasswd', ['-f'], { input: `${password}\n` }),
  );
  const certificate = options.certificate;
  const files = { certificate: join(home, 'certificate.pem'), key: join(home, 'key.pem') };
  if (certificate) {
    await writePrivateFile(account, files.certificate, certificate.certificate);
    await writePrivateFile(account, files.key, certificate.key);
  }
  const accounts =
    options.username === undefined ? undefined : await preparePam(folder, options.username, password);
  const server = await startServer(context, {
    name: 'vnc',
    home,
    port,
    keepsRights: accounts !== undefined,
    preparation: accounts ? [`mount --bind '${accounts}' /etc/pam.d`] : [],
    command: [
      'Xtigervnc',
      `:${port}`,
      ...['-rfbport', String(port), '-interface', '127.0.0.1', '-localhost', '-UseBlacklist=0'],
      ...['-SecurityTypes', options.securityTypes ?? 'VncAuth', '-PasswordFile', passwords],
      ...['-AlwaysShared', '-auth', authority, '-nolisten', 'tcp', '-nolisten', 'unix', '-depth', '24'],
      ...['-geometry', options.size ?? '1280x800', '-desktop', 'Prüfung', '-AllowOverride', 'SecurityTypes'],
      ...(certificate ? ['-X509Cert', files.certificate, '-X509Key', files.key] : []),
      ...(accounts ? ['-PlainUsers', '*', '-PAMService', 'proxima'] : []),
      ...(options.args ?? []),
    ],
  });
  const environment = { DISPLAY: `:${port}`, XAUTHORITY: authority, LC_ALL: 'C.UTF-8' };
  const programs = new Set<ChildProcess>();
  return {
    port,
    password,
    folder,
    run: async (program, ...args) => (await runProgram(program, args, { environment })).toString(),
    start(program, ...args) {
      const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: 'pipe' });
      child.on('error', () => {});
      programs.add(child);
      return child;
    },
    capture: async () => readDump(await runProgram('xwd', ['-root', '-silent'], { environment })),
    async set(name, value) {
      await runProgram('tigervncconfig', ['-set', `${name}=${value}`], { environment });
    },
    async stop() {
      for (const program of programs) program.kill('SIGKILL');
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A dump of `xwd` (X11/XWDFile.h) with 32 bits per pixel: blue, green, red. */
function readDump(dump: Buffer): Picture {
  const word = (index: number) => dump.readUInt32BE(index * 4);
  const [width, height, rowBytes] = [word(4), word(5), word(12)];
  const start = word(0) + word(19) * 12;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, to = 0; y < height; y++)
    for (let from = start + y * rowBytes; from < start + y * rowBytes + width * 4; from += 4, to += 4)
      pixels.set([dump[from + 2] ?? 0, dump[from + 1] ?? 0, dump[from] ?? 0, 255], to);
  return { width, height, pixels };
}

/** An entry for every host and display (Xau, family 0xffff). */
function composeAuthority(): Buffer {
  const fields = [Buffer.alloc(0), Buffer.alloc(0), Buffer.from('MIT-MAGIC-COOKIE-1'), createCookie()];
  return Buffer.concat([
    Buffer.from([0xff, 0xff]),
    ...fields.flatMap((field) => [Buffer.from([field.length >> 8, field.length & 0xff]), field]),
  ]);
}

/** Rules that ask a script instead of the machine's accounts. */
async function preparePam(folder: string, username: string, password: string): Promise<string> {
  const rules = join(folder, 'pam.d');
  await mkdir(rules);
  const script = join(folder, 'check');
  await writeFile(
    script,
    `#!/bin/sh\npassword=$(tr -d '\\0')\n[ "$PAM_USER" = '${username}' ] && [ "$password" = '${password}' ]\n`,
  );
  await chmod(script, 0o755);
  await writeFile(
    join(rules, 'proxima'),
    `auth required pam_exec.so quiet expose_authtok ${script}\naccount required pam_permit.so\n`,
  );
  return rules;
}
