import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkProposalSchema } from '../model/linkProposal.ts';
import type { LinkedHost, ParsedLink } from './linkedHost.ts';
import { hasHiddenCharacters } from './linkText.ts';
import { describeLink, foreignSchemeOf, parseLink } from './parseLink.ts';

const hostId = '3f2c8a52-5b9c-4a52-9f4e-6a3f7c1d2e90';

function parse(text: string): ParsedLink {
  const parsed = parseLink(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.failure.detail}`);
  return parsed.value;
}

function hostOf(text: string): LinkedHost {
  const { target } = parse(text);
  if (target.kind !== 'described') throw new Error(`${text} means a saved host`);
  return target.host;
}

/** The host in the short form in which the table below writes it. */
function shortOf({ protocol, username, domain, address, port }: LinkedHost): string {
  return `${protocol} ${domain && `${domain}\\`}${username}@${address} ${port}`;
}

test.each([
  ['ssh://db.corp.example', 'ssh @db.corp.example 22'],
  ['ssh://alice@db.corp.example:2222/', 'ssh alice@db.corp.example 2222'],
  ['SSH://Alice@DB.Corp.Example', 'ssh Alice@db.corp.example 22'],
  ['ssh://alice@[fd00::1]:2222', 'ssh alice@fd00::1 2222'],
  ['ssh://a%40corp@10.0.0.5', 'ssh a@corp@10.0.0.5 22'],
  ['ssh://bücher.example', 'ssh @xn--bcher-kva.example 22'],
  // Cyrillic letters that look like Latin ones are shown as what they are.
  ['ssh://аррӏе.example', 'ssh @xn--80ak6aa92e.example 22'],
  ['telnet://switch-1', 'telnet @switch-1 23'],
  ['telnet://root@10.0.0.1:2023', 'telnet root@10.0.0.1 2023'],
  ['vnc://10.0.0.9', 'vnc @10.0.0.9 5900'],
  ['vnc://10.0.0.9:5901?VncUsername=alice', 'vnc alice@10.0.0.9 5901'],
  ['rdp://10.0.0.7', 'rdp @10.0.0.7 3389'],
  ['rdp://CORP%5Calice@win.corp.example:3390', 'rdp CORP\\alice@win.corp.example 3390'],
  ['rdp://win?username=alice&domain=CORP', 'rdp CORP\\alice@win 3389'],
  ['rdp://full%20address=s:mypc:3389&audiomode=i:2', 'rdp @mypc 3389'],
  ['rdp://full%20address=s:mypc&username=s:CORP%5Calice', 'rdp CORP\\alice@mypc 3389'],
  ['rdp://full%20address=s:[fd00::7]:3390', 'rdp @fd00::7 3390'],
  ['rdp://username=s:alice&full%20address=s:mypc&server%20port=i:3391', 'rdp alice@mypc 3391'],
  ['proxima://host/db.corp.example?protocol=ssh', 'ssh @db.corp.example 22'],
  ['proxima://host/10.0.0.5?protocol=RDP&port=3390&user=alice&domain=CORP', 'rdp CORP\\alice@10.0.0.5 3390'],
  ['proxima://host/[fd00::1]?protocol=vnc', 'vnc @fd00::1 5900'],
  ['proxima://host/fd00::1?protocol=vnc', 'vnc @fd00::1 5900'],
  [' ssh://db.corp.example\n', 'ssh @db.corp.example 22'],
])('%s is %s', (text, expected) => {
  expect(shortOf(hostOf(text))).toBe(expected);
});

test.each([
  [`proxima://host/${hostId}`, { kind: 'saved', hostId }],
  [`proxima://host/${hostId.toUpperCase()}/`, { kind: 'saved', hostId }],
  [`proxima://host/${hostId}?protocol=ssh&user=root`, { kind: 'saved', hostId }],
  ['proxima://host/Web%20server%201', { kind: 'named', text: 'Web server 1' }],
  ['proxima://HOST/10.0.0.5', { kind: 'named', text: '10.0.0.5' }],
])('%s means a saved host', (text, target) => {
  expect(parse(text).target).toEqual(target);
});

test.each([
  ['ssh://alice:hunter2@db', ['password']],
  ['ssh://alice:@db', ['password']],
  ['ssh://alice;fingerprint=ssh-rsa-c1-b1@db', ['fingerprint']],
  ['ssh://db/etc/passwd', ['path']],
  ['ssh://db/?command=reboot#part', ['command', 'fragment']],
  ['vnc://db?VncPassword=hunter2&ColorLevel=8', ['VncPassword', 'ColorLevel']],
  ['rdp://db?hunter2', ['an entry without a name']],
  [
    'rdp://full%20address=s:db&password%2051=b:01000000D08C&drivestoredirect=s:*&audiomode=i:2',
    ['password 51', 'drivestoredirect', 'audiomode'],
  ],
  [`proxima://host/${hostId}?password=hunter2&port=1`, ['password', 'port']],
  ['proxima://host/db?protocol=ssh&enable-drive=true&recording-path=x', ['enable-drive', 'recording-path']],
  ['proxima://host/db?protocol=ssh&Click%20Open%20now%21=1', ['a setting with an odd name']],
])('of %s it leaves %j, and names them', (text, ignored) => {
  const parsed = parse(text);
  expect(parsed.ignored).toEqual(ignored);
  expect(JSON.stringify(parsed)).not.toMatch(/hunter2|01000000/);
});

const hostile = [
  '',
  'db.corp.example',
  'ssh:db',
  'ssh://',
  'ssh:///etc/passwd',
  'ssh://@',
  'ssh://alice@',
  'javascript://alert(1)',
  'file:///etc/passwd',
  'file://server/share/x.rdp',
  'http://db',
  'smb://db',
  'ssh://\\\\evil\\share',
  'ssh://%5C%5Cevil%5Cshare',
  'ssh://evil\\@good',
  'ssh://good@evil@db',
  'ssh://db:0',
  'ssh://db:65536',
  'ssh://db:22222222',
  'ssh://db:-1',
  'ssh://db:0x16',
  'ssh://db:22:22',
  'ssh://[fd00::1',
  'ssh://fd00::1]',
  'ssh://[fe80::1%25eth0]',
  'ssh://fe80::1%25$(reboot)',
  'ssh://10.1',
  'ssh://db.0x1',
  'ssh://0x0a000001',
  'ssh://167772161',
  'ssh://256.1.1.1',
  'ssh://-oProxyCommand=reboot',
  'ssh://a b',
  'ssh://d%00b',
  'ssh://d%0ab',
  'ssh://d\u202eb',
  'ssh://d%E2%80%AEb',
  'ssh://al%E2%80%AEice@db',
  'ssh://al%00ice@db',
  'ssh://al\u200bice@db',
  'ssh://%E0%A4%A@db',
  'ssh://%5C%5Cevil%5Cshare@db',
  'ssh://ssh%3A%2F%2Fevil@db',
  `ssh://${'a'.repeat(257)}@db`,
  `ssh://${'a'.repeat(300)}`,
  `ssh://${'a.'.repeat(5000)}`,
  `ssh://db?${'a=1&'.repeat(1000)}`,
  'ssh://ssh://db',
  'vnc://db?VncUsername=a&vncusername=b',
  'rdp://full%20address=s:',
  'rdp://full%20address=i:7',
  'rdp://full%20address=s:good&full%20address=s:evil',
  'rdp://full%20address=s:db:3389&server%20port=i:3390',
  'rdp://full%20address=s:\\\\evil\\share',
  'rdp://full%20address=s:file:///c:/x',
  'rdp://full%20address=s:rdp://evil',
  'rdp://full%20address=s:db&username=s:%5C%5Cevil%5Cshare',
  'rdp://username=s:alice',
  'rdp://alternate%20full%20address=s:evil',
  'proxima://host',
  'proxima://host/',
  'proxima://host/a/b',
  'proxima://host/..%2f..%2fetc?protocol=ssh',
  'proxima://host/file:%2F%2F%2Fetc%2Fpasswd',
  'proxima://host/ssh:%2F%2Fdb?protocol=ssh',
  'proxima://host/%5C%5Cevil%5Cshare',
  'proxima://host/db?protocol=sftp',
  'proxima://host/db?protocol=ssh&protocol=rdp',
  'proxima://host/db?protocol=ssh&port=1e3',
  'proxima://host/db?protocol=ssh&user=%00',
  'proxima://host:1/db',
  'proxima://alice@host/db',
  'proxima://settings/x',
  'proxima:proxima://host/db',
];

test.each(hostile)('refuses %j, and repeats nothing of it', (text) => {
  const parsed = parseLink(text);
  expect(parsed).toMatchObject({ ok: false, failure: { code: 'link_refused' } });
  expect(JSON.stringify(parsed)).not.toContain('evil');
});

test('refuses a nested link at any depth of encoding', () => {
  let inner = 'ssh://evil';
  for (let depth = 0; depth < 4; depth += 1) {
    inner = encodeURIComponent(inner);
    expect(parseLink(`proxima://host/${inner}?protocol=ssh`).ok).toBe(false);
    expect(parseLink(`ssh://${inner}`).ok).toBe(false);
  }
});

describe('of any text', () => {
  const pieces = fc.constantFrom(
    ...[
      'proxima://host/',
      'ssh://',
      'rdp://',
      'vnc://',
      'telnet://',
      'full%20address=s:',
      hostId,
      'db',
      '10.0.0.1',
      '[::1]',
    ],
    ...[
      '@',
      ':',
      '/',
      '?',
      '#',
      '&',
      '=',
      '%',
      '%00',
      '%5C',
      '\\',
      '..',
      ';',
      '22',
      'protocol=ssh',
      '\u202e',
      '\u0000',
      'ü',
      '\ud800',
    ],
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join('')),
    fc.tuple(pieces, fc.string({ unit: 'binary' })).map((parts) => parts.join('')),
  );

  test('either a refusal comes, or something that can be shown and opened', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseLink(text);
        if (!parsed.ok) {
          expect(parsed.failure.code).toBe('link_refused');
          return;
        }
        const { source, target, ignored } = parsed.value;
        if (target.kind === 'saved') expect(target.hostId).toBe(hostId);
        else if (target.kind === 'named') expect(hasHiddenCharacters(target.text)).toBe(false);
        else {
          const shown = { id: hostId, source, ...target.host, groupName: '', ignored: [...ignored] };
          expect(linkProposalSchema.parse(shown)).toEqual(shown);
          expect(hasHiddenCharacters(JSON.stringify(shown))).toBe(false);
          expect(target.host.address).not.toMatch(/[\\/@%\s]/);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('telling which link it was says its scheme and no more', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(describeLink(text)).toMatch(/^(a link|[a-z][a-z0-9+.-]{0,20}:\/\/…)$/);
      }),
    );
    expect(describeLink('ssh://alice:hunter2@db')).toBe('ssh://…');
  });

  test('a password between user and address is never in the outcome', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('ssh', 'rdp', 'vnc', 'telnet'),
        fc.stringMatching(/^[a-z0-9!$%&;=]{8,40}$/),
        (scheme, password) => {
          expect(JSON.stringify(parseLink(`${scheme}://alice:${password}@db`))).not.toContain(password);
        },
      ),
    );
  });
});

test('the schemes that people have to let Proxima open are told from its own', () => {
  expect(foreignSchemeOf('SSH://db')).toBe('ssh');
  expect(foreignSchemeOf('proxima://host/db')).toBeUndefined();
  expect(foreignSchemeOf('http://db')).toBeUndefined();
});
