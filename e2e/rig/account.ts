import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Whom the servers run as. Started by root they run as a user that exists in no file of the machine, so that what is
 * typed into a test desktop can't harm it; started by anybody else they run as that user.
 */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly isRoot: boolean;
}

const accountName = 'proxima';
const lowestUid = 64_100;

export function chooseAccount(): Account {
  const uid = process.getuid?.() ?? 0;
  if (uid !== 0) return { name: accountName, uid, gid: process.getgid?.() ?? uid, isRoot: false };
  const taken = new Set(
    ['/etc/passwd', '/etc/group'].flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .map((line) => Number(line.split(':')[2])),
    ),
  );
  let free = lowestUid;
  while (taken.has(free)) free += 1;
  return { name: accountName, uid: free, gid: free, isRoot: true };
}

/** Letters and digits only, so that it can stand in any configuration file unquoted. */
export function createPassword(length: number): string {
  const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

export function createCookie(): Buffer {
  return randomBytes(16);
}

/** Writes a file that only the account can read. */
export async function writePrivateFile(account: Account, file: string, data: string | Buffer): Promise<void> {
  await writeFile(file, data, { mode: 0o600 });
  if (account.isRoot) await chown(file, account.uid, account.gid);
}

export async function createFolder(account: Account, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  if (account.isRoot) await chown(folder, account.uid, account.gid);
  return folder;
}

/** A home whose shells greet with `title` and have a prompt that is easy to see in a screenshot. */
export async function createHome(account: Account, folder: string, title: string): Promise<string> {
  const home = await createFolder(account, join(folder, 'home'));
  const prompt = String.raw`\[\e[1;36m\]${account.name}\[\e[0m\]:\[\e[1;33m\]\w\[\e[0m\]\$ `;
  const lines = [
    // bash reads this for commands sent over SSH too, whose output is nobody's screen.
    '[[ $- == *i* ]] || return',
    `PS1='${prompt}'`,
    'HISTFILE=',
    'export LC_ALL=C.UTF-8 TERM=${TERM:-xterm-256color}',
    `printf '\\033[1;32m%s\\033[0m\\n' '${title}'`,
  ];
  await writePrivateFile(account, join(home, '.bashrc'), `${lines.join('\n')}\n`);
  await writePrivateFile(account, join(home, '.bash_profile'), '. ~/.bashrc\n');
  return home;
}
