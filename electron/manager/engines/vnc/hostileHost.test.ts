import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createTestStage, type TestStage } from '../session/testStage.ts';
import type { HostSession } from '../stage.ts';
import { encodings, pseudoEncodings } from './encodings/encodings.ts';
import { composeHandshake } from './testHandshake.ts';
import {
  rectangle,
  serverInit,
  startRfbHost,
  u16,
  u32,
  update,
  type RfbHost,
  type RfbPeer,
} from './testRfbHost.ts';
import { createVncProtocol } from './vncProtocol.ts';

const hosts: RfbHost[] = [];
const sessions: HostSession[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const session of sessions.splice(0)) session.close();
  for (const host of hosts.splice(0)) await host.close();
});

async function play(
  script: (peer: RfbPeer) => Promise<unknown>,
  parameters: Readonly<Record<string, string>> = {},
): Promise<{ readonly stage: TestStage; readonly host: RfbHost; readonly session: HostSession }> {
  const host = await startRfbHost(script);
  hosts.push(host);
  const stage = createTestStage(64, 48);
  const session = createVncProtocol().open(
    composeHandshake({ hostname: '127.0.0.1', port: String(host.port), password: 'secret', ...parameters }),
    stage,
  );
  sessions.push(session);
  return { stage, host, session };
}

/** How the session ends, and that nothing is left of it at the host. */
async function endOf(
  script: (peer: RfbPeer) => Promise<unknown>,
  parameters?: Readonly<Record<string, string>>,
) {
  const { stage, host } = await play(script, parameters);
  await stage.until(() => stage.ended !== undefined);
  await isLeft(host);
  return stage.ended?.reason;
}

const isLeft = (host: RfbHost) => vi.waitFor(() => expect(host.openCount()).toBe(0), { interval: 5 });

const greet = async (peer: RfbPeer) => {
  peer.send('RFB 003.008\n');
  await peer.read(12);
};
const letIn = async (peer: RfbPeer) => {
  await greet(peer);
  peer.send([1, 1]);
  await peer.read(1);
  peer.send(u32(0));
  await peer.read(1);
};
/** An update of the whole screen in one rectangle, with whatever follows its head. */
const drawWhole =
  (encoding: number, ...data: readonly (Uint8Array | readonly number[])[]) =>
  async (peer: RfbPeer) => {
    await peer.welcome();
    peer.send(update(1), rectangle(0, 0, 64, 48, encoding), ...data);
  };
const compressed = (data: Uint8Array) => Buffer.concat([u32(deflateSync(data).length), deflateSync(data)]);
const refused = (what: string) => ({ status: 515, text: `The VNC server ${what}.` });

describe('the handshake', () => {
  test.each<[string, (peer: RfbPeer) => Promise<unknown>, { status: number; text: string }]>([
    [
      'something else than VNC',
      async (peer) => peer.send('SSH-2.0-OpenSSH_9.2\r\n'),
      { status: 515, text: 'What answers at the address is not a VNC server.' },
    ],
    [
      'a repeater that nobody told of',
      async (peer) => peer.send('RFB 000.000\n'),
      { status: 519, text: 'The VNC server speaks a version that is not known here.' },
    ],
    [
      'an end without a word',
      async (peer) => peer.end(),
      { status: 515, text: 'The VNC server closed the connection.' },
    ],
    [
      'a refusal',
      async (peer) => {
        await greet(peer);
        peer.send([0], u32(17), 'Too many failures');
      },
      { status: 519, text: 'The VNC server refused the connection: “Too many failures”.' },
    ],
    [
      'an endless reason',
      async (peer) => {
        await greet(peer);
        peer.send([0], u32(0xffffffff), 'no '.repeat(100_000));
      },
      { status: 519, text: `The VNC server refused the connection: “${'no '.repeat(67).slice(0, 200)}”.` },
    ],
    [
      'unknown kinds of authentication',
      async (peer) => {
        await greet(peer);
        peer.send([3, 5, 129, 200]);
      },
      {
        status: 519,
        text: 'The VNC server offers only kinds of authentication that are not known here (5, 129, 200).',
      },
    ],
    [
      'a wrong password, in its own words',
      async (peer) => {
        await greet(peer);
        peer.send([1, 2]);
        await peer.read(1);
        peer.send(Buffer.alloc(16));
        await peer.read(16);
        peer.send(u32(1), u32(9), 'Go\u0000 away\n');
      },
      { status: 769, text: 'The VNC server did not accept the password: “Go away”.' },
    ],
    [
      'a name of 4 GB',
      async (peer) => {
        await letIn(peer);
        peer.send(serverInit(64, 48).subarray(0, 20), u32(0xffffffff));
      },
      refused('has a name of more than 65536 bytes'),
    ],
    [
      'a screen beyond all bounds',
      async (peer) => {
        await letIn(peer);
        peer.send(serverInit(65_535, 65_535));
      },
      refused('has a screen of 65535 × 65535 pixels; 16384 a side and 33177600 in all are possible here'),
    ],
    [
      'a screen without pixels',
      async (peer) => {
        await letIn(peer);
        peer.send(serverInit(0, 48));
      },
      refused('has a screen without any pixels'),
    ],
    [
      'a million capabilities',
      async (peer) => {
        await greet(peer);
        peer.send([1, 16]);
        await peer.read(1);
        peer.send(u32(1_000_000));
      },
      refused('told of more capabilities than is sensible'),
    ],
    [
      'a key of no size',
      async (peer) => {
        await greet(peer);
        peer.send([1, 30]);
        await peer.read(1);
        peer.send(u16(2), u16(65_535));
      },
      refused('wants a key of a size that is not sensible'),
    ],
  ])('meets %s', async (_, script, expected) => {
    expect(await endOf(script)).toEqual(expected);
  });

  test('of any bytes at all ends with a sentence', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          'RFB 003.003\n',
          'RFB 003.008\n',
          'RFB 003.008\n\u0001\u0010',
          'RFB 003.008\n\u0001\u0013',
          '',
        ),
        fc.uint8Array({ maxLength: 200 }),
        async (greeting, noise) => {
          const { stage, host } = await play(
            async (peer) => {
              peer.send(greeting, noise);
              peer.end();
            },
            { username: 'anna' },
          );
          await stage.until(() => stage.ended !== undefined);
          expect([512, 514, 515, 519, 769]).toContain(stage.ended?.reason?.status);
          expect(stage.ended?.reason?.text).not.toBe('The VNC session failed.');
          await host.close();
          hosts.splice(hosts.indexOf(host), 1);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('ends at a host that stalls, wherever it does', async () => {
    const steps: ((peer: RfbPeer) => Promise<unknown>)[] = [
      async () => {},
      async (peer) => peer.send('RFB 003.'),
      greet,
      async (peer) => {
        await greet(peer);
        peer.send([1, 2]);
      },
      letIn,
      async (peer) => {
        await letIn(peer);
        peer.send(serverInit(64, 48).subarray(0, 23));
      },
      drawWhole(encodings.raw, Buffer.alloc(100)),
    ];
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const played = await Promise.all(steps.map((step) => play(step)));
    const clock = setInterval(() => vi.advanceTimersByTime(5_000), 50);
    await Promise.all(played.map(({ stage }) => stage.until(() => stage.ended !== undefined)));
    clearInterval(clock);
    vi.useRealTimers();
    for (const { stage, host } of played) {
      expect(stage.ended?.reason).toEqual({ status: 514, text: 'The VNC server stopped answering.' });
      await isLeft(host);
    }
  });
});

describe('the pictures', () => {
  test.each<[string, (peer: RfbPeer) => Promise<unknown>, { status: number; text: string }]>([
    ['an unknown encoding', drawWhole(4_711), refused('drew in a way that is not known here (4711)')],
    [
      'a rectangle outside of the screen',
      async (peer) => {
        await peer.welcome();
        peer.send(update(1), rectangle(60, 0, 5, 1, encodings.raw));
      },
      refused('drew outside of its screen'),
    ],
    [
      'a copy from outside of the screen',
      drawWhole(encodings.copyRect, u16(1), u16(0)),
      refused('copied from outside of its screen'),
    ],
    [
      'a resize beyond all bounds',
      async (peer) => {
        await peer.welcome();
        peer.send(update(1), rectangle(0, 0, 65_535, 65_535, pseudoEncodings.desktopSize));
      },
      refused('has a screen of 65535 × 65535 pixels; 16384 a side and 33177600 in all are possible here'),
    ],
    [
      'a huge cursor',
      async (peer) => {
        await peer.welcome();
        peer.send(update(1), rectangle(0, 0, 65_535, 65_535, pseudoEncodings.cursor));
      },
      refused('sent a cursor of more than 1024 pixels a side'),
    ],
    [
      'a name of 4 GB',
      async (peer) => {
        await peer.welcome();
        peer.send(update(1), rectangle(0, 0, 0, 0, pseudoEncodings.desktopName), u32(0xfffffff0));
      },
      refused('has a name of more than 65536 bytes'),
    ],
    [
      'more parts than pixels',
      drawWhole(encodings.rre, u32(64 * 48 + 1), [0, 0, 0, 0]),
      refused('sent more parts than a rectangle has pixels'),
    ],
    [
      'a part outside of its rectangle',
      drawWhole(encodings.rre, u32(1), [0, 0, 0, 0], [0, 0, 0, 0], u16(60), u16(0), u16(5), u16(1)),
      refused('drew outside of a rectangle'),
    ],
    [
      'a part outside of its tile',
      async (peer) => {
        await peer.welcome();
        peer.send(update(1), rectangle(0, 0, 8, 8, encodings.hextile), [2 | 8, 0, 0, 0, 0, 1, 0x77, 0x11]);
      },
      refused('drew outside of a rectangle'),
    ],
    [
      'a zlib bomb',
      drawWhole(encodings.zlib, compressed(Buffer.alloc(20_000_000))),
      refused('sent more pixels than a rectangle has'),
    ],
    [
      'too few pixels',
      drawWhole(encodings.zlib, compressed(Buffer.alloc(64 * 48 * 4 - 1))),
      refused('sent fewer pixels than a rectangle has'),
    ],
    [
      'a length of 4 GB',
      drawWhole(encodings.zrle, u32(0xffffffff)),
      refused('sent more bytes than a rectangle can need'),
    ],
    [
      'what is not zlib',
      drawWhole(encodings.zrle, u32(6), Buffer.from('nonsense')),
      refused('sent pixels that cannot be decompressed'),
    ],
    [
      'a palette of a size that there is not',
      drawWhole(encodings.zrle, compressed(Buffer.from([17, ...Buffer.alloc(51)]))),
      refused('sent a tile in a way that does not exist'),
    ],
    [
      'a colour beyond the palette',
      drawWhole(
        encodings.zrle,
        compressed(Buffer.concat([Buffer.from([130]), Buffer.alloc(6), Buffer.from([2])])),
      ),
      refused('used a colour that is not in the palette'),
    ],
    [
      'packed colours beyond the palette',
      drawWhole(
        encodings.zrle,
        compressed(Buffer.concat([Buffer.from([3]), Buffer.alloc(9), Buffer.alloc(768, 255)])),
      ),
      refused('used a colour that is not in the palette'),
    ],
    [
      'a run beyond its tile',
      drawWhole(encodings.zrle, compressed(Buffer.from([128, 1, 2, 3, ...Buffer.alloc(20, 255), 0]))),
      refused('drew outside of a rectangle'),
    ],
    [
      'a Tight rectangle of no kind',
      drawWhole(encodings.tight, [0xc0]),
      refused('sent a rectangle in a way that does not exist'),
    ],
    [
      'a Tight filter of no kind',
      drawWhole(encodings.tight, [0x40, 9]),
      refused('used a filter that does not exist'),
    ],
    [
      'Tight indices beyond the palette',
      drawWhole(
        encodings.tight,
        [0x40, 1, 2],
        Buffer.alloc(9),
        compactly(deflateSync(Buffer.alloc(64 * 48, 3))),
      ),
      refused('used a colour that is not in the palette'),
    ],
    [
      'an image of another size',
      drawWhole(encodings.tight, [0x90], compactly(composeJpegHead(65_535, 65_535))),
      refused('sent an image of another size than its rectangle'),
    ],
    [
      'an image that is none',
      drawWhole(encodings.tight, [0x90], compactly(composeJpegHead(64, 48))),
      refused('sent an image that cannot be decoded'),
    ],
    [
      'a clipboard of 2 GB',
      async (peer) => {
        await peer.welcome();
        peer.send([3, 0, 0, 0], u32(0x80000000));
      },
      refused('sent a clipboard that is too large'),
    ],
    [
      'a message of no kind',
      async (peer) => {
        await peer.welcome();
        peer.send([199]);
      },
      refused('sent a message that is not known here (199)'),
    ],
    [
      'an end in the middle of a rectangle',
      async (peer) => {
        await drawWhole(encodings.raw, Buffer.alloc(1_000))(peer);
        peer.end();
      },
      { status: 515, text: 'The VNC server closed the connection.' },
    ],
  ])('meet %s', async (_, script, expected) => {
    expect(await endOf(script)).toEqual(expected);
  });

  test('of any bytes at all end a session or are waited for, and draw nothing outside', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(encodings)),
        fc.uint8Array({ maxLength: 400 }),
        fc.boolean(),
        async (encoding, noise, isCompressed) => {
          const data =
            isCompressed && (encoding === encodings.zrle || encoding === encodings.zlib)
              ? compressed(noise)
              : noise;
          const { stage, host } = await play(async (peer) => {
            await drawWhole(encoding, data)(peer);
            peer.end();
          });
          await stage.until(() => stage.ended !== undefined);
          expect([515, 514]).toContain(stage.ended?.reason?.status);
          expect(stage.ended?.reason?.text).not.toBe('The VNC session failed.');
          await host.close();
          hosts.splice(hosts.indexOf(host), 1);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('that are endless in number leave others their turn', async () => {
    const solid = Buffer.concat([rectangle(0, 0, 1_920, 1_080, encodings.rre), u32(0), Buffer.alloc(4)]);
    const { stage } = await play(async (peer) => {
      await peer.welcome({ width: 1_920, height: 1_080 });
      peer.send(update(2_000), ...Array.from({ length: 2_000 }, () => solid));
    });
    await stage.until(() => stage.damages.length > 0);
    let longest = 0;
    for (let turn = 0, before = performance.now(); turn < 20; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      longest = Math.max(longest, performance.now() - before);
      before = performance.now();
    }
    expect(longest).toBeLessThan(200);
  });
});

/** A length as Tight has it, and the data. */
function compactly(data: Uint8Array): Buffer {
  const { length } = data;
  const head =
    length < 128
      ? [length]
      : length < 16_384
        ? [(length & 127) | 128, length >> 7]
        : [(length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];
  return Buffer.concat([Buffer.from(head), data]);
}

function composeJpegHead(width: number, height: number): Buffer {
  return Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8]),
    u16(height),
    u16(width),
    Buffer.from([1, 1, 0x11, 0]),
  ]);
}
