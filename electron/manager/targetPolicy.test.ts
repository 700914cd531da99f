import { describe, expect, it } from 'vitest';
import { managerPolicySchema } from './policy.ts';
import { checkTargets, isTargetAllowed, listTargets, type Resolve } from './targetPolicy.ts';

const targets = (rules?: object) =>
  managerPolicySchema.parse({ version: 1, ...(rules && { targets: rules }) }).targets;
const zone = targets({ allow: [{ addresses: ['10.0.0.0/24', 'fd00::/64'], ports: ['22', '3389-3400'] }] });

/** Answers with the next addresses at each question, as a name server in the wrong hands. */
function answer(...answers: readonly (readonly string[])[]): { resolve: Resolve; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    resolve: async (name) => {
      asked.push(name);
      const found = answers[Math.min(asked.length, answers.length) - 1];
      if (!found) throw new Error('ENOTFOUND');
      return found;
    },
  };
}

describe('isTargetAllowed', () => {
  it.each<[string, number, boolean]>([
    ['10.0.0.7', 22, true],
    ['10.0.0.7', 3395, true],
    ['10.0.0.7', 23, false],
    ['10.0.1.7', 22, false],
    ['::ffff:10.0.0.7', 22, true],
    ['fd00::1', 22, true],
    ['fd01::1', 22, false],
    ['127.0.0.1', 22, false],
    ['not an address', 22, false],
  ])('%s at %i: %s', (address, port, allowed) => {
    expect(isTargetAllowed(address, port, zone)).toBe(allowed);
  });

  it.each([
    '127.0.0.1',
    '0.0.0.0',
    '::1',
    '::',
    '169.254.169.254',
    'fe80::1',
    '224.0.0.1',
    '::ffff:127.0.0.1',
  ])('by default %s is none', (address) => {
    expect(isTargetAllowed(address, 22, targets())).toBe(false);
    expect(isTargetAllowed('192.168.1.5', 22, targets())).toBe(true);
  });

  it('denies before it allows', () => {
    const rules = targets({ allow: [{ addresses: ['10.0.0.0/8'] }], deny: [{ addresses: ['10.9.0.0/16'] }] });
    expect(isTargetAllowed('10.1.0.1', 22, rules)).toBe(true);
    expect(isTargetAllowed('10.9.0.1', 22, rules)).toBe(false);
  });
});

describe('checkTargets', () => {
  it('dials the address that was checked, and asks for the name once', async () => {
    const { resolve, asked } = answer(['10.0.0.5'], ['127.0.0.1']);
    const parameters = { hostname: 'db.example', port: '22', 'host-key': 'db.example ssh-ed25519 AAAAC3=' };
    expect(await checkTargets('ssh', parameters, zone, resolve)).toEqual({
      kind: 'allowed',
      parameters: { hostname: '10.0.0.5', port: '22', 'host-key': '10.0.0.5 ssh-ed25519 AAAAC3=' },
    });
    expect(asked).toEqual(['db.example']);
  });

  it('keeps the port in a line of known hosts, and leaves a bare key alone', async () => {
    const check = (key: string) =>
      checkTargets(
        'ssh',
        { hostname: 'db.example', port: '22', 'host-key': key },
        zone,
        answer(['10.0.0.5']).resolve,
      );
    expect(await check('[db.example]:2222 ssh-rsa AAAA')).toMatchObject({
      parameters: { 'host-key': '[10.0.0.5]:2222 ssh-rsa AAAA' },
    });
    expect(await check('AAAAC3Nz')).toMatchObject({ parameters: { 'host-key': 'AAAAC3Nz' } });
  });

  it('takes the address of the zone where a name has several', async () => {
    const checked = await checkTargets(
      'vnc',
      { hostname: 'two.example', port: '22' },
      zone,
      answer(['192.168.0.1', 'fd00::9']).resolve,
    );
    expect(checked).toMatchObject({ parameters: { hostname: 'fd00::9' } });
  });

  it('keeps the name of RDP where a certificate proves it, and every address of it is allowed', async () => {
    const check = (more: Record<string, string>, ...addresses: string[]) =>
      checkTargets('rdp', { hostname: 'ts.example', port: '', ...more }, zone, answer(addresses).resolve);
    expect(await check({ security: 'tls' }, '10.0.0.5')).toMatchObject({
      parameters: { hostname: 'ts.example' },
    });
    expect(await check({ security: 'nla' }, '10.0.0.5', '127.0.0.1')).toMatchObject({ kind: 'refused' });
    for (const more of [{ security: 'any' }, { security: 'rdp' }, { security: 'tls', 'ignore-cert': 'true' }])
      expect(await check(more, '10.0.0.5')).toMatchObject({ parameters: { hostname: '10.0.0.5' } });
  });

  it('checks everything else that would be dialled', async () => {
    const parameters = {
      hostname: '10.0.0.5',
      port: '3389',
      'enable-sftp': 'true',
      'sftp-hostname': '127.0.0.1',
      'gateway-hostname': 'g',
      'wol-send-packet': 'true',
      'wol-broadcast-addr': '255.255.255.255',
    };
    expect(listTargets('rdp', parameters).map(({ hostArgument }) => hostArgument)).toEqual([
      'hostname',
      'sftp-hostname',
      'gateway-hostname',
      'wol-broadcast-addr',
    ]);
    expect(await checkTargets('rdp', parameters, zone)).toMatchObject({ kind: 'refused' });
  });

  it.each<[string, Record<string, string>, string]>([
    ['an address out of the zone', { hostname: '10.0.9.9', port: '22' }, 'refused'],
    ['a port that is none', { hostname: '10.0.0.9', port: '22; rm' }, 'refused'],
    ['port 0', { hostname: '10.0.0.9', port: '0' }, 'refused'],
    ['no host', { hostname: '', port: '22' }, 'refused'],
    ['an address in another form', { hostname: '0x7f.1', port: '22' }, 'unresolved'],
    ['a name with something behind it', { hostname: 'h example', port: '22' }, 'unresolved'],
    ['a name that nobody knows', { hostname: 'nobody.example', port: '22' }, 'unresolved'],
  ])('does not dial %s', async (_, parameters, kind) => {
    expect(await checkTargets('ssh', parameters, zone, answer().resolve)).toMatchObject({ kind });
  });
});
