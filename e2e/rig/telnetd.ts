import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFolder, createHome, createPassword, writePrivateFile } from './account.ts';
import { reservePort } from './ports.ts';
import type { RigContext } from './process.ts';
import { mountTerminals, startServer } from './process.ts';

export interface TelnetHandle {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** POSIX regular expressions for guacd's parameters of the same names. */
  readonly usernameRegex: string;
  readonly passwordRegex: string;
  readonly loginFailureRegex: string;
  readonly loginSuccessRegex: string;
  /** The user's home: what a typed command writes is found here. */
  readonly home: string;
  stop(): Promise<void>;
}

/** A Telnet server with one user whom only its own login program knows. */
export async function startTelnetd(context: RigContext): Promise<TelnetHandle> {
  const { account } = context;
  const folder = await createFolder(account, join(context.folder, 'telnet'));
  const home = await createHome(account, folder, 'Connected over Telnet.');
  const port = reservePort();
  const password = createPassword(16);
  const loginFile = join(folder, 'login');
  await writePrivateFile(account, join(folder, 'password'), password);
  await writeFile(loginFile, composeLogin(account.name, join(folder, 'password'), home));
  await chmod(loginFile, 0o755);
  const server = await startServer(context, {
    name: 'telnetd',
    home,
    port,
    preparation: mountTerminals(account),
    command: [
      'socat',
      `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork`,
      `EXEC:/usr/sbin/telnetd -h -E ${loginFile}`,
    ],
  });
  return {
    host: '127.0.0.1',
    port,
    username: account.name,
    password,
    usernameRegex: 'login: $',
    passwordRegex: 'Password: $',
    loginFailureRegex: 'Login incorrect',
    loginSuccessRegex: 'Connected over Telnet',
    home,
    stop: server.stop,
  };
}

function composeLogin(name: string, passwordFile: string, home: string): string {
  return `#!/bin/bash
for attempt in 1 2 3; do
  read -r -p 'proxima login: ' name || exit
  read -r -s -p 'Password: ' password || exit
  echo
  if [ "$name" = '${name}' ] && [ "$password" = "$(cat '${passwordFile}')" ]; then
    cd '${home}'
    exec env HOME='${home}' bash --login
  fi
  sleep 0.2
  echo 'Login incorrect'
done
`;
}
