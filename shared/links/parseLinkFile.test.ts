import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkProposalSchema } from '../model/linkProposal.ts';
import { hasHiddenCharacters } from './linkText.ts';
import { describeLinkFile, largestLinkFileBytes, parseLinkFile } from './parseLinkFile.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
function utf16(text: string, littleEndian: boolean): Uint8Array {
  const marked = `\ufeff${text}`;
  const view = new DataView(new ArrayBuffer(2 * marked.length));
  for (let index = 0; index < marked.length; index += 1)
    view.setUint16(2 * index, marked.charCodeAt(index), littleEndian);
  return new Uint8Array(view.buffer);
}

function parse(name: string, content: Uint8Array) {
  const parsed = parseLinkFile(name, content);
  if (!parsed.ok) throw new Error(parsed.failure.detail);
  const { target, ...rest } = parsed.value;
  if (target.kind !== 'described') throw new Error('it means a saved host');
  return { ...rest, host: target.host };
}

const rdp = [
  'screen mode id:i:2',
  'full address:s:win.corp.example:3390',
  'username:s:CORP\\jürgen',
  'password 51:b:01000000D08C9DDF0115D1118C7A00C04FC297EB',
  'drivestoredirect:s:*',
  'redirectclipboard:i:1',
  'gatewayhostname:s:gw.evil.example',
  'alternate shell:s:\\\\evil\\share\\x.exe',
  'remoteapplicationprogram:s:||calc',
  'kdcproxyname:s:evil.example',
  'signature:s:AQABAAEAAABhBwAA',
  'session bpp:i:32',
  '',
].join('\r\n');

test.each([
  ['UTF-16LE with its mark', utf16(rdp, true)],
  ['UTF-16BE with its mark', utf16(rdp, false)],
  ['UTF-8', utf8(rdp)],
  ['UTF-8 with its mark', utf8(`\ufeff${rdp}`)],
  ['ANSI', latin1(rdp)],
])('an .rdp file in %s gives address, port and account, and names the rest', (_, content) => {
  const { source, host, ignored } = parse('Work.RDP', content);
  expect(source).toBe('rdp-file');
  expect(host).toEqual({
    name: 'win.corp.example',
    address: 'win.corp.example',
    port: 3390,
    protocol: 'rdp',
    username: 'jürgen',
    domain: 'CORP',
  });
  expect(ignored).toEqual([
    'password 51',
    'drivestoredirect',
    'redirectclipboard',
    'gatewayhostname',
    'alternate shell',
    'remoteapplicationprogram',
    'kdcproxyname',
    'signature',
    'screen mode id',
    'session bpp',
  ]);
  expect(JSON.stringify({ host, ignored })).not.toMatch(/evil|01000000|AQABAA/);
});

test.each([
  ['a port of its own', 'full address:s:db\nserver port:i:3391', 3391],
  ['the same port twice', 'full address:s:db:3391\nserver port:i:3391', 3391],
  ['lines that aren’t settings', 'hello\nfull address:s:db', 3389],
  ['names in capitals, and spaces', 'Full Address:S: db ', 3389],
])('reads %s', (_, text, port) => {
  expect(parse('a.rdp', utf8(text)).host).toMatchObject({ address: 'db', port });
});

test('many settings are cut at a hundred, with how many more there were', () => {
  const lines = Array.from({ length: 300 }, (_, index) => `setting ${index}:i:1`);
  const { ignored } = parse('a.rdp', utf8(['full address:s:db', 'password 51:b:00', ...lines].join('\n')));
  expect(ignored).toHaveLength(100);
  expect(ignored[0]).toBe('password 51');
  expect(ignored.at(-1)).toBe('202 more');
});

test('a .proxima file describes one host; secrets and unknown fields are named and left', () => {
  const file = {
    kind: 'proxima-host',
    version: 1,
    note: 'x',
    host: {
      name: 'Database',
      address: 'DB.corp.example',
      protocol: 'ssh',
      username: 'alice',
      password: 'hunter2',
      settings: { 'enable-drive': 'true' },
    },
  };
  const parsed = parse('db.proxima', utf8(JSON.stringify(file)));
  expect(parsed).toEqual({
    source: 'proxima-file',
    host: {
      name: 'Database',
      address: 'db.corp.example',
      port: 22,
      protocol: 'ssh',
      username: 'alice',
      domain: '',
    },
    ignored: ['password', 'note', 'settings'],
  });
});

const proxima = (host: object, rest: object = {}) =>
  utf8(
    JSON.stringify({
      kind: 'proxima-host',
      version: 1,
      ...rest,
      host: { address: 'db', protocol: 'ssh', ...host },
    }),
  );

test.each([
  ['another extension', 'x.exe', utf8(rdp)],
  ['no extension', 'rdp', utf8(rdp)],
  ['an extension that only looks so', 'x.rdp\u202e.exe', utf8(rdp)],
  ['nothing in it', 'x.rdp', utf8('')],
  ['no address', 'x.rdp', utf8('username:s:alice')],
  ['only the other address', 'x.rdp', utf8('alternate full address:s:db')],
  ['two addresses', 'x.rdp', utf8('full address:s:good\nFull Address:s:evil')],
  ['two ports', 'x.rdp', utf8('full address:s:db:3389\nserver port:i:3390')],
  ['a port out of range', 'x.rdp', utf8('full address:s:db:99999')],
  ['an address of the wrong type', 'x.rdp', utf8('full address:i:5')],
  ['a share as address', 'x.rdp', utf8('full address:s:\\\\evil\\share')],
  ['a share as user', 'x.rdp', utf8('full address:s:db\nusername:s:\\\\evil\\share')],
  ['a link as address', 'x.rdp', utf8('full address:s:file://evil/x')],
  ['a zero byte', 'x.rdp', utf8('full address:s:db\u0000.evil')],
  ['a bidirectional override', 'x.rdp', utf8('full address:s:db\nusername:s:al\u202eice')],
  ['an escape sequence', 'x.rdp', utf8('full address:s:db\nusername:s:\u001b[2J')],
  ['UTF-16 without its mark', 'x.rdp', utf16(rdp, true).slice(2)],
  ['a program', 'x.rdp', latin1('MZ\u0090\u0000\u0003\u0000\u0000')],
  ['too much', 'x.rdp', utf8(`full address:s:db\n${' '.repeat(largestLinkFileBytes)}`)],
  ['no JSON', 'x.proxima', utf8('{')],
  ['JSON of something else', 'x.proxima', utf8('[1]')],
  ['null', 'x.proxima', utf8('null')],
  ['deep nesting', 'x.proxima', utf8('['.repeat(30_000))],
  ['a newer version', 'x.proxima', proxima({}, { version: 2 })],
  ['an unknown protocol', 'x.proxima', proxima({ protocol: 'sftp' })],
  ['a port that is no number', 'x.proxima', proxima({ port: '22' })],
  ['a port out of range', 'x.proxima', proxima({ port: 0 })],
  ['a name with an override', 'x.proxima', proxima({ name: 'a\u202eb' })],
  [
    'an escaped override',
    'x.proxima',
    utf8('{"kind":"proxima-host","version":1,"host":{"address":"db","protocol":"ssh","name":"a\\u202eb"}}'),
  ],
  ['a name that is too long', 'x.proxima', proxima({ name: 'a'.repeat(201) })],
  ['a link as name', 'x.proxima', proxima({ name: 'ssh://evil' })],
  ['an address that is none', 'x.proxima', proxima({ address: '../evil' })],
])('refuses %s', (_, name, content) => {
  const parsed = parseLinkFile(name, content);
  expect(parsed).toMatchObject({ ok: false, failure: { code: 'link_refused' } });
  expect(JSON.stringify(parsed)).not.toContain('evil');
});

test('a prototype in JSON changes nothing', () => {
  const text =
    '{"kind":"proxima-host","version":1,"__proto__":{"x":1},"host":{"address":"db","protocol":"ssh","__proto__":{"port":1}}}';
  expect(parse('x.proxima', utf8(text))).toMatchObject({
    host: { port: 22 },
    ignored: ['a setting with an odd name'],
  });
});

test('of any bytes either a refusal comes, or something that can be shown', () => {
  const lines = fc
    .array(
      fc.tuple(
        fc.constantFrom('full address', 'username', 'server port', 'domain', 'password 51', 'x', ''),
        fc.constantFrom(':s:', ':i:', ':b:', ':', '::'),
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('db', '10.0.0.1:3389', '22', 'A\\b')),
      ),
    )
    .map((entries) => utf8(entries.map((parts) => parts.join('')).join('\r\n')));
  const contents = fc.oneof(fc.uint8Array({ maxLength: 200 }), lines, fc.json().map(utf8));
  fc.assert(
    fc.property(fc.constantFrom('a.rdp', 'a.proxima'), contents, (name, content) => {
      const parsed = parseLinkFile(name, content);
      if (!parsed.ok) {
        expect(parsed.failure.code).toBe('link_refused');
        return;
      }
      const { source, target, ignored } = parsed.value;
      if (target.kind !== 'described') throw new Error('a file describes its host');
      const id = '3f2c8a52-5b9c-4a52-9f4e-6a3f7c1d2e90';
      const shown = { id, source, ...target.host, groupName: '', ignored: [...ignored] };
      expect(linkProposalSchema.parse(shown)).toEqual(shown);
      expect(hasHiddenCharacters(JSON.stringify(shown))).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['Work.rdp', 'Work.rdp'],
  ['C:\\Users\\alice\\Work.rdp', 'Work.rdp'],
  ['\\\\evil\\share\\Work.rdp', 'Work.rdp'],
  ['/home/alice/Work.rdp', 'Work.rdp'],
  ['a\u202epdr.exe', 'apdr.exe'],
  ['/', 'a file'],
  [`${'a'.repeat(300)}.rdp`, `${'a'.repeat(96)}.rdp`],
])('%j is told as %s', (name, told) => {
  expect(describeLinkFile(name)).toBe(told);
});
