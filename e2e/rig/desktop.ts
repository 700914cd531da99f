import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { createCookie, createFolder, createHome, createPassword, writePrivateFile } from './account.ts';
import { reservePort } from './ports.ts';
import type { RigContext } from './process.ts';
import { mountTerminals, readTail, runProgram, startServer, waitUntil } from './process.ts';
import { captureScreen } from './screen.ts';

/**
 * An X desktop that is its own VNC server: a terminal that always has the keyboard, a clock, and eyes that
 * follow the mouse.
 */
export interface Desktop {
  readonly host: '127.0.0.1';
  /** Of its VNC server. */
  readonly port: number;
  /** Eight characters: VNC looks at no more. */
  readonly password: string;
  /** As the variable DISPLAY has it. */
  readonly display: string;
  readonly authorityFile: string;
  /** The colour around its windows, as `#rrggbb`. No two desktops of a rig share it. */
  readonly background: string;
  /** Home of the terminal's shell: what a typed command writes is found here. */
  readonly home: string;
  screenshot(): Promise<Buffer>;
  stop(): Promise<void>;
}

export interface DesktopDescription {
  readonly name: string;
  readonly title: string;
  readonly background: string;
  readonly terminalBackground: string;
}

const readyTimeoutMs = 10_000;

export async function startDesktop(context: RigContext, description: DesktopDescription): Promise<Desktop> {
  const { account } = context;
  const { name } = description;
  const folder = await createFolder(account, join(context.folder, name));
  const home = await createHome(account, folder, description.title);
  const port = reservePort();
  // Unique on the machine as the port is; the usual small numbers may belong to a real screen.
  const display = `:${port}`;
  const password = createPassword(8);
  const passwordFile = join(folder, 'password');
  const authorityFile = join(folder, 'Xauthority');
  const readyFile = join(folder, 'ready');
  const script = join(folder, 'desktop');
  await writePrivateFile(account, authorityFile, composeAuthority(createCookie()));
  await writePrivateFile(
    account,
    passwordFile,
    await runProgram('tigervncpasswd', ['-f'], { input: `${password}\n` }),
  );
  await writeFile(
    script,
    composeScript({ ...description, display, port, passwordFile, authorityFile, readyFile }),
  );
  await chmod(script, 0o755);
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  await chmod(temporary, 0o1777);
  const server = await startServer(context, {
    name,
    home,
    port,
    environment: { DISPLAY: display, XAUTHORITY: authorityFile },
    preparation: [...mountTerminals(account), ...mountTemporaryFolder(context.folder, temporary)],
    command: [script],
  });
  if (!(await waitUntil(() => existsSync(readyFile), readyTimeoutMs))) {
    await server.stop();
    throw new Error(`the terminal of ${name} did not come up:\n${readTail(server.logFile)}`);
  }
  return {
    host: '127.0.0.1',
    port,
    password,
    display,
    authorityFile,
    background: description.background,
    home,
    screenshot: () => captureScreen(display, authorityFile),
    stop: server.stop,
  };
}

/** X servers leave locks and sockets in /tmp when they are killed: give each a /tmp of its own, with the rig in it. */
function mountTemporaryFolder(rigFolder: string, temporary: string): string[] {
  const own = `mount --rbind '${temporary}' /tmp`;
  if (!rigFolder.startsWith('/tmp/')) return [own];
  const inside = join(temporary, relative('/tmp', rigFolder));
  return [`mkdir -p '${inside}'`, `mount --bind '${rigFolder}' '${inside}'`, own];
}

/** An entry for every host and display (Xau, family 0xffff), so that only who reads this file may draw and type. */
function composeAuthority(cookie: Buffer): Buffer {
  const encode = (data: Buffer) => Buffer.concat([Buffer.from([data.length >> 8, data.length & 0xff]), data]);
  return Buffer.concat([
    Buffer.from([0xff, 0xff]),
    ...[Buffer.from(hostname()), Buffer.alloc(0), Buffer.from('MIT-MAGIC-COOKIE-1'), cookie].map(encode),
  ]);
}

interface ScriptValues extends DesktopDescription {
  readonly display: string;
  readonly port: number;
  readonly passwordFile: string;
  readonly authorityFile: string;
  readonly readyFile: string;
}

function composeScript(values: ScriptValues): string {
  const terminal = [
    // What a shell script puts in the background ignores Ctrl-C, and so would every command typed here.
    "env --default-signal xterm -class ProximaTerminal -fa 'DejaVu Sans Mono' -fs 14 -geometry 72x20+24+24",
    `-bg '${values.terminalBackground}' -fg '#f2f2f2' -cr '#ffd866' -bc -b 8 -bw 0 +sb -T '${values.title}'`,
    // What is selected, and what a command sends as OSC 52, goes to the clipboard.
    "-xrm '*selectToClipboard: true' -xrm '*allowWindowOps: true'",
    '-e bash',
  ].join(' ');
  return `#!/bin/sh
# Without -UseBlacklist=0 a few wrong passwords lock 127.0.0.1 out.
Xtigervnc ${values.display} -rfbport ${values.port} -interface 127.0.0.1 -localhost \\
  -SecurityTypes VncAuth -PasswordFile '${values.passwordFile}' -UseBlacklist=0 -AlwaysShared \\
  -auth '${values.authorityFile}' -nolisten tcp -geometry 1280x800 -depth 24 -desktop Proxima &
server=$!
until xsetroot -solid '${values.background}' -cursor_name left_ptr 2>/dev/null; do
  kill -0 $server 2>/dev/null || exit 1
  sleep 0.02
done
# In the upper left, so that they stay in sight when an RDP client makes the screen smaller.
xclock -geometry 180x180+24+524 -bg '${values.terminalBackground}' -bw 0 \\
  -xrm '*hourColor: #ffd866' -xrm '*minuteColor: #ffd866' \\
  -xrm '*majorColor: #f2f2f2' -xrm '*minorColor: #8a8a8a' &
xeyes -geometry 240x180+228+524 -bg '${values.terminalBackground}' -fg '${values.background}' \\
  -center '#f2f2f2' -outline '${values.background}' -bw 0 &
while kill -0 $server 2>/dev/null; do
  ${terminal} &
  terminal=$!
  # No window manager: the keyboard would follow the pointer, and leave the terminal with it.
  xdotool search --sync --onlyvisible --class ProximaTerminal windowfocus && : > '${values.readyFile}'
  wait $terminal
done
`;
}
