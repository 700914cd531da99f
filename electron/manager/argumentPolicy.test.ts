import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { applyArgumentPolicy, argumentTable } from './argumentPolicy.ts';
import { defaultPolicy, managerPolicySchema } from './policy.ts';

const at = { connectionUuid: 'b7e0', at: new Date(0) };

const apply = (parameters: Record<string, string>, policy: object = {}, protocol = 'rdp') =>
  applyArgumentPolicy(protocol, parameters, managerPolicySchema.parse({ version: 1, ...policy }), at);

describe('by default', () => {
  it.each([
    'recording-path',
    'typescript-path',
    'drive-path',
    'static-channels',
    'gateway-hostname',
    'dest-host',
    'reverse-connect',
    'audio-servername',
    'ca-cert-file',
    'client-cert-file',
    'client-key-file',
  ])('%s is refused, and the session with it', (name) => {
    expect(apply({ hostname: 'h', [name]: '/etc' })).toMatchObject({ kind: 'refused', argument: name });
    expect(apply({ hostname: 'h', [name]: '' })).toMatchObject({ kind: 'complies' });
  });

  it.each([
    ['recording-name', 'x'],
    ['recording-exclude-output', 'true'],
    ['recording-include-keys', 'true'],
    ['create-recording-path', 'true'],
    ['typescript-name', 'x'],
    ['create-typescript-path', 'true'],
    ['create-drive-path', 'true'],
    ['enable-drive', 'true'],
    ['ignore-cert', 'true'],
    ['cert-tofu', 'true'],
    ['disable-auth', 'true'],
    ['wol-send-packet', 'true'],
  ])('%s is taken out', (name, value) => {
    expect(apply({ hostname: 'h', [name]: value })).toEqual({
      kind: 'complies',
      parameters: { hostname: 'h', [name]: '' },
      rewritten: [name],
    });
  });

  it('sound of the server itself is not played, that of RDP is', () => {
    expect(apply({ 'enable-audio': 'true' }, {}, 'vnc')).toMatchObject({ rewritten: ['enable-audio'] });
    expect(apply({ 'enable-audio': 'true' }, {}, 'rdp')).toMatchObject({ rewritten: [] });
  });

  it('everything else passes', () => {
    const parameters = {
      hostname: 'h',
      port: '22',
      username: 'u',
      password: 'p',
      'color-scheme': 'gray-black',
    };
    expect(apply(parameters)).toEqual({ kind: 'complies', parameters, rewritten: [] });
  });
});

describe('a policy file', () => {
  it('allows, refuses and sets, a full name before a beginning', () => {
    const policy = {
      arguments: {
        'ignore-cert': { rule: 'allow' },
        'drive-path': { rule: 'set', value: '/srv/drive' },
        'enable-drive': { rule: 'allow' },
        'sftp-*': { rule: 'refuse' },
        'sftp-port': { rule: 'allow' },
      },
    };
    expect(
      apply({ 'ignore-cert': 'true', 'drive-path': '/', 'enable-drive': 'true', 'sftp-port': '22' }, policy),
    ).toMatchObject({
      parameters: {
        'ignore-cert': 'true',
        'drive-path': '/srv/drive',
        'enable-drive': 'true',
        'sftp-port': '22',
      },
    });
    expect(apply({ 'sftp-username': 'x' }, policy)).toMatchObject({
      kind: 'refused',
      argument: 'sftp-username',
    });
  });

  it('that turns recording on is stronger than a client', () => {
    const policy = { recording: { folder: '/srv/recordings', typescript: true } };
    const client = {
      'recording-path': '/tmp/mine',
      'recording-name': 'mine',
      'create-recording-path': '',
      'recording-exclude-output': 'true',
      'recording-exclude-mouse': 'true',
      'recording-include-keys': 'true',
      'typescript-path': '',
    };
    expect(apply(client, policy, 'ssh')).toMatchObject({
      kind: 'complies',
      parameters: {
        'recording-path': '/srv/recordings',
        'recording-name': '1970-01-01T00-00-00-000Z-b7e0',
        'create-recording-path': 'true',
        'recording-exclude-output': '',
        'recording-exclude-mouse': '',
        'recording-include-keys': '',
        'typescript-path': '/srv/recordings',
      },
    });
    expect(apply({ hostname: 'h' }, policy, 'ssh')).toMatchObject({
      kind: 'refused',
      argument: 'recording-path',
    });
  });

  it.each([
    [{ version: 2 }],
    [{ version: 1, targts: {} }],
    [{ version: 1, targets: { allow: [{ addresses: ['10.0.0.0/99'] }] } }],
    [{ version: 1, targets: { allow: [{ addresses: ['10.0.0.1'], ports: ['0'] }] } }],
    [{ version: 1, arguments: { 'drive-path': { rule: 'maybe' } } }],
    [{ version: 1, recording: { folder: 'relative' } }],
  ])('with a mistake is none: %j', (content) => {
    expect(managerPolicySchema.safeParse(content).success).toBe(false);
  });

  it('may be empty but for its version', () => {
    expect(managerPolicySchema.parse({ version: 1 })).toEqual(defaultPolicy);
  });
});

it('is documented line by line', async () => {
  const text = await readFile(new URL('../../docs/manager.md', import.meta.url), 'utf8');
  const undocumented = argumentTable.filter(
    ({ name, why }) => !text.includes(`| \`${name}\``) || !text.includes(why),
  );
  expect(undocumented).toEqual([]);
});
