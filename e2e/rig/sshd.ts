import { generateKeyPair } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';
import { createFolder, createHome, createPassword, writePrivateFile } from './account.ts';
import { reservePort } from './ports.ts';
import type { RigContext } from './process.ts';
import { mountTerminals, runProgram, startServer } from './process.ts';

export interface SshHandle {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** RSA, PKCS #1 PEM: all that guacd 1.3.0 can import. */
  readonly privateKeyPem: string;
  /** The same key as a file, as `ssh -i` wants it. */
  readonly privateKeyFile: string;
  /** The same key, encrypted. */
  readonly protectedPrivateKeyPem: string;
  readonly passphrase: string;
  /** The server's key as a line of known_hosts, which is what guacd's `host-key` wants. */
  readonly hostKeyLine: string;
  /** The user's home: what a typed command writes is found here. */
  readonly home: string;
  stop(): Promise<void>;
}

/**
 * An OpenSSH server with one user, who exists only in the server's own mount namespace: it has its own copy of
 * `/etc/passwd`, so nothing stays on the machine however this ends.
 *
 * @throws when not run by root: sshd needs its rights to check a password and to give a terminal away.
 */
export async function startSshd(context: RigContext): Promise<SshHandle> {
  const { account } = context;
  if (!account.isRoot) throw new Error('the SSH server of the rig has to be started by root');
  const folder = await createFolder(account, join(context.folder, 'ssh'));
  const home = await createHome(account, folder, 'Connected over SSH.');
  const port = reservePort();
  const password = createPassword(16);
  const passphrase = createPassword(16);
  const hostKeyFile = join(folder, 'host_key');
  const [keys] = await Promise.all([
    createUserKey(passphrase),
    runProgram('ssh-keygen', ['-q', '-t', 'ecdsa', '-b', '256', '-N', '', '-f', hostKeyFile]),
    writeAccountFiles(folder, account, home, password),
  ]);
  const userKeyFile = join(folder, 'user_key');
  await writeFile(userKeyFile, keys.plain, { mode: 0o600 });
  const publicKey = await runProgram('ssh-keygen', ['-y', '-f', userKeyFile]);
  await writePrivateFile(account, join(folder, 'authorized_keys'), publicKey);
  const [keyType, key] = (await readFile(`${hostKeyFile}.pub`, 'utf8')).split(' ');
  const configuration = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKeyFile}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    // guacd 1.3.0 signs with SHA-1 only.
    'PubkeyAcceptedAlgorithms +ssh-rsa',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    'UseDNS no',
    'PrintMotd no',
    'PrintLastLog no',
    'PidFile none',
    'MaxAuthTries 20',
    'MaxStartups 100',
    'SetEnv LC_ALL=C.UTF-8',
    'Subsystem sftp internal-sftp',
  ];
  const configurationFile = join(folder, 'sshd_config');
  await writeFile(configurationFile, `${configuration.join('\n')}\n`);
  const server = await startServer(context, {
    name: 'sshd',
    home: folder,
    port,
    keepsRights: true,
    preparation: [
      ...mountTerminals(account),
      ...['passwd', 'shadow', 'group'].map((file) => `mount --bind '${join(folder, file)}' /etc/${file}`),
      // Logins are recorded below /var/log and /run, where the machine's own records are.
      'mount -t tmpfs -o mode=755 tmpfs /var/log',
      'mount -t tmpfs -o mode=755 tmpfs /run',
      'mkdir -m 755 /run/sshd',
    ],
    command: ['/usr/sbin/sshd', '-D', '-e', '-f', configurationFile],
  });
  return {
    host: '127.0.0.1',
    port,
    username: account.name,
    password,
    privateKeyPem: keys.plain,
    privateKeyFile: userKeyFile,
    protectedPrivateKeyPem: keys.encrypted,
    passphrase,
    hostKeyLine: `127.0.0.1 ${keyType} ${key}`,
    home,
    stop: server.stop,
  };
}

async function createUserKey(passphrase: string): Promise<{ plain: string; encrypted: string }> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const format = { type: 'pkcs1', format: 'pem' } as const;
  return {
    plain: privateKey.export(format).toString(),
    encrypted: privateKey.export({ ...format, cipher: 'aes-128-cbc', passphrase }).toString(),
  };
}

/** The machine's own account files with the user added. */
async function writeAccountFiles(
  folder: string,
  account: Account,
  home: string,
  password: string,
): Promise<void> {
  const { name, uid, gid } = account;
  const hash = (await runProgram('openssl', ['passwd', '-6', '-stdin'], { input: `${password}\n` }))
    .toString()
    .trim();
  const additions = {
    passwd: `${name}:x:${uid}:${gid}:Proxima:${home}:/bin/bash`,
    shadow: `${name}:${hash}:19000:0:99999:7:::`,
    group: `${name}:x:${gid}:`,
  };
  for (const [file, line] of Object.entries(additions)) {
    const others = (await readFile(`/etc/${file}`, 'utf8'))
      .split('\n')
      .filter((entry) => entry !== '' && !entry.startsWith(`${name}:`));
    await writeFile(join(folder, file), `${[...others, line].join('\n')}\n`, {
      mode: file === 'shadow' ? 0o600 : 0o644,
    });
  }
}
