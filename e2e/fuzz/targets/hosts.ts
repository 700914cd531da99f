import { deflateSync } from 'node:zlib';
import { createTestStage } from '../../../electron/manager/engines/session/testStage.ts';
import { createMemoryKnownHosts } from '../../../electron/manager/engines/ssh/memoryKnownHosts.ts';
import { createSshProtocol } from '../../../electron/manager/engines/ssh/sshProtocol.ts';
import type { Protocol } from '../../../electron/manager/engines/stage.ts';
import { createTelnetProtocol } from '../../../electron/manager/engines/telnet/telnetProtocol.ts';
import { createTestTerminal } from '../../../electron/manager/engines/testTerminal.ts';
import { createVncProtocol } from '../../../electron/manager/engines/vnc/vncProtocol.ts';
import type { FuzzTarget, OpenTarget } from '../target.ts';
import { startTalkingServer } from './talkingServer.ts';

/** After a host has hung up, its session is over in this time. */
const overLimitMs = 8_000;

/** A host that says the input to whoever comes, whatever they say, and hangs up. */
async function openHost(
  createProtocol: () => Protocol,
  parameters: Record<string, string>,
): Promise<OpenTarget> {
  const server = await startTalkingServer();
  return {
    async run(input) {
      server.say(input);
      const stage = createTestStage(320, 240);
      const session = createProtocol().open(
        {
          version: 'VERSION_1_5_0',
          display: { width: 320, height: 240, dpi: 96 },
          audio: [],
          video: [],
          image: ['image/png'],
          name: '',
          protocol: '',
          parameters: { hostname: '127.0.0.1', port: String(server.port), ...parameters },
        },
        stage,
      );
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('the session goes on without its host')), overLimitMs);
      });
      const over = stage.until(() => {
        // Nobody is there to ask.
        if (stage.questions.length > 0) stage.answer(undefined);
        return stage.ended !== undefined;
      });
      await Promise.race([over, late]);
      clearTimeout(timer);
      session.close();
      server.sendAway();
    },
    close: server.close,
  };
}

const createTerminal: Parameters<typeof createTelnetProtocol>[0]['createTerminal'] = (stage) =>
  createTestTerminal(stage);

export const telnetTarget: FuzzTarget = {
  name: 'telnet',
  about: 'what Telnet hosts send',
  watched: /electron\/manager\/engines\/telnet\//,
  dictionary: [
    ...['fffb01', 'fffd18', 'fffd1f', 'fffa1801fff0', 'fffa2701fff0', 'fff0', 'fffa', 'ff', 'ffff'].map(
      (hex) => Buffer.from(hex, 'hex'),
    ),
    'login: ',
    'Password: ',
  ],
  seeds: [
    Buffer.from('fffd18fffd20fffd23fffd27fffb03fffd1f', 'hex'),
    Buffer.concat([Buffer.from('fffb01', 'hex'), Buffer.from('Debian\r\nlogin: \r\nPassword: \r\n$ ')]),
  ],
  limitBytes: 64 * 1024,
  open: () =>
    openHost(() => createTelnetProtocol({ createTerminal }), {
      username: 'ada',
      password: 'secret',
      'username-regex': '[Ll]ogin:',
      'password-regex': '[Pp]assword:',
    }),
};

export const sshTarget: FuzzTarget = {
  name: 'ssh',
  about: 'what SSH servers send before a key is agreed on',
  watched: /electron\/manager\/engines\/ssh\/|node_modules\/ssh2\/lib\/protocol/,
  dictionary: [
    'SSH-2.0-',
    'SSH-1.99-',
    '\r\n',
    'curve25519-sha256',
    'ssh-ed25519',
    'aes128-gcm@openssh.com',
    'none',
  ],
  seeds: [Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n'), Buffer.from('banner\r\nSSH-2.0-x\r\n'), composeKexInit()],
  limitBytes: 128 * 1024,
  open: () =>
    openHost(
      () => createSshProtocol({ createTerminal, knownHosts: createMemoryKnownHosts(), stepTimeoutMs: 2_000 }),
      {
        username: 'ada',
        password: 'secret',
      },
    ),
};

/** A version line and the first packet of a server (RFC 4253 §7.1). */
function composeKexInit(): Buffer {
  const names = (list: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(list.length);
    return Buffer.concat([length, Buffer.from(list)]);
  };
  const both = (list: string) => [names(list), names(list)];
  const payload = Buffer.concat([
    Buffer.from([20]),
    Buffer.alloc(16, 7),
    names('curve25519-sha256'),
    names('ssh-ed25519'),
    ...both('aes128-gcm@openssh.com'),
    ...both('hmac-sha2-256'),
    ...both('none'),
    ...both(''),
    Buffer.alloc(5),
  ]);
  const padding = 8 - ((payload.length + 5) % 8) + 8;
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + padding + 1);
  head[4] = padding;
  return Buffer.concat([Buffer.from('SSH-2.0-test\r\n'), head, payload, Buffer.alloc(padding)]);
}

const rfbInit = Buffer.concat([
  Buffer.from('RFB 003.008\n'),
  Buffer.from([1, 1]),
  Buffer.alloc(4),
  Buffer.from('0010000c20180001 00ff00ff00ff100800000000 00000004 74657374'.replaceAll(' ', ''), 'hex'),
]);
const rfbUpdate = (encoding: number, data: string) => {
  const head = Buffer.alloc(16);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(4, 8);
  head.writeUInt16BE(4, 10);
  head.writeInt32BE(encoding, 12);
  return Buffer.concat([head, Buffer.from(data.replaceAll(' ', ''), 'hex')]);
};

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const number = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
};
const rfbVersion = Buffer.from('RFB 003.008\n');
const accepted = number(0);
const serverInit = rfbInit.subarray(18);

/** Ways to let somebody in, each up to ServerInit (rfbproto, “Security Types”). */
const rfbSecurity = [
  [hex('01 02'), Buffer.alloc(16, 7), accepted, serverInit],
  [hex('01 10'), number(0), number(1), number(2), Buffer.from('STDVVNCAUTH_'), Buffer.alloc(16, 7), accepted],
  [hex('01 13'), hex('00 02 00 02'), number(257), number(261), hex('01'), hex('16 03 03 00 04 0e 00 00 00')],
  [hex('01 1e'), hex('00 02 00 40'), Buffer.alloc(64, 0xfb), Buffer.alloc(64, 3), accepted, serverInit],
  [hex('01 02'), Buffer.alloc(16, 7), number(1), number(2), Buffer.from('no')],
  [hex('00'), number(7), Buffer.from('go away')],
].map((parts) => Buffer.concat([rfbVersion, ...parts]));

/** ServerCutText of the extended clipboard (rfbproto). */
const extendedClipboard = (flags: number, data: Uint8Array = Buffer.alloc(0)) =>
  Buffer.concat([hex('03 000000'), number(-(data.length + 4)), number(flags), data]);
const rfbClipboard = Buffer.concat([
  rfbInit,
  extendedClipboard(0x1f000001, number(20_971_520)),
  extendedClipboard(0x08000001),
  extendedClipboard(0x04000000),
  extendedClipboard(0x02000001),
  extendedClipboard(0x10000001, deflateSync(Buffer.concat([number(6), Buffer.from('Grüße\0')]))),
]);

export const vncTarget: FuzzTarget = {
  name: 'vnc',
  about: 'what VNC servers send',
  watched: /electron\/manager\/engines\/vnc\//,
  dictionary: [
    ...['RFB 003.003\n', 'RFB 003.007\n', 'RFB 003.889\n'],
    rfbUpdate(0, '00'.repeat(64)),
    rfbUpdate(1, '00000000'),
    rfbUpdate(2, '00000001 ffffffff 00ff00ff 0000 0000 0002 0002'),
    rfbUpdate(5, '02 00ff00ff'),
    rfbUpdate(7, '80 ff00ff'),
    rfbUpdate(16, '00000000'),
    rfbUpdate(-223, ''),
    rfbUpdate(-239, '00'.repeat(68)),
    rfbUpdate(-308, '01000000 00000001 0000 0000 0010 0010 00000000'),
    Buffer.from([2]),
    extendedClipboard(0x10000001, deflateSync(Buffer.alloc(300_000))),
    Buffer.from('0300000000000004616263 64'.replaceAll(' ', ''), 'hex'),
  ],
  seeds: [
    rfbInit,
    ...rfbSecurity,
    Buffer.concat([rfbSecurity[1] ?? rfbInit, serverInit, Buffer.alloc(8)]),
    rfbClipboard,
    Buffer.concat([rfbInit, rfbUpdate(0, '7f'.repeat(64))]),
    Buffer.concat([rfbInit, rfbUpdate(5, '02 00ff00ff')]),
    Buffer.concat([rfbInit, rfbUpdate(7, '80 ff00ff')]),
    Buffer.from('RFB 003.003\n00000001', 'latin1'),
    Buffer.from('RFB 003.008\n\u0001\u0002', 'latin1'),
  ],
  limitBytes: 64 * 1024,
  open: () => openHost(() => createVncProtocol(), { username: 'ada', password: 'secret' }),
};
