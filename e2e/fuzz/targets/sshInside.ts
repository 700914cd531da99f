import { once } from 'node:events';
import { type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import ssh2, { type Connection } from 'ssh2';
import { createTestStage, type TestStage } from '../../../electron/manager/engines/session/testStage.ts';
import { createMemoryKnownHosts } from '../../../electron/manager/engines/ssh/memoryKnownHosts.ts';
import { createSshProtocol } from '../../../electron/manager/engines/ssh/sshProtocol.ts';
import type { HostFiles } from '../../../electron/manager/engines/stage.ts';
import { createTestTerminal } from '../../../electron/manager/engines/testTerminal.ts';
import type { FuzzTarget, OpenTarget } from '../target.ts';

const overLimitMs = 8_000;
/** Hosts that don't answer are waited for at each step. */
const stepTimeoutMs = 500;
const mostPackets = 400;
const idleMs = 100;
/** Then there is nothing more, of anything. */
const mostAnswers = 1_000;

/** Packets out of `length length payload`. */
function* readPackets(input: Uint8Array): Generator<Buffer> {
  let count = 0;
  for (let at = 0; at + 2 <= input.length && count < mostPackets; count += 1) {
    const length = ((input[at] ?? 0) << 8) | (input[at + 1] ?? 0);
    yield Buffer.from(input.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
}

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
const text = (value: string | Uint8Array): Buffer =>
  Buffer.concat([number(Buffer.from(value).length), Buffer.from(value)]);
const packets = (...payloads: (readonly (number | Uint8Array)[])[]): Buffer =>
  Buffer.concat(
    payloads.map((parts) => {
      const payload = Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : part)));
      return Buffer.concat([Buffer.of(payload.length >> 8, payload.length & 255), payload]);
    }),
  );

/** What ssh2 has no method for: a packet of any bytes, encrypted as the others. */
interface PacketLine {
  readonly _packetRW: {
    readonly write: {
      readonly allocStart: number;
      alloc(bytes: number): Buffer;
      finalize(packet: Buffer): Buffer;
    };
  };
  readonly _cipher: { encrypt(packet: Buffer): void };
}

function sendPacket(connection: Connection, payload: Buffer): void {
  const line = (connection as unknown as { readonly _protocol: PacketLine })._protocol;
  const { write } = line._packetRW;
  const packet = write.alloc(payload.length);
  payload.copy(packet, write.allocStart);
  line._cipher.encrypt(write.finalize(packet));
}

const hang = (connection: Connection) => connection.end();

async function openSshHost(
  play: (connection: Connection, input: Uint8Array) => void,
  use: (stage: TestStage) => Promise<unknown>,
): Promise<OpenTarget> {
  const hostKey = ssh2.utils.generateKeyPairSync('ed25519');
  let words: Uint8Array = Buffer.alloc(0);
  const sockets = new Set<Socket>();
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (connection) => {
    connection.on('error', () => undefined);
    play(connection, words);
  });
  const inner = (server as unknown as { readonly _srv: TcpServer })._srv;
  inner.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(inner, 'listening');
  const { port } = inner.address() as AddressInfo;
  const protocol = createSshProtocol({
    createTerminal: (stage) => createTestTerminal(stage),
    knownHosts: createMemoryKnownHosts(),
    stepTimeoutMs,
  });
  return {
    async run(input) {
      words = input;
      const stage = createTestStage(320, 240);
      const session = protocol.open(
        {
          protocol: 'ssh',
          version: 'VERSION_1_5_0',
          display: { width: 320, height: 240, dpi: 96 },
          audio: [],
          video: [],
          image: ['image/png'],
          name: '',
          parameters: {
            hostname: '127.0.0.1',
            port: String(port),
            'host-key': hostKey.public,
            username: 'ada',
            password: 'secret',
            'enable-sftp': 'true',
          },
        },
        stage,
      );
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error('the host keeps the session or its files busy')),
          overLimitMs,
        );
      });
      const over = stage.until(() => {
        if (stage.questions.length > 0) stage.answer(undefined);
        return stage.ended !== undefined || stage.files !== undefined;
      });
      try {
        await Promise.race([over, late]);
        await Promise.race([use(stage), late]);
      } finally {
        clearTimeout(timer);
        session.close();
        for (const socket of sockets) socket.destroy();
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const letIn = (connection: Connection) =>
  connection.on('authentication', (login) =>
    login.method === 'none' ? login.reject(['password']) : login.accept(),
  );

/** When the packets of an input come. */
const moments = ['logging in', 'logged in', 'with a shell'] as const;

function playPackets(connection: Connection, input: Uint8Array): void {
  const moment = moments[(input[0] ?? 0) % moments.length] ?? 'with a shell';
  const say = () => {
    try {
      for (const payload of readPackets(input.subarray(1))) sendPacket(connection, payload);
    } catch {
      // The client has gone.
    }
    setImmediate(() => hang(connection));
  };
  if (moment === 'logging in') return void connection.on('authentication', say);
  letIn(connection);
  if (moment === 'logged in') return void connection.on('ready', say);
  connection.on('session', (accept) => {
    accept()
      .on('pty', (agree) => agree())
      .on('shell', (agree) => {
        agree();
        say();
      });
  });
}

const shellSeed = (...payloads: (readonly (number | Uint8Array)[])[]) =>
  Buffer.concat([Buffer.of(2), packets(...payloads)]);

/** Message numbers of RFC 4250 §4.1.2. */
export const sshInsideTarget: FuzzTarget = {
  name: 'ssh-inside',
  about: 'packets of SSH servers behind the key exchange: while logging in, and with a shell',
  watched:
    /electron\/manager\/engines\/ssh\/|node_modules\/ssh2\/lib\/(protocol\/handlers|client|Channel|utils)/,
  dictionary: [
    packets([94, number(0), text('hello\r\n')]),
    packets([98, number(0), text('exit-signal'), 0, text('KILL'), 0, text('killed'), text('')]),
    packets([90, text('auth-agent@openssh.com'), number(7), number(65_536), number(32_768)]),
    packets([90, text('x11'), number(7), number(65_536), number(32_768), text('::1'), number(1)]),
    packets([80, text('hostkeys-00@openssh.com'), 0]),
    packets([20, Buffer.alloc(16), ...Array.from({ length: 10 }, () => text('none')), 0, number(0)]),
    packets([51, text('password,publickey,keyboard-interactive'), 0]),
    packets([60, text('name'), text('do this'), text(''), number(1), text('Password: '), 0]),
    packets([53, text('banner\r\n'), text('')]),
    number(0xffffffff),
  ],
  get seeds() {
    return [
      shellSeed(
        [94, number(0), text('hello\r\n$ ')],
        [95, number(0), number(1), text('error\r\n')],
        [93, number(0), number(100)],
      ),
      shellSeed([98, number(0), text('exit-status'), 0, number(0)], [96, number(0)], [97, number(0)]),
      shellSeed(
        [90, text('auth-agent@openssh.com'), number(7), number(65_536), number(32_768)],
        [80, text('keepalive@openssh.com'), 1],
      ),
      shellSeed([1, number(2), text('bye'), text('')], [2, text('ignored')], [4, 1, text('debug'), text('')]),
      Buffer.concat([
        Buffer.of(0),
        packets(
          [53, text('welcome'), text('')],
          [51, text('keyboard-interactive'), 1],
          [60, text(''), text(''), text(''), number(1), text('Password:'), 0],
          [52],
        ),
      ]),
      Buffer.concat([
        Buffer.of(1),
        packets(
          [91, number(0), number(0), number(65_536), number(32_768)],
          [99, number(0)],
          [99, number(0)],
          [94, number(0), text('$ ')],
        ),
      ]),
      Buffer.concat([Buffer.of(1), packets([92, number(0), number(1), text('no'), text('')])]),
    ];
  },
  limitBytes: 64 * 1024,
  open: () => openSshHost(playPackets, (stage) => stage.until(() => stage.ended !== undefined)),
};

/** Answers each request of a client of SFTP (draft-ietf-secsh-filexfer-02) by the next packet, and the last one over and over. */
function playFiles(connection: Connection, input: Uint8Array): void {
  const [first = Buffer.of(0), ...others] = [...readPackets(input)];
  letIn(connection).on('session', (accept) => {
    accept()
      .on('pty', (agree) => agree())
      .on('shell', (agree) => void agree())
      .on('subsystem' as 'sftp', (agree) => {
        const channel = agree() as unknown as ssh2.ServerChannel;
        channel.on('error', () => undefined);
        let received = Buffer.alloc(0);
        let answered = 0;
        // Who got an answer that isn't one asks nothing any more, and would wait.
        const idle = setTimeout(() => hang(connection), idleMs);
        connection.on('close', () => clearTimeout(idle));
        channel.on('data', (bytes: Buffer) => {
          idle.refresh();
          received = Buffer.concat([received, bytes]);
          while (received.length >= 9 && received.length >= 4 + received.readUInt32BE(0)) {
            const id = received.subarray(5, 9);
            const answer = [first, ...others][Math.min(answered, others.length)] ?? first;
            received = received.subarray(4 + received.readUInt32BE(0));
            answered += 1;
            const [how = 0, type = 0, ...rest] = answered > mostAnswers ? endOfFile : answer;
            // Version packets have no id; some answers are to something that nobody asked.
            const body = Buffer.concat([
              Buffer.of(type),
              how === 1 ? Buffer.alloc(0) : how === 2 ? number(77) : id,
              Buffer.from(rest),
            ]);
            channel.write(Buffer.concat([number(how === 3 ? 0xffff : body.length), body]));
          }
        });
      });
  });
}

async function useFiles(files: HostFiles): Promise<void> {
  await files.dropFolder();
  await files.list('/home');
  const read = await files.read('/home/file');
  if (read.ok) {
    let bytes = 0;
    try {
      for await (const piece of read.value) {
        bytes += (piece as Buffer).length;
        if (bytes > 1_000_000) break;
      }
    } catch {
      // What can't be read on ends.
    }
  }
  const written = await files.write('/home/file');
  if (!written.ok) return;
  const { value: file } = written;
  await new Promise<void>((resolve) => {
    file.on('error', () => resolve()).on('close', () => resolve());
    file.end(Buffer.alloc(1_000));
  });
}

const attributes = Buffer.concat([number(4), number(0o100644)]);
const folderAttributes = Buffer.concat([number(4), number(0o040755)]);
const linkAttributes = Buffer.concat([number(4), number(0o120777)]);
const version = [1, 2, number(3)] as const;
const names = (...entries: (readonly [string, Buffer])[]) => [
  ...[0, 104, number(entries.length)],
  ...entries.flatMap(([name, attrs]) => [text(name), text(`-rw ${name}`), attrs]),
];
const endOfFile = [0, 101, ...number(1), ...text('end'), ...text('')];
const fine = [0, 101, number(0), text(''), text('')] as const;
const handle = [0, 102, text('h')] as const;
const home = names(['/home/ada', folderAttributes]);

export const sshFilesTarget: FuzzTarget = {
  name: 'ssh-files',
  about: 'SFTP servers: a folder, a download and an upload end, whatever is answered',
  watched: /electron\/manager\/engines\/ssh\/sftp|node_modules\/ssh2\/lib\/protocol\/SFTP/,
  dictionary: [
    packets([...names(['a', attributes], ['link', linkAttributes])]),
    ...[endOfFile, fine, handle, version].map((one) => packets([...one])),
    packets([0, 103, text('data')]),
    packets([0, 105, attributes]),
    number(0xffffffff),
  ],
  get seeds() {
    const listing = [
      version,
      home,
      handle,
      names(['a', attributes], ['b', folderAttributes]),
      endOfFile,
      fine,
    ] as const;
    return [
      packets(
        ...listing.map((one) => [...one]),
        [0, 105, attributes],
        [...handle],
        [0, 103, text('data')],
        [...endOfFile],
        [...fine],
        [...handle],
        [...fine],
        [...fine],
      ),
      packets(
        [...version],
        [...home],
        [...handle],
        names(['link', linkAttributes]),
        [...endOfFile],
        [0, 105, folderAttributes],
        [...fine],
      ),
      packets([...version], [...home], [0, 101, number(3), text('no'), text('')]),
      packets([2, 2, number(3)]),
    ];
  },
  limitBytes: 64 * 1024,
  open: () => openSshHost(playFiles, async ({ files }) => files && useFiles(files)),
};
