import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiveIncoming } from './incoming.ts';
import { openedFileLimitBytes, readOpenedFile } from './openedFile.ts';
import { claimSingleInstance } from './singleInstance.ts';
import { createTeller } from './teller.ts';

let folder: string;
let app: EventEmitter;
let proposed: (string | [string, number])[];
let shown: number;
let told: string[];
let logged: string[];
let incoming: ReturnType<typeof receiveIncoming>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxima-incoming-'));
  app = new EventEmitter();
  proposed = [];
  shown = 0;
  told = [];
  logged = [];
  incoming = receiveIncoming(app as unknown as Parameters<typeof receiveIncoming>[0]);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function deliver(enterSignInLink?: (link: string) => void): void {
  const note = (_details: object, text: string) => void logged.push(text);
  incoming.deliver({
    links: {
      proposeLink: (text) => void proposed.push(text),
      proposeFile: (name, content) => void proposed.push([name, content.length]),
    },
    enterSignInLink,
    show: () => void shown++,
    tell: (sentence) => void told.push(sentence),
    log: { warn: note, error: note },
  });
}

function emit(event: string, value: unknown): boolean {
  let prevented = false;
  const preventDefault = () => {
    prevented = true;
  };
  app.emit(event, { preventDefault }, value);
  return prevented;
}

const write = (name: string, content = 'full address:s:host'): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('links and files', () => {
  it('that come before Proxima is ready wait for it', async () => {
    expect(emit('open-url', 'proxima://host/1')).toBe(true);
    expect(emit('open-file', write('a.rdp'))).toBe(true);
    expect(proposed).toEqual([]);
    deliver();
    await expect.poll(() => proposed).toEqual(['proxima://host/1', ['a.rdp', 19]]);
    expect(shown).toBe(2);
    emit('open-url', 'ssh://root@host');
    expect(proposed).toHaveLength(3);
  });

  it('that end a sign-in to the farm open no host, and are told where there is no farm', () => {
    const link = `proxima://signed-in?code=${'A'.repeat(64)}`;
    const entered: string[] = [];
    deliver((text) => void entered.push(text));
    for (const text of [link, 'PROXIMA://signed-in/', 'proxima:signed-in?code=1']) emit('open-url', text);
    expect(entered).toHaveLength(3);
    expect(told).toEqual([]);
    deliver();
    emit('open-url', link);
    expect(told).toEqual(['Proxima was given a sign-in of a farm, and uses none. Nothing was opened.']);
    expect(proposed).toEqual([]);
  });

  it('of the command line are taken, and nothing else of it', async () => {
    write('b.RDP');
    write('c.proxima');
    incoming.noteStart(
      [
        '--data',
        folder,
        '.',
        'proxima://host/1',
        'b.RDP',
        '--enable=x.rdp',
        join(folder, 'c.proxima'),
        'd.txt',
      ],
      folder,
    );
    deliver();
    await expect.poll(() => proposed.length).toBe(3);
    expect(proposed).toEqual(expect.arrayContaining(['proxima://host/1', ['b.RDP', 19], ['c.proxima', 19]]));
    expect(told).toEqual([]);
  });

  it.each([
    ['too long', `proxima://${'x'.repeat(10_000)}`],
    ['with a line break', 'proxima://host/1\r\nX'],
    ['with a zero byte', 'ssh://host\u0000.evil'],
    ['of a kind that nobody registered', 'javascript:alert(1)'],
    ['of a file', 'file:///etc/passwd'],
    ['that is no text', ['proxima://host/1']],
    ['that is nothing', undefined],
  ])('a link %s is refused, logged and told', (_what, url) => {
    deliver();
    emit('open-url', url);
    expect(proposed).toEqual([]);
    expect(logged).toHaveLength(1);
    expect(told).toHaveLength(1);
  });

  it.each([
    ['with another extension', () => write('passwd.txt')],
    ['that is not there', () => join(folder, 'none.rdp')],
    [
      'that is a folder',
      () => {
        mkdirSync(join(folder, 'folder.rdp'));
        return join(folder, 'folder.rdp');
      },
    ],
    ['with a line break in its name', () => `${folder}/a\n.rdp`],
    ['whose name is too long', () => `/${'x'.repeat(5_000)}.rdp`],
    ['that is no name', () => 7],
  ])('a file %s is refused, logged and told', async (_what, make) => {
    deliver();
    emit('open-file', make());
    await expect.poll(() => told).toHaveLength(1);
    expect(logged).toHaveLength(1);
    expect(proposed).toEqual([]);
  });

  it('are not kept without end while Proxima starts', () => {
    for (let index = 0; index < 1_000; index++) emit('open-url', `proxima://host/${index}`);
    deliver();
    expect(proposed).toHaveLength(20);
  });
});

describe('a second start', () => {
  it('brings its links along, and the window to the front', () => {
    deliver();
    incoming.noteSecondStart(['/usr/bin/proxima', '--flag', 'proxima://host/1'], folder);
    expect(proposed).toEqual(['proxima://host/1']);
    expect(shown).toBe(2);
  });

  it('has relative names start from its own folder', async () => {
    write('a.rdp');
    deliver();
    incoming.noteSecondStart(['proxima', 'a.rdp'], folder);
    await expect.poll(() => proposed).toEqual([['a.rdp', 19]]);
  });

  it('only brings the window to the front where it brings nothing', () => {
    deliver();
    incoming.noteSecondStart(['proxima'], folder);
    expect([proposed, told, shown]).toEqual([[], [], 1]);
  });

  it.each([
    ['no list', 'proxima://host/1', '/'],
    ['nothing', undefined, undefined],
    ['a list of other things', [1, { evil: true }], '/'],
    ['a list without end', Array.from({ length: 101 }, () => 'x'), '/'],
    ['an argument without end', ['proxima', 'x'.repeat(10_001)], '/'],
    ['no folder', ['proxima', 'proxima://host/1'], 7],
    ['a folder without end', ['proxima', 'proxima://host/1'], 'x'.repeat(5_000)],
  ])('with %s is refused, logged and told', (_what, argv, from) => {
    deliver();
    incoming.noteSecondStart(argv, from);
    expect(proposed).toEqual([]);
    expect(logged).toHaveLength(1);
    expect(told).toHaveLength(1);
    expect(shown).toBe(1);
  });

  it('goes to the first', () => {
    const first = Object.assign(new EventEmitter(), { requestSingleInstanceLock: () => true });
    const starts: unknown[] = [];
    const claimed = claimSingleInstance(
      first as unknown as Parameters<typeof claimSingleInstance>[0],
      (argv, from) => void starts.push([argv, from]),
    );
    expect(claimed).toBe(true);
    first.emit('second-instance', {}, ['proxima', 'x'], '/home', { more: 'data' });
    expect(starts).toEqual([[['proxima', 'x'], '/home']]);
  });

  it('quits itself', () => {
    const second = Object.assign(new EventEmitter(), { requestSingleInstanceLock: () => false });
    expect(
      claimSingleInstance(second as unknown as Parameters<typeof claimSingleInstance>[0], () => undefined),
    ).toBe(false);
    expect(second.listenerCount('second-instance')).toBe(0);
  });
});

describe('a file that is opened', () => {
  it('is read up to one byte above the limit', async () => {
    const path = write('large.rdp');
    truncateSync(path, 10 * openedFileLimitBytes);
    const read = await readOpenedFile(path);
    expect(read.ok && read.value.length).toBe(openedFileLimitBytes + 1);
    truncateSync(path, openedFileLimitBytes);
    const whole = await readOpenedFile(path);
    expect(whole.ok && whole.value.length).toBe(openedFileLimitBytes);
  });

  it('may be empty', async () => {
    const read = await readOpenedFile(write('empty.proxima', ''));
    expect(read).toMatchObject({ ok: true, value: new Uint8Array() });
  });

  it.runIf(process.platform !== 'win32')('is never a pipe or a device', async () => {
    const pipe = join(folder, 'pipe.rdp');
    execFileSync('mkfifo', [pipe]);
    symlinkSync('/dev/zero', join(folder, 'zero.rdp'));
    for (const path of [pipe, join(folder, 'zero.rdp')])
      expect(await readOpenedFile(path)).toMatchObject({
        ok: false,
        failure: { detail: 'it is not a regular file' },
      });
  });

  it.each(['\\\\.\\COM1\\x.rdp', '//./pipe/x.rdp', '\\\\?\\C:\\x.rdp'])('is never %s', async (path) => {
    expect(await readOpenedFile(path)).toMatchObject({
      ok: false,
      failure: { detail: 'it is not a regular file' },
    });
  });
});

it('tells one thing at a time', async () => {
  const shownMessages: string[] = [];
  let close: (answer: object) => void = () => undefined;
  const dialog = {
    showMessageBox: ({ message }: { message: string }) => {
      shownMessages.push(message);
      return new Promise((resolve) => {
        close = resolve;
      });
    },
  };
  const tell = createTeller(dialog as unknown as Parameters<typeof createTeller>[0]);
  tell('one');
  tell('two');
  close({ response: 0 });
  await new Promise((resolve) => setImmediate(resolve));
  tell('three');
  expect(shownMessages).toEqual(['one', 'three']);
});
