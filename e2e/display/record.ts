import { mkdir, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../shared/guacamole/instruction.ts';
import { runProgram } from '../rig/process.ts';
import { type Rig, startRig } from '../rig/rig.ts';
import { type RecordingName, recordingFolder, recordingNames } from './recordings.ts';

// Records what the rig's real guacd sends of lively sessions, for the tests and the benches of the display:
//   npx tsx e2e/display/record.ts [ssh telnet vnc rdp]

const screen = { width: 800, height: 600, dpi: 96 };
const openTimeoutMs = 20_000;
const enter = 0xff0d;
const escape = 0xff1b;
const control = 0xffe3;

interface Session {
  type(text: string): Promise<void>;
  press(...keysyms: number[]): Promise<void>;
  point(x: number, y: number, buttons?: number): void;
  /** Waits until nothing but `sync` came for this long. */
  settle(quietMs: number): Promise<void>;
  /** Leaves, and returns all bytes since `ready` up to the last `sync`. */
  end(): Promise<Buffer>;
}

type Script = (session: Session, rig: Rig) => Promise<void>;

interface Subject {
  readonly parameters: (rig: Rig) => Readonly<Record<string, string>>;
  readonly play: Script;
}

const greet: Script = async (session) => {
  await session.settle(500);
  await session.type("PS1='$ '; clear\n");
  await session.settle(300);
  await session.type('ls -l --color=always /etc | head -24\n');
  await session.settle(300);
  await session.type(
    'printf "\\033[1mbold\\033[0m \\033[4munder\\033[0m \\033[7minverse\\033[0m äöü ß € 日本語 😀 العربية\\n"\n',
  );
  await session.settle(300);
};

const scroll =
  'i=0; while read -r l; do printf "\\033[3$((++i % 7 + 1))m%s\\033[0m\\n" "$l"; sleep 0.015; done';

const shell: Script = async (session, rig) => {
  await greet(session, rig);
  await session.type('for c in $(seq 0 255); do printf "\\033[48;5;${c}m%4d\\033[0m" $c; done; echo\n');
  await session.settle(300);
  await session.type(`head -150 /usr/share/common-licenses/GPL-3 | { ${scroll}; }\n`);
  await session.settle(600);
  await session.type('cat /usr/share/common-licenses/GPL-3\n');
  await session.settle(300);
  await session.type('top -d 0.2\n');
  await sleep(1_000);
  await session.type('q');
  await session.settle(300);
  await session.type('vim -u NONE /usr/share/common-licenses/GPL-2\n');
  await session.settle(400);
  await session.press(control, 'f'.charCodeAt(0));
  await session.settle(200);
  await session.type('iProxima draws what is typed.\n');
  await session.press(escape);
  await session.type(':q!\n');
  await session.settle(300);
};

const terminal: Script = async (session, rig) => {
  await greet(session, rig);
  await session.type(`seq 1 60 | { ${scroll}; }\n`);
  await session.settle(600);
  await session.type('top -d 0.2\n');
  await sleep(500);
  await session.type('q');
  await session.settle(300);
};

/** Desktops never come to rest: the cursor of their terminal blinks. */
const desktop =
  (name: 'vnc' | 'rdp'): Script =>
  async (session, rig) => {
    const { display, authorityFile } = name === 'vnc' ? rig.vnc : await findDisplay(`${rig.folder}/${name}`);
    const environment = { DISPLAY: display, XAUTHORITY: authorityFile };
    const drive = (...command: string[]) => runProgram('xdotool', command, { environment });
    const windowOf = async (title: string) =>
      (await drive('search', '--name', title)).toString().trim().split('\n').at(-1) ?? '';
    await sleep(2_500);
    await session.type('ls -l --color=always /etc | head -24\n');
    await sleep(500);
    const [clock, eyes] = [await windowOf('xclock'), await windowOf('xeyes')];
    for (let step = 0; step < 20; step += 1) {
      await drive('windowmove', clock, String(24 + step * 24), String(524 - step * 16));
      await drive('windowmove', eyes, String(228 + step * 12), String(524 - step * 8));
      session.point(40 + step * 36, 700 - step * 24);
      await sleep(60);
    }
    await session.type('clear; seq 1 100\n');
    await sleep(500);
    await drive('windowsize', clock, '420', '420');
    await sleep(500);
    // The pointer's shape changes over the terminal.
    for (const x of [900, 200, 900, 300]) {
      session.point(x, 200);
      await sleep(200);
    }
  };

/** The rig says nothing of the desktop behind xrdp but its folder. */
async function findDisplay(folder: string): Promise<{ display: string; authorityFile: string }> {
  const script = (await runProgram('cat', [`${folder}/desktop`])).toString();
  const display = /^Xtigervnc (:\d+)/m.exec(script)?.[1];
  if (display === undefined) throw new Error('the desktop behind xrdp has no display');
  return { display, authorityFile: `${folder}/Xauthority` };
}

const subjects: Readonly<Record<RecordingName, Subject>> = {
  ssh: { parameters: ({ ssh }) => ({ ...pick(ssh), 'font-size': '12' }), play: shell },
  telnet: {
    parameters: ({ telnet }) => ({
      ...pick(telnet),
      'username-regex': telnet.usernameRegex,
      'password-regex': telnet.passwordRegex,
      'color-scheme': 'green-black',
    }),
    play: terminal,
  },
  vnc: { parameters: ({ vnc }) => pick(vnc), play: desktop('vnc') },
  rdp: {
    parameters: ({ rdp }) => ({ ...pick(rdp), security: 'any', 'ignore-cert': 'true' }),
    play: desktop('rdp'),
  },
};

function pick(target: { port: number; password: string; username?: string }): Record<string, string> {
  const { port, password, username } = target;
  const base = { hostname: '127.0.0.1', port: String(port), password };
  return username === undefined ? base : { ...base, username };
}

/** Opens a session at a guacd without TLS, and writes down whatever it sends from then on. */
async function openSession(
  port: number,
  protocol: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Session> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.setNoDelay(true);
  const send = (...instructions: Instruction[]) => socket.write(instructions.map(encodeInstruction).join(''));
  await shakeHands(socket, send, protocol, parameters);
  let recorded = Buffer.alloc(0);
  let syncEnd = 0;
  let drawnAt = performance.now();
  socket.on('data', (data) => {
    recorded = Buffer.concat([recorded, data]);
    const text = recorded.toString('latin1', syncEnd);
    if (text.includes('5.error,'))
      socket.destroy(new Error(text.slice(text.indexOf('5.error,')).slice(0, 200)));
    const start = syncEnd;
    // Neither base64 nor a number can look like one.
    for (const match of text.matchAll(/4\.sync,\d+\.(\d+)(?:,\d+\.\d+)*;/g)) {
      send(['sync', match[1] ?? '']);
      syncEnd = start + match.index + match[0].length;
    }
    if (text.replaceAll(/4\.sync,[\d.,]+;|3\.nop;/g, '') !== '') drawnAt = performance.now();
  });
  const keepAlive = setInterval(() => send(['nop']), 4_000);
  const press = async (...keysyms: number[]) => {
    for (const keysym of keysyms) send(['key', String(keysym), '1']);
    for (const keysym of keysyms.toReversed()) send(['key', String(keysym), '0']);
    await sleep(15);
  };
  return {
    press,
    async type(text) {
      for (const character of text) await press(character === '\n' ? enter : (character.codePointAt(0) ?? 0));
    },
    point: (x, y, buttons = 0) => void send(['mouse', String(x), String(y), String(buttons)]),
    async settle(quietMs) {
      const deadline = performance.now() + openTimeoutMs;
      drawnAt = performance.now();
      while (performance.now() - drawnAt < quietMs || syncEnd === 0) {
        if (performance.now() > deadline) throw new Error(`${protocol} does not come to rest`);
        await sleep(20);
      }
    },
    async end() {
      clearInterval(keepAlive);
      send(['disconnect']);
      socket.end();
      await new Promise((resolve) => socket.once('close', resolve));
      return recorded.subarray(0, syncEnd);
    },
  };
}

function shakeHands(
  socket: Socket,
  send: (...instructions: Instruction[]) => void,
  protocol: string,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const receive = (data: Buffer) => {
      text += data.toString('latin1');
      if (!text.endsWith(';')) return;
      const [[opcode, , ...names] = ['']] = decodeInstructions(text) ?? [];
      text = '';
      if (opcode === 'args') {
        const { width, height, dpi } = screen;
        send(
          ['size', String(width), String(height), String(dpi)],
          ['audio'],
          ['video'],
          ['image', 'image/png', 'image/jpeg', 'image/webp'],
          ['connect', 'VERSION_1_3_0', ...names.map((name) => parameters[name] ?? '')],
        );
      } else if (opcode === 'ready') {
        socket.off('data', receive);
        resolve();
      }
    };
    socket.on('data', receive);
    socket.once('error', reject);
    socket.once('connect', () => send(['select', protocol]));
  });
}

const chosen = recordingNames.filter(
  (name) => process.argv.length === 2 || process.argv.slice(2).includes(name),
);
const rig = await startRig({ parts: ['guacd', ...chosen] });
try {
  await mkdir(recordingFolder, { recursive: true });
  for (const name of chosen) {
    const { parameters, play } = subjects[name];
    const session = await openSession(rig.guacd.plain.port, name, parameters(rig));
    await play(session, rig);
    const bytes = await session.end();
    const packed = gzipSync(bytes, { level: 9 });
    await writeFile(fileURLToPath(new URL(`${name}.guac.gz`, recordingFolder)), packed);
    const syncs = bytes.toString('latin1').split('4.sync,').length - 1;
    process.stdout.write(`${name}: ${syncs} frames, ${bytes.length} bytes, packed ${packed.length}\n`);
  }
} finally {
  await rig.stop();
}
