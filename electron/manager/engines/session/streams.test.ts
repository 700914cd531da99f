import fc from 'fast-check';
import { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fail, succeed } from '../../../../shared/contract/failure.ts';
import type { Instruction } from '../../../../shared/guacamole/instruction.ts';
import type { Engine } from '../../engine.ts';
import { createBuiltInEngine } from '../builtInEngine.ts';
import type { HostFiles } from '../stage.ts';
import { createTestProtocol, fill, testHandshake, testJoin, type TestHost } from './testProtocol.ts';
import { watch, type TestViewer } from './testViewer.ts';

let engine: Engine;
let host: TestHost;
let viewer: TestViewer;
beforeEach(async () => {
  const protocol = createTestProtocol();
  engine = createBuiltInEngine({ protocols: [protocol], version: '1.0.0' });
  const opened = await engine.open(testHandshake(), new AbortController().signal);
  if (!opened.ok) throw new Error('not opened');
  host = protocol.hosts[0] as TestHost;
  viewer = watch(opened.value);
  host.stage.finishFrame();
  await viewer.until('sync');
  await viewer.forget();
});
afterEach(() => engine.close());

async function join(readOnly = false) {
  const joined = await viewer.connection.join(testJoin({ readOnly }));
  if (!joined.ok) throw new Error('not joined');
  const other = watch(joined.value);
  await other.until('sync');
  return other;
}

const blob = (index: string, text: string | Buffer): Instruction => [
  'blob',
  index,
  Buffer.from(text).toString('base64'),
];
const statuses = (of = viewer) => of.all('ack').map(([, index, , code]) => `${index}:${code}`);
const heardStatuses = (expected: readonly string[], of = viewer) =>
  vi.waitFor(() => expect(statuses(of)).toEqual(expected));

describe('the clipboard of users', () => {
  it('reaches the host whole', () => {
    viewer.send(['clipboard', '3', 'text/plain'], blob('3', 'ein Stück '), blob('3', 'Text 😀'), [
      'end',
      '3',
    ]);
    expect(host.calls).toEqual(['clipboard ein Stück Text 😀']);
    expect(statuses()).toEqual(['3:0', '3:0']);
  });

  it('reaches the host whole in pieces of nothing and of a byte', () => {
    const text = 'x'.repeat(3_000);
    viewer.send(['clipboard', '3', 'text/plain'], ['blob', '3', '']);
    for (const character of text) viewer.send(blob('3', character), ['blob', '3', '']);
    viewer.send(['end', '3']);
    expect(host.calls).toEqual([`clipboard ${text}`]);
  });

  it('is text of at most 256 KB', () => {
    const piece = Buffer.alloc(6_048, 'x');
    viewer.send(['clipboard', '0', 'text/plain']);
    for (let count = 0; count < 50; count++) viewer.send(blob('0', piece));
    viewer.send(['end', '0'], ['clipboard', '1', 'image/png'], ['end', '1']);
    expect(statuses().filter((status) => status === '0:0')).toHaveLength(43);
    expect(statuses().slice(43, 45)).toEqual(['0:781', '0:768']);
    expect(statuses().slice(-2)).toEqual(['1:783', '1:768']);
    expect(host.calls).toEqual([]);
  });
});

describe('arguments', () => {
  it('that users know of can be changed, and all are told', async () => {
    const other = await join();
    host.stage.tellArgument('font-size', '12');
    await vi.waitFor(() => expect(other.all('argv')).toHaveLength(1));
    viewer.send(['argv', '0', 'text/plain', 'font-size'], blob('0', '14'), ['end', '0']);
    expect(statuses()).toEqual(['0:0']);
    expect(host.calls).toEqual(['argument font-size 14']);
    await vi.waitFor(() => expect(other.all('argv')).toHaveLength(2));
    const [, told] = other.all('argv');
    expect(told && other.streamOf(told).toString()).toBe('14');
  });

  it('that are not to be changed are refused', () => {
    host.stage.tellArgument('font-size', '12');
    viewer.send(['argv', '0', 'text/plain', 'hostname'], blob('0', 'evil'), ['end', '0']);
    viewer.send(['argv', '1', 'text/plain', 'font-size'], blob('1', 'large'), ['end', '1']);
    viewer.send(['argv', '2', 'text/plain', 'font-size'], blob('2', Buffer.alloc(20_000, '1')), ['end', '2']);
    expect(statuses()).toEqual(['0:771', '0:768', '0:768', '1:0', '1:768', '2:0', '2:781', '2:768']);
    expect(host.calls).toEqual(['argument font-size large']);
  });

  it('of joined users answer no question', async () => {
    const other = await join();
    const asked = host.stage.ask(['password']);
    other.send(['argv', '0', 'text/plain', 'password'], blob('0', 'mine'), ['end', '0']);
    expect(statuses(other)[0]).toBe('0:771');
    viewer.send(['argv', '0', 'text/plain', 'password'], blob('0', 'right'), ['end', '0']);
    expect(await asked).toEqual({ password: 'right' });
  });
});

/** Files in memory. */
function createFiles(contents: Readonly<Record<string, Buffer>>) {
  const written = new Map<string, Buffer[]>();
  let hasFailed = false;
  const files: HostFiles = {
    name: 'home',
    async list(path) {
      if (path !== '/' && path !== '/docs') return fail('host_error', 'not a folder');
      const inside = Object.keys(contents).filter((name) => name.startsWith(path));
      return succeed([
        ...inside.map((name) => ({ name: name.slice(1), isFolder: false })),
        { name: 'docs', isFolder: true },
      ]);
    },
    async read(path) {
      const content = contents[path];
      return content ? succeed(Readable.from([content])) : fail('host_error', 'no such file');
    },
    async write(path) {
      if (path.startsWith('/forbidden')) return fail('host_forbidden', 'not yours');
      const pieces: Buffer[] = [];
      written.set(path, pieces);
      return succeed(
        new Writable({
          write(chunk: Buffer, _, done) {
            hasFailed = path.includes('full');
            pieces.push(chunk);
            setTimeout(() => done(hasFailed ? new Error('no space') : null), 1);
          },
        }),
      );
    },
    dropFolder: async () => '/docs',
  };
  return { files, read: (path: string) => Buffer.concat(written.get(path) ?? []).toString(), written };
}

describe('files', () => {
  it('are offered to the owner alone', async () => {
    const other = await join();
    const { files, written } = createFiles({ '/a.txt': Buffer.from('a') });
    host.stage.offerFiles(files);
    expect(await viewer.until('filesystem')).toEqual(['filesystem', '0', 'home']);
    other.send(
      ['get', '0', '/a.txt'],
      ['put', '0', '0', 'text/plain', '/b'],
      ['file', '1', 'text/plain', 'c'],
    );
    expect(statuses(other)).toEqual(['0:771', '1:771']);
    await sleep(20);
    expect(other.all('body')).toEqual([]);
    expect(other.all('filesystem')).toEqual([]);
    expect(written.size).toBe(0);
  });

  it('are listed as an index', async () => {
    host.stage.offerFiles(createFiles({ '/a "quoted".txt': Buffer.from('a') }).files);
    viewer.send(['get', '0', '/x/..//']);
    const body = await viewer.until('body');
    expect(body).toEqual([
      'body',
      '0',
      '0',
      'application/vnd.glyptodon.guacamole.stream-index+json',
      '/x/..//',
    ]);
    expect(viewer.all('blob')).toEqual([]);
    viewer.send(['ack', '0', 'OK', '0']);
    await viewer.until('blob');
    viewer.send(['ack', '0', 'OK', '0']);
    await viewer.until('end');
    expect(JSON.parse(viewer.streamOf(body).toString())).toEqual({
      '/a "quoted".txt': 'application/octet-stream',
      '/docs': 'application/vnd.glyptodon.guacamole.stream-index+json',
    });
  });

  it('are sent as far as they are acknowledged', async () => {
    const content = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at & 0xff));
    host.stage.offerFiles(createFiles({ '/a': content }).files);
    viewer.send(['get', '0', '/a']);
    const body = await viewer.until('body');
    expect(body[3]).toBe('application/octet-stream');
    viewer.send(['ack', '0', 'OK', '0']);
    await sleep(20);
    expect(viewer.all('blob')).toHaveLength(8);
    for (let acknowledged = 0; viewer.all('end').length === 0; acknowledged++) {
      await vi.waitFor(() =>
        expect(viewer.all('blob').length + viewer.all('end').length).toBeGreaterThan(acknowledged),
      );
      viewer.send(['ack', '0', 'OK', '0']);
      await sleep(0);
    }
    expect(viewer.streamOf(body).equals(content)).toBe(true);
    expect(viewer.all('blob').every(([, , data = '']) => data.length <= 8_064)).toBe(true);
    // The index is free again.
    viewer.send(['get', '0', '/a']);
    await vi.waitFor(() => expect(viewer.all('body').map((each) => each[2])).toEqual(['0', '0']));
    viewer.send(['ack', '0', 'No room', '512']);
    viewer.send(['get', '0', '/a']);
    await vi.waitFor(() => expect(viewer.all('body').map((each) => each[2])).toEqual(['0', '0', '0']));
  });

  it.each(['/missing', '/../../etc/passwd', 'relative', ''])(
    'that are not there are answered: “%s”',
    async (path) => {
      host.stage.offerFiles(createFiles({}).files);
      viewer.send(['get', '0', path]);
      const body = await viewer.until('body');
      expect(body.slice(3)).toEqual(['application/vnd.proxima.status+json', path]);
      expect(JSON.parse(viewer.streamOf(body).toString())).toEqual({
        status: expect.any(Number),
        text: expect.any(String),
      });
    },
  );

  it('are written, acknowledged piece by piece', async () => {
    const { files, read } = createFiles({});
    host.stage.offerFiles(files);
    viewer.send(['put', '0', '5', 'text/plain', '/x/../b.txt'], blob('5', 'first '), blob('5', 'second'), [
      'end',
      '5',
    ]);
    await heardStatuses(['5:0', '5:0', '5:0', '5:0']);
    expect(read('/b.txt')).toBe('first second');
    viewer.send(['file', '5', 'text/plain', 'dropped.txt'], blob('5', 'third'), ['end', '5']);
    await heardStatuses(Array(7).fill('5:0'));
    expect(read('/docs/dropped.txt')).toBe('third');
  });

  it('that can not be written are refused', async () => {
    const { files, written } = createFiles({});
    host.stage.offerFiles(files);
    viewer.send(['put', '0', '0', 'text/plain', '/forbidden/a']);
    await heardStatuses(['0:771']);
    viewer.send(['file', '1', 'text/plain', '../escape']);
    await heardStatuses(['0:771', '1:768']);
    viewer.send(['put', '0', '2', 'text/plain', '/full'], blob('2', 'x'));
    await heardStatuses(['0:771', '1:768', '2:0', '2:512']);
    viewer.send(['put', '0', '3', 'text/plain', '/spoilt'], ['blob', '3', 'not base64!']);
    await vi.waitFor(() => expect(statuses().slice(4)).toContain('3:768'));
    expect([...written.values()].flat()).toHaveLength(1);
  });

  it('are not gathered in memory for a client that does not wait', async () => {
    const { files } = createFiles({});
    host.stage.offerFiles({ ...files, write: async () => succeed(new Writable({ write: () => undefined })) });
    viewer.send(['put', '0', '0', 'text/plain', '/slow']);
    const piece = Buffer.alloc(6_048);
    for (let count = 0; count < 200; count++) viewer.send(blob('0', piece));
    expect(viewer.connection.unsentBytes).toBeGreaterThan(1024 * 1024);
    for (let count = 0; count < 600; count++) viewer.send(blob('0', piece));
    expect(statuses()).toContain('0:781');
    expect(viewer.connection.unsentBytes).toBe(0);
  });

  it('are not gathered in memory in pieces of nothing either', async () => {
    const { files } = createFiles({});
    host.stage.offerFiles({ ...files, write: async () => succeed(new Writable({ write: () => undefined })) });
    viewer.send(['put', '0', '0', 'text/plain', '/slow']);
    for (let count = 0; count < 20_000; count++) viewer.send(['blob', '0', '']);
    expect(statuses()).toContain('0:781');
  });

  it('that are never done are not begun for ever', async () => {
    const { files } = createFiles({});
    host.stage.offerFiles({ ...files, write: async () => succeed(new Writable({ write: () => undefined })) });
    for (let count = 0; count < 80; count++)
      viewer.send(['put', '0', '0', 'text/plain', '/slow'], blob('0', 'x'), ['end', '0']);
    expect(statuses().filter((each) => each === '0:797')).toHaveLength(16);
  });

  it('are read by no more than 64 streams at once', async () => {
    host.stage.offerFiles(createFiles({ '/a': Buffer.from('a') }).files);
    for (let count = 0; count < 70; count++) viewer.send(['get', '0', '/a']);
    await vi.waitFor(() => expect(viewer.all('body')).toHaveLength(70));
    const types = viewer.all('body').map((body) => body[3]);
    expect(types.filter((type) => type === 'application/octet-stream')).toHaveLength(64);
  });

  it('under way end with the user', async () => {
    const file = new Writable({ write: () => undefined });
    const source = new Readable({ read: () => undefined });
    const { files } = createFiles({});
    host.stage.offerFiles({
      ...files,
      write: async () => succeed(file),
      read: async () => succeed(source),
    });
    viewer.send(['put', '0', '0', 'text/plain', '/a'], blob('0', 'x'), ['get', '0', '/b']);
    await viewer.until('body');
    viewer.connection.close();
    expect([file.destroyed, source.destroyed]).toEqual([true, true]);
  });
});

describe('what a client should not say', () => {
  it.each<[string, readonly Instruction[], readonly string[]]>([
    [
      'streams that are not open',
      [
        ['blob', '7', 'AAAA'],
        ['end', '7'],
      ],
      ['7:768', '7:768'],
    ],
    ['an index beyond all', [['clipboard', '64', 'text/plain']], ['64:768']],
    [
      'pipes and sound',
      [
        ['pipe', '0', 'text/plain', 'x'],
        ['audio', '1', 'audio/L16'],
      ],
      ['0:256', '1:256'],
    ],
    [
      'files of nobody',
      [
        ['put', '0', '0', 'a/b', '/x'],
        ['file', '1', 'a/b', 'x'],
        ['get', '0', '/'],
      ],
      ['0:771', '1:771'],
    ],
    [
      'missing arguments',
      [['key'], ['key', '65'], ['mouse', '1'], ['size'], ['sync'], ['ack'], ['put', '0']],
      [],
    ],
    [
      'numbers beyond all',
      [
        ['key', '999999999', '1'],
        ['size', '99999', '0'],
        ['mouse', '1e9', '1', '1'],
      ],
      [],
    ],
    ['unknown words', [['select', 'ssh'], ['error', 'x', '512'], ['__proto__', 'x'], ['constructor']], []],
  ])('%s', async (_, instructions, acknowledgements) => {
    viewer.send(...instructions);
    expect(statuses()).toEqual(acknowledgements);
    expect(host.calls).toEqual([]);
    expect(viewer.hasEnded).toBe(false);
  });

  it('no protocol at all ends its part, and no other', async () => {
    const other = await join();
    other.connection.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect((await other.until('error'))[2]).toBe('768');
    await vi.waitFor(() => expect(other.hasEnded).toBe(true));
    viewer.send(['key', '65', '1']);
    expect(host.calls).toEqual(['key 65 true']);
  });

  it('a size that no memory has is made smaller', () => {
    viewer.send(['size', '99999', '99999']);
    expect(host.calls).toEqual(['resize 16384 1024']);
    expect(host.stage.pixels).toHaveLength(16_384 * 1_024 * 4);
  });

  const junk = fc.oneof(
    fc.constantFrom('-1', '1e3', '', '64', '999999999', '😀'),
    fc.string({ unit: 'binary' }),
  );
  const index = fc.constantFrom('0', '0', '1', '2', '63', '007');
  const [object, name] = [
    fc.constant('0'),
    fc.constantFrom('/', '/a', '/docs/b', 'a', '..', 'font-size', 'x y'),
  ];
  const type = fc.constantFrom('text/plain', 'image/png', 'a/b');
  const number = fc.constantFrom('0', '1', '256', '70000', '-3');
  /** As each is said, more or less. */
  const instruction = fc
    .oneof(
      fc.tuple(fc.constantFrom('clipboard', 'audio'), index, type),
      fc.tuple(fc.constantFrom('argv', 'pipe', 'file'), index, type, name),
      fc.tuple(fc.constant('put'), object, index, type, name),
      fc.tuple(fc.constant('get'), object, name),
      fc.tuple(fc.constant('blob'), index, fc.constantFrom('QUJD', '', '?')),
      fc.tuple(fc.constantFrom('end', 'sync', 'nop'), index),
      fc.tuple(fc.constant('ack'), index, name, number),
      fc.tuple(fc.constant('mouse'), number, number, number),
      fc.tuple(fc.constant('key'), number, number),
      fc.tuple(junk, junk),
    )
    .chain(([opcode, ...args]: readonly string[]) =>
      fc
        .tuple(fc.nat(30), junk)
        .map(([at, spoilt]): Instruction => [opcode ?? '', ...(at === 0 ? [spoilt] : args)]),
    );

  it('whatever it is, the session goes on', async () => {
    const { files } = createFiles({ '/a': Buffer.alloc(20_000) });
    host.stage.offerFiles(files);
    host.stage.tellArgument('font-size', '12');
    await fc.assert(
      fc.asyncProperty(fc.array(instruction, { maxLength: 30 }), async (instructions) => {
        const before = host.calls.length;
        viewer.send(...instructions);
        await sleep(0);
        viewer.send(['key', '65', '1']);
        expect(viewer.hasEnded).toBe(false);
        expect(host.calls.length).toBeGreaterThan(before);
        expect(host.calls.at(-1)).toBe('key 65 true');
      }),
      { numRuns: 300 },
    );
    fill(host.stage, { x: 0, y: 0, width: 5, height: 5 }, 0xabcdef);
    host.stage.finishFrame();
    await vi.waitFor(() => expect(viewer.all('cfill').length).toBeGreaterThan(0));
  });

  it('bytes that are no instructions end it at worst', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const length = host.calls.length;
        viewer.connection.send(bytes);
        expect(host.calls).toHaveLength(length);
      }),
      { numRuns: 50 },
    );
  });
});
