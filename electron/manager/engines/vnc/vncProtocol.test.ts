import { deflateSync, inflateSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createTestStage, type TestStage } from '../session/testStage.ts';
import type { HostSession } from '../stage.ts';
import { encodings, pseudoEncodings } from './encodings/encodings.ts';
import { answerChallenge } from './security/vncAuthentication.ts';
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
  for (const session of sessions.splice(0)) session.close();
  for (const host of hosts.splice(0)) await host.close();
});

async function listen(script: (peer: RfbPeer) => Promise<unknown>): Promise<RfbHost> {
  const host = await startRfbHost(script);
  hosts.push(host);
  return host;
}

function open(
  port: number,
  parameters: Readonly<Record<string, string>> = {},
): { readonly stage: TestStage; readonly session: HostSession } {
  const stage = createTestStage(640, 400);
  const session = createVncProtocol().open(
    composeHandshake({ hostname: '127.0.0.1', port: String(port), password: 'secret', ...parameters }),
    stage,
  );
  sessions.push(session);
  return { stage, session };
}

const challenge = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const greenPixel = Buffer.from([0, 255, 0, 0]);
/** A screen of one green pixel, and on with `then`. */
async function showGreen(peer: RfbPeer): Promise<void> {
  await peer.read(1);
  peer.send(serverInit(1, 1));
  await peer.readMessage();
  await peer.readMessage();
  expect((await peer.readMessage())[1]).toBe(0);
  peer.send(update(1), rectangle(0, 0, 1, 1, encodings.raw), greenPixel);
}
async function checkPassword(peer: RfbPeer): Promise<void> {
  peer.send(challenge);
  expect(await peer.read(16)).toEqual(answerChallenge('secret', challenge));
}

describe('handshakes', () => {
  test.each<[string, (peer: RfbPeer) => Promise<unknown>]>([
    [
      '3.3 without a password',
      async (peer) => {
        peer.send('RFB 003.003\n');
        expect((await peer.read(12)).toString()).toBe('RFB 003.003\n');
        peer.send(u32(1));
        await showGreen(peer);
      },
    ],
    [
      '3.5, which is 3.3, with a password',
      async (peer) => {
        peer.send('RFB 003.005\n');
        expect((await peer.read(12)).toString()).toBe('RFB 003.003\n');
        peer.send(u32(2));
        await checkPassword(peer);
        peer.send(u32(0));
        await showGreen(peer);
      },
    ],
    [
      '3.7, where no result follows no password',
      async (peer) => {
        peer.send('RFB 003.007\n');
        expect((await peer.read(12)).toString()).toBe('RFB 003.007\n');
        peer.send([2, 1, 99]);
        expect((await peer.read(1))[0]).toBe(1);
        await showGreen(peer);
      },
    ],
    [
      'Apple’s 3.889, which is 3.8',
      async (peer) => {
        peer.send('RFB 003.889\n');
        expect((await peer.read(12)).toString()).toBe('RFB 003.008\n');
        peer.send([2, 30, 2]);
        expect((await peer.read(1))[0]).toBe(2);
        await checkPassword(peer);
        peer.send(u32(0));
        await showGreen(peer);
      },
    ],
    [
      'Tight’s security type',
      async (peer) => {
        peer.send('RFB 003.008\n');
        await peer.read(12);
        peer.send([1, 16]);
        await peer.read(1);
        peer.send(u32(1), u32(0), 'TGHTNOTUNNEL');
        expect((await peer.read(4)).readUInt32BE()).toBe(0);
        peer.send(u32(2), u32(1), 'STDVNOAUTH__', u32(2), 'STDVVNCAUTH_');
        expect((await peer.read(4)).readUInt32BE()).toBe(2);
        await checkPassword(peer);
        peer.send(u32(0));
        await peer.read(1);
        peer.send(serverInit(1, 1), u16(1), u16(0), u16(1), u16(0), Buffer.alloc(32));
        await peer.readMessage();
        await peer.readMessage();
        peer.send(update(1), rectangle(0, 0, 1, 1, encodings.raw), greenPixel);
      },
    ],
  ])('of %s', async (_, script) => {
    const { port } = await listen(script);
    const { stage } = open(port);
    await stage.until(() => stage.frames > 0 || stage.ended !== undefined);
    expect(stage.ended).toBeUndefined();
    expect([stage.width, stage.height, stage.colorAt(0, 0)]).toEqual([1, 1, '#00ff00']);
  });

  test('through a repeater', async () => {
    const { port } = await listen(async (peer) => {
      peer.send('RFB 000.000\n');
      expect((await peer.read(250)).toString('latin1').replaceAll('\0', '')).toBe('desk.example:5901');
      await peer.welcome();
      peer.send(update(0));
    });
    const { stage } = open(port, { 'dest-host': 'desk.example', 'dest-port': '5901' });
    await stage.until(() => stage.frames > 0);
  });

  test('begin anew where a host did not wait for the password', async () => {
    let count = 0;
    const { port } = await listen(async (peer) => {
      count += 1;
      peer.send('RFB 003.008\n');
      await peer.read(12);
      peer.send([1, 2]);
      await peer.read(1);
      peer.send(challenge);
      if (count === 1) return peer.end();
      await peer.read(16);
      peer.send(u32(0));
      return showGreen(peer);
    });
    const { stage } = open(port, { password: '' });
    await stage.until(() => stage.questions.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    stage.answer({ password: 'secret' });
    await stage.until(() => stage.frames > 0);
    expect([count, stage.questions.length]).toEqual([2, 1]);
  });

  test('are tried again as often as is wanted, but never after a wrong password', async () => {
    const closed = await startRfbHost(async () => {});
    await closed.close();
    const before = performance.now();
    const { stage } = open(closed.port, { autoretry: '1' });
    await stage.until(() => stage.ended !== undefined);
    expect(performance.now() - before).toBeGreaterThan(900);
    expect(stage.ended?.reason).toEqual({ status: 519, text: 'The host refused the connection.' });
    const host = await listen(async (peer) => {
      peer.send('RFB 003.003\n');
      await peer.read(12);
      peer.send(u32(2), challenge);
      await peer.read(16);
      peer.send(u32(1));
    });
    const wrong = open(host.port, { autoretry: '3' });
    await wrong.stage.until(() => wrong.stage.ended !== undefined);
    expect(wrong.stage.ended?.reason?.status).toBe(769);
    expect(host.count()).toBe(1);
  });

  test('are given up with the session, at any time', async () => {
    const host = await listen(async (peer) => {
      peer.send('RFB 003.008\n');
    });
    const { stage, session } = open(host.port);
    await vi.waitFor(() => expect(host.openCount()).toBe(1), { interval: 5 });
    session.close();
    session.close();
    await vi.waitFor(() => expect(host.openCount()).toBe(0), { interval: 5 });
    expect(stage.ended).toBeUndefined();
    const early = open(host.port);
    early.session.close();
    await vi.waitFor(() => expect(host.openCount()).toBe(0), { interval: 5 });
  });

  test('want a certificate where one is expected', async () => {
    const { port } = await listen((peer) => peer.welcome());
    const { stage } = open(port, { 'cert-fingerprints': 'aa:bb' });
    await stage.until(() => stage.ended !== undefined);
    expect(stage.ended?.reason?.status).toBe(512);
  });
});

describe('a session', () => {
  test('asks with the encodings and the format of its arguments', async () => {
    let asked: readonly Buffer[] = [];
    const { port } = await listen(async (peer) => {
      peer.send('RFB 003.003\n');
      await peer.read(12);
      peer.send(u32(1));
      await peer.read(1);
      peer.send(serverInit(64, 48));
      asked = [await peer.readMessage(), await peer.readMessage(), await peer.readMessage()];
      peer.send(update(0));
    });
    const { stage } = open(port, {
      encodings: 'zrle ultra copyrect corre raw',
      'color-depth': '16',
      cursor: 'remote',
      'quality-level': '7',
      'compress-level': '3',
    });
    await stage.until(() => stage.frames > 0);
    expect([...(asked[0] ?? [])].slice(4, 17)).toEqual([16, 16, 0, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0]);
    const numbers = Array.from({ length: asked[1]?.readUInt16BE(2) ?? 0 }, (_, index) =>
      asked[1]?.readInt32BE(4 + index * 4),
    );
    expect(numbers.slice(0, 3)).toEqual([encodings.zrle, encodings.copyRect, encodings.raw]);
    expect(numbers).toEqual(expect.arrayContaining([-25, -253, pseudoEncodings.lastRect]));
    expect(numbers).not.toContain(pseudoEncodings.cursor);
    expect([...(asked[2] ?? [])]).toEqual([3, 0, 0, 0, 0, 0, 0, 64, 0, 48]);
  });

  test('draws, copies, resizes, renames and shows cursors of every kind', async () => {
    const red = Buffer.from([255, 0, 0, 0]);
    let requests: readonly Buffer[] = [];
    const { port } = await listen(async (peer) => {
      await peer.welcome({ width: 4, height: 2 });
      requests = [await peer.readMessage()];
      peer.send(
        update(65_535),
        rectangle(0, 0, 1, 1, encodings.raw),
        red,
        rectangle(2, 1, 1, 1, encodings.copyRect),
        u16(0),
        u16(0),
        rectangle(0, 0, 0, 0, pseudoEncodings.desktopName),
        u32(7),
        'Büro\n\u0007',
        rectangle(0, 0, 0, 0, pseudoEncodings.lastRect),
      );
      requests = [...requests, await peer.readMessage()];
      peer.send([2], [1, 0], u16(0), u16(1), Buffer.alloc(6));
      peer.send(update(1), rectangle(1, 0, 2, 1, pseudoEncodings.cursor), red, greenPixel, [0b1000_0000]);
      requests = [...requests, await peer.readMessage()];
      peer.send(update(1), rectangle(0, 0, 6, 3, pseudoEncodings.desktopSize));
      requests = [...requests, await peer.readMessage()];
    });
    const { stage } = open(port);
    await stage.until(() => stage.frames === 3);
    expect([stage.colorAt(0, 0), stage.colorAt(2, 1)]).toEqual(['#ff0000', '#ff0000']);
    expect(stage.copies).toHaveLength(1);
    expect(stage.names).toEqual(['test', 'Büro']);
    expect(stage.cursor).toEqual({
      kind: 'picture',
      hotspotX: 1,
      hotspotY: 0,
      picture: { width: 2, height: 1, pixels: Uint8ClampedArray.of(255, 0, 0, 255, 0, 0, 0, 0) },
    });
    await vi.waitFor(() => expect(requests).toHaveLength(4));
    // All of it at first and behind the resize, and only what changed otherwise.
    expect(requests.map((request) => [request[1], request[7], request[9]])).toEqual([
      [0, 4, 2],
      [1, 4, 2],
      [1, 4, 2],
      [0, 6, 3],
    ]);
  });

  test.each([
    [
      'of two colours',
      pseudoEncodings.xCursor,
      [1, 2, 3, 4, 5, 6, 0b1000_0000, 0b1100_0000],
      [1, 2, 3, 255, 4, 5, 6, 255],
    ],
    [
      'that is half transparent',
      pseudoEncodings.cursorWithAlpha,
      [0, 0, 0, 0, 64, 0, 128, 128, 9, 9, 9, 0],
      [128, 0, 255, 128, 0, 0, 0, 0],
    ],
  ])('shows a cursor %s', async (_, encoding, data, pixels) => {
    const { port } = await listen(async (peer) => {
      await peer.welcome();
      peer.send(update(1), rectangle(0, 0, 2, 1, encoding), data);
    });
    const { stage } = open(port);
    await stage.until(() => stage.cursor !== undefined);
    expect(stage.cursor?.kind === 'picture' && [...stage.cursor.picture.pixels]).toEqual(pixels);
  });

  test('has a clipboard of one encoding where the host knows no other', async () => {
    let pasted: Buffer | undefined;
    const { port } = await listen(async (peer) => {
      await peer.welcome();
      await peer.readMessage();
      peer.send([3, 0, 0, 0], u32(5), Buffer.from('süß €', 'latin1').subarray(0, 4), [0x80], update(0));
      for (;;) {
        const message = await peer.readMessage();
        if (message[0] === 6) pasted = message.subarray(8);
      }
    });
    const { stage, session } = open(port, { 'clipboard-encoding': 'CP1252' });
    await stage.until(() => stage.frames > 0);
    expect(stage.clipboards).toEqual(['süß €']);
    session.clipboard('5 € für 漢');
    await vi.waitFor(() => expect(pasted).toEqual(Buffer.from('5 \x80 f\xfcr ?', 'latin1')));
  });

  test('has a clipboard of all signs where the host knows the extended one', async () => {
    const messages: Buffer[] = [];
    const extended = (flags: number, data: Uint8Array = Buffer.alloc(0)) =>
      Buffer.concat([Buffer.from([3, 0, 0, 0]), u32(-(data.length + 4)), u32(flags), data]);
    let peer: RfbPeer | undefined;
    const { port } = await listen(async (own) => {
      peer = own;
      await own.welcome();
      // All actions, for text of up to 1 MB.
      own.send(extended(0x1f000001, u32(1_048_576)));
      own.send(update(0));
      for (;;) {
        const message = await own.readMessage();
        if (message[0] === 6) messages.push(message);
      }
    });
    const { stage, session } = open(port);
    await stage.until(() => stage.frames > 0);
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    expect(messages[0]?.readUInt32BE(8)).toBe(0x1f000001);
    session.clipboard('漢字\n🎉');
    await vi.waitFor(() => expect(messages).toHaveLength(2));
    expect(messages[1]?.readUInt32BE(8)).toBe(0x08000001);
    peer?.send(extended(0x02000001));
    await vi.waitFor(() => expect(messages).toHaveLength(3));
    const provided = messages[2] ?? Buffer.alloc(12);
    expect(provided.readUInt32BE(8)).toBe(0x10000001);
    expect(inflateSync(provided.subarray(12)).subarray(4).toString()).toBe('漢字\r\n🎉\0');
    peer?.send(extended(0x08000001));
    await vi.waitFor(() => expect(messages).toHaveLength(4));
    expect(messages[3]?.readUInt32BE(8)).toBe(0x02000001);
    const text = Buffer.from('zurück\r\n🚀\0');
    peer?.send(extended(0x10000001, deflateSync(Buffer.concat([u32(text.length), text]))));
    // A bomb, and what is no zlib: both without a text, and the session goes on.
    peer?.send(extended(0x10000001, deflateSync(Buffer.alloc(60_000_000))));
    peer?.send(extended(0x10000001, Buffer.from('nonsense')), update(0));
    await stage.until(() => stage.frames > 1);
    expect(stage.clipboards).toEqual(['zurück\n🚀']);
  });
});
