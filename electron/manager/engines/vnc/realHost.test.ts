import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTestStage, type TestStage } from '../session/testStage.ts';
import { createBuiltInEngine } from '../builtInEngine.ts';
import type { HostSession } from '../stage.ts';
import { createTestCertificate } from './testCertificate.ts';
import { composeHandshake } from './testHandshake.ts';
import { startTestHost, type TestHost } from './testHost.ts';
import { createVncProtocol } from './vncProtocol.ts';

const isWithoutServer = !existsSync('/usr/bin/Xtigervnc') || process.getuid?.() !== 0;

const sessions: HostSession[] = [];
afterEach(() => {
  for (const session of sessions.splice(0)) session.close();
});

function open(
  host: TestHost,
  parameters: Readonly<Record<string, string>> = {},
  protocol = createVncProtocol(),
  display = { width: 640, height: 400 },
): { readonly stage: TestStage; readonly session: HostSession } {
  const stage = createTestStage(1280, 800);
  const session = protocol.open(
    composeHandshake(
      {
        hostname: '127.0.0.1',
        port: String(host.port),
        password: host.password,
        ...parameters,
      },
      display,
    ),
    stage,
  );
  sessions.push(session);
  return { stage, session };
}

/** How many pixels differ by more than a tolerance in some colour. */
async function countDifferences(host: TestHost, stage: TestStage, tolerance = 0): Promise<number> {
  const { pixels, width, height } = await host.capture();
  if (width !== stage.width || height !== stage.height) return Infinity;
  let count = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const differs = (channel: number) =>
      Math.abs((pixels[at + channel] ?? 0) - (stage.pixels[at + channel] ?? 0)) > tolerance;
    if (differs(0) || differs(1) || differs(2)) count += 1;
  }
  return count;
}

const shows = (host: TestHost, stage: TestStage, tolerance = 0, allowed = 0) =>
  vi.waitFor(
    async () => expect(await countDifferences(host, stage, tolerance)).toBeLessThanOrEqual(allowed),
    {
      timeout: 3_000,
      interval: 50,
    },
  );

/** A terminal that a text is pasted into, and what came in. */
async function readSelection(host: TestHost): Promise<string> {
  const file = join(host.folder, 'pasted');
  const terminal = startTerminal(host, 'Paste', `stty raw -echo; cat > '${file}'`);
  await host.run('xdotool', 'search', '--sync', '--onlyvisible', '--class', 'Paste', 'windowfocus', '--sync');
  // The shell in it may need a moment before it takes text as it is.
  await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 3_000 });
  await host.run('xdotool', 'key', 'shift+Insert');
  await vi.waitFor(() => expect(readFileSync(file).length).toBeGreaterThan(0), { timeout: 3_000 });
  await sleep(50);
  const text = readFileSync(file, 'utf8').replaceAll('\r', '\n');
  terminal.kill();
  await rm(file);
  await vi.waitFor(() => expect(terminal.exitCode ?? terminal.signalCode).not.toBeNull());
  return text;
}

/** A program of the host that has put a text into the clipboard (xterm, “OSC 52”). */
function ownSelection(host: TestHost, text: string) {
  const encoded = Buffer.from(text).toString('base64');
  return startTerminal(host, 'Copy', `printf '\\033]52;c;${encoded}\\a'; sleep 600`);
}

function startTerminal(host: TestHost, name: string, script: string) {
  const settings = ['*selectToClipboard: true', '*allowWindowOps: true'].flatMap((line) => ['-xrm', line]);
  const place = ['-class', name, '-geometry', '20x2+300+340'];
  return host.start('xterm', '-u8', ...place, ...settings, '-e', 'sh', '-c', script);
}

describe.skipIf(isWithoutServer)('a TigerVNC server', () => {
  let host: TestHost;
  let nothing: string;
  beforeAll(async () => {
    host = await startTestHost({ size: '640x400' });
    // The server draws the cursor into the picture while somebody else moves the mouse: here it is one pixel.
    nothing = join(host.folder, 'nothing.xbm');
    await writeFile(
      nothing,
      '#define n_width 1\n#define n_height 1\n#define n_x_hot 0\n#define n_y_hot 0\nstatic char n_bits[] = {\n0x00};\n',
    );
    await host.run('xsetroot', '-solid', '#1f4e79', '-cursor', nothing, nothing);
    await host.run('xdotool', 'mousemove', '635', '395');
    host.start('xlogo', '-geometry', '300x300+20+20', '-fg', '#ffd866', '-bg', '#203040');
    host.start(
      'xterm',
      '-geometry',
      '80x24+350+30',
      '-e',
      'seq 1000; ls -l --color /usr/bin | head -300; sleep 600',
    );
    host.start('xclock', '-geometry', '200x200+40+500', '-render', '-bg', '#445566');
    await sleep(600);
  }, 20_000);
  afterAll(() => host.stop());

  test.each(['raw', 'copyrect raw', 'rre', 'hextile', 'zrle', 'tight', ''])(
    'shows its screen pixel by pixel with “%s”',
    async (encodings) => {
      const { stage } = open(host, { encodings });
      await shows(host, stage);
      expect(stage.names).toEqual(['Prüfung']);
      expect(stage.damages.every(({ content }) => content === 'exact')).toBe(true);
      // What changes follows, also where it is moved.
      await host.run('xdotool', 'search', '--class', 'XLogo', 'windowmove', '180', '240');
      await host.run('xsetroot', '-solid', '#224422');
      await shows(host, stage);
      await host.run('xdotool', 'search', '--class', 'XLogo', 'windowmove', '20', '20');
      await host.run('xsetroot', '-solid', '#1f4e79');
      await shows(host, stage);
    },
  );

  test.each([
    ['16', 'hextile', 8],
    ['16', 'zrle', 8],
    ['16', 'tight', 8],
    ['16', 'rre', 8],
    ['8', 'raw', 86],
    ['8', 'zrle', 86],
    ['8', 'tight', 86],
    ['8', 'hextile', 86],
  ])('shows it with %s bits and %s as near as these get', async (depth, encodings, tolerance) => {
    const { stage } = open(host, { 'color-depth': depth, encodings });
    await shows(host, stage, tolerance);
    expect(stage.ended).toBeUndefined();
  });

  test('shows it with loss where that is asked for, and says so', async () => {
    const { stage } = open(host, { encodings: 'tight', 'quality-level': '8' });
    await host.run('xsetroot', '-mod', '7', '5', '-fg', '#884411', '-bg', '#2288aa');
    host.start('xeyes', '-geometry', '150x100+300+250', '-fg', '#ff0000');
    await shows(host, stage, 60, 1_500);
    const lossless = open(host, { encodings: 'tight', 'quality-level': '8', 'force-lossless': 'true' });
    await host.run('xsetroot', '-solid', '#1f4e79');
    await shows(host, lossless.stage);
    expect(lossless.stage.damages.every(({ content }) => content === 'exact')).toBe(true);
  });

  test('swaps red and blue in every encoding alike', async () => {
    for (const encodings of ['raw', 'hextile', 'zrle', 'tight']) {
      const { stage } = open(host, { encodings, 'swap-red-blue': 'true' });
      await stage.until(() => stage.frames > 0);
      await vi.waitFor(() => expect(stage.colorAt(5, 395)).toBe('#794e1f'), { interval: 5 });
    }
  });

  test('tells its cursor, or draws it itself', async () => {
    const local = open(host);
    await shows(host, local.stage);
    local.session.mouse(634, 394, 0);
    await host.run('xsetroot', '-cursor_name', 'left_ptr');
    await local.stage.until(() => local.stage.cursor?.kind === 'picture');
    expect(local.stage.cursor).toMatchObject({
      hotspotX: expect.any(Number),
      picture: { width: expect.any(Number) },
    });
    expect(local.stage.cursor?.kind === 'picture' && local.stage.cursor.picture.pixels).toContain(255);
    await host.run('xsetroot', '-cursor', nothing, nothing);
    await local.stage.until(() => local.stage.cursor?.kind === 'hidden');
    const remote = open(host, { cursor: 'remote' });
    await remote.stage.until(() => remote.stage.cursor !== undefined);
    expect(remote.stage.cursor).toMatchObject({ kind: 'picture', hotspotX: 2, hotspotY: 2 });
  });

  test('takes keys, the mouse and its wheel', async () => {
    const program = host.start('xev', '-geometry', '100x60+20+200', '-event', 'keyboard', '-event', 'button');
    let events = '';
    program.stdout?.on('data', (text: Buffer) => (events += text.toString()));
    const { stage, session } = open(host);
    await stage.until(() => stage.frames > 0);
    await host.run('xdotool', 'search', '--sync', '--onlyvisible', '--name', 'Event Tester');
    session.mouse(50, 230, 0);
    session.key(0x61, true);
    session.key(0x61, false);
    session.key(0x20ac, true);
    session.key(0x20ac, false);
    session.mouse(50, 230, 8);
    session.mouse(50, 230, 0);
    session.mouse(51, 231, 16);
    session.mouse(51, 231, 0);
    await vi.waitFor(() => {
      expect(events).toMatch(/KeyPress[^]*keysym 0x61, a/);
      expect(events).toMatch(/keysym 0x(20ac|10020ac), EuroSign/);
      expect(events).toMatch(/ButtonPress[^]*button 4/);
      expect(events).toMatch(/ButtonPress[^]*button 5/);
    }, 5_000);
    const watcher = open(host, { 'read-only': 'true' });
    await watcher.stage.until(() => watcher.stage.frames > 0);
    watcher.session.key(0x7a, true);
    session.key(0x62, true);
    await vi.waitFor(() => expect(events).toContain('keysym 0x62, b'), 5_000);
    expect(events).not.toContain('keysym 0x7a');
    session.key(0x62, false);
    session.mouse(635, 395, 0);
    program.kill();
  });

  test('passes text both ways, with umlauts, emoji and lines', async () => {
    const text = 'Grüße aus Łódź 🎉\nzweite Zeile\tEnde';
    const { stage, session } = open(host);
    await stage.until(() => stage.frames > 0);
    // The server announces what it can do behind its first frame.
    await sleep(100);
    session.clipboard(text);
    await vi.waitFor(async () => expect(await readSelection(host)).toBe(text), { timeout: 8_000 });
    const deaf = open(host, { 'disable-copy': 'true' });
    await deaf.stage.until(() => deaf.stage.frames > 0);
    await sleep(100);
    const owner = ownSelection(host, 'Zurück: €uro 🚀');
    await stage.until(() => stage.clipboards.includes('Zurück: €uro 🚀'));
    expect(deaf.stage.clipboards).toEqual([]);
    const mute = open(host, { 'disable-paste': 'true' });
    await mute.stage.until(() => mute.stage.frames > 0);
    await sleep(100);
    mute.session.clipboard('never');
    await sleep(200);
    expect(await readSelection(host)).toBe('Zurück: €uro 🚀');
    owner.kill();
  });

  test('takes another size when a user asks for one, and tells the others', async () => {
    const watcher = open(host, { 'read-only': 'true' });
    const { stage, session } = open(host);
    await Promise.all([shows(host, stage), shows(host, watcher.stage)]);
    watcher.session.resize(640, 480);
    session.resize(1111, 777);
    await stage.until(() => stage.width === 1111 && stage.height === 777);
    await watcher.stage.until(() => watcher.stage.width === 1111);
    await Promise.all([shows(host, stage), shows(host, watcher.stage)]);
    const fixed = open(host, { 'disable-display-resize': 'true' });
    await shows(host, fixed.stage);
    fixed.session.resize(800, 600);
    // Who opens a session has the size that the person's window has.
    const next = open(host, {}, createVncProtocol(), { width: 1280, height: 800 });
    await next.stage.until(() => next.stage.width === 1280 && next.stage.height === 800);
    await shows(host, next.stage);
    next.session.resize(640, 400);
    await next.stage.until(() => next.stage.width === 640);
    expect([fixed.stage.width, watcher.stage.width, stage.width]).not.toContain(800);
  });

  test('is asked for frames only as fast as users take them', async () => {
    const { stage } = open(host);
    await shows(host, stage);
    stage.setTaken(false);
    await host.run('xsetroot', '-solid', '#101010');
    // One was asked for before users lagged behind.
    await stage.until(() => stage.colorAt(5, 395) === '#101010');
    const before = stage.frames;
    await host.run('xsetroot', '-solid', '#202020');
    await host.run('xsetroot', '-solid', '#303030');
    await sleep(150);
    expect(stage.frames).toBe(before);
    stage.setTaken(true);
    await stage.until(() => stage.colorAt(5, 395) === '#303030');
    await host.run('xsetroot', '-solid', '#1f4e79');
  });

  test('asks for a missing password, and ends at a wrong one', async () => {
    const asked = open(host, { password: '' });
    await asked.stage.until(() => asked.stage.questions.length > 0);
    expect(asked.stage.questions).toEqual([['password']]);
    asked.stage.answer({ password: host.password });
    await shows(host, asked.stage, 0, 1);
    const wrong = open(host, { password: 'wrong' });
    await wrong.stage.until(() => wrong.stage.ended !== undefined);
    expect(wrong.stage.ended?.reason?.status).toBe(769);
    expect(wrong.stage.ended?.reason?.text).toMatch(/^The VNC server did not accept the password/);
    expect(wrong.stage.questions).toEqual([]);
  });

  test('that dies in the middle ends the session with a sentence', async () => {
    const own = await startTestHost({ size: '320x200' });
    const { stage } = open(own);
    await stage.until(() => stage.frames > 0);
    await own.stop();
    await stage.until(() => stage.ended !== undefined);
    expect(stage.ended?.reason).toEqual({ status: 515, text: 'The VNC server closed the connection.' });
  });
});

test.skipIf(isWithoutServer)('the engine shows a TigerVNC server to a client', async () => {
  const host = await startTestHost({ size: '320x200' });
  await host.run('xsetroot', '-solid', '#1f4e79');
  const engine = createBuiltInEngine({ protocols: [createVncProtocol()], version: '1.0.0' });
  const names = await engine.argumentsOf('vnc');
  expect(names.ok && names.value.names).toContain('password');
  const parameters = { hostname: '127.0.0.1', port: String(host.port), password: host.password };
  const opened = await engine.open(composeHandshake(parameters), new AbortController().signal);
  if (!opened.ok) throw new Error('not opened');
  let said = '';
  opened.value.listen({ onBytes: (bytes) => (said += Buffer.from(bytes).toString()), onEnd: () => {} });
  await vi.waitFor(() => {
    expect(said).toMatch(/4\.size,1\.0,3\.640,3\.400;/);
    expect(said).toContain('4.name,7.Prüfung;');
    expect(said).toMatch(/4\.sync,/);
    expect(said).toMatch(/3\.img,|4\.rect,/);
  }, 5_000);
  opened.value.close();
  await engine.close();
  await host.stop();
});

describe.skipIf(isWithoutServer)('security of a TigerVNC server', () => {
  const username = 'berta';
  const certificate = createTestCertificate();
  let host: TestHost;
  beforeAll(async () => {
    host = await startTestHost({ size: '320x200', username, certificate });
    await host.run('xsetroot', '-solid', '#1f4e79');
  }, 20_000);
  afterAll(() => host.stop());

  test.each(['None', 'VncAuth', 'TLSNone', 'TLSVnc', 'TLSPlain', 'X509None', 'X509Vnc', 'X509Plain'])(
    'lets in with %s',
    async (type) => {
      await host.set('SecurityTypes', type);
      const { stage } = open(host, { username });
      await stage.until(() => stage.frames > 0 || stage.ended !== undefined);
      expect(stage.ended).toBeUndefined();
      await stage.until(() => stage.colorAt(10, 10) === '#1f4e79');
    },
  );

  test.each(['VncAuth', 'TLSVnc', 'TLSPlain', 'X509Vnc', 'X509Plain'])(
    'refuses a wrong password with %s',
    async (type) => {
      await host.set('SecurityTypes', type);
      const { stage } = open(host, { username, password: 'falsch' });
      await stage.until(() => stage.ended !== undefined);
      expect(stage.ended?.reason?.status).toBe(769);
      expect(stage.frames).toBe(0);
    },
  );

  test('asks for a user name as well where accounts are wanted', async () => {
    await host.set('SecurityTypes', 'X509Plain');
    const { stage } = open(host, { password: '' });
    await stage.until(() => stage.questions.length > 0);
    expect(stage.questions).toEqual([['username', 'password']]);
    stage.answer({ username, password: host.password });
    await stage.until(() => stage.colorAt(10, 10) === '#1f4e79');
  });

  test('is believed only with the certificate that is expected, or was seen first', async () => {
    await host.set('SecurityTypes', 'X509Vnc');
    const expected = open(host, { 'cert-fingerprints': `sha256:${certificate.fingerprint}` });
    await expected.stage.until(() => expected.stage.colorAt(10, 10) === '#1f4e79');
    const wrong = open(host, { 'cert-fingerprints': 'ab'.repeat(32) });
    await wrong.stage.until(() => wrong.stage.ended !== undefined);
    expect(wrong.stage.ended?.reason?.status).toBe(512);
    const pins = new Map<string, string>();
    const protocol = createVncProtocol({ pins });
    const first = open(host, {}, protocol);
    await first.stage.until(() => first.stage.colorAt(10, 10) === '#1f4e79');
    expect([...pins]).toEqual([
      [`127.0.0.1 ${host.port}`, certificate.fingerprint.replaceAll(':', '').toLowerCase()],
    ]);
    pins.set(`127.0.0.1 ${host.port}`, 'another');
    const second = open(host, {}, protocol);
    await second.stage.until(() => second.stage.ended !== undefined);
    expect(second.stage.ended?.reason?.status).toBe(512);
    // Nor without a certificate, once there was one.
    for (const type of ['TLSVnc', 'VncAuth']) {
      await host.set('SecurityTypes', type);
      const third = open(host, {}, protocol);
      await third.stage.until(() => third.stage.ended !== undefined);
      expect(third.stage.ended?.reason?.status).toBe(512);
    }
  });

  test('says which kinds of encryption it has where none is known', async () => {
    await host.set('SecurityTypes', 'Plain');
    const { stage } = open(host, { username });
    await stage.until(() => stage.ended !== undefined);
    expect(stage.ended?.reason).toEqual({
      status: 519,
      text: 'The VNC server offers only kinds of encryption that are not known here (256).',
    });
  });
});
