import { describe, expect, test } from 'vitest';
import { generalVault } from '../../../shared/model/host.ts';
import type { Host } from '../../../shared/model/host.ts';
import {
  addTags,
  changedFields,
  changeProtocol,
  changeSetting,
  checkHostForm,
  formOfHost,
  newHostForm,
  secretToSave,
} from './hostForm.ts';

const host: Host = {
  id: '11111111-1111-4111-8111-111111111111',
  name: 'Desk',
  address: '10.0.0.7',
  port: 3390,
  protocol: 'rdp',
  vaultId: generalVault.id,
  tags: ['office'],
  favourite: true,
  username: 'ann',
  domain: 'CORP',
  settings: { security: 'nla', 'timezone-of-mine': 'x' },
  updatedAt: 1,
};
const valid = { ...newHostForm(generalVault.id), address: 'desk.example' };

describe('changeProtocol', () => {
  test('takes the usual port along, and leaves one of its own', () => {
    expect(changeProtocol(valid, 'ssh').port).toBe(22);
    expect(changeProtocol(changeProtocol(valid, 'ssh'), 'vnc').port).toBe(5900);
    expect(changeProtocol({ ...valid, port: 2222 }, 'ssh').port).toBe(2222);
    expect(changeProtocol({ ...valid, port: null }, 'ssh').port).toBe(22);
  });
});

describe('changeSetting', () => {
  test('keeps only what differs from the default', () => {
    const changed = changeSetting(changeSetting(valid, 'security', 'nla'), 'enable-font-smoothing', 'false');
    expect(changed.settings).toEqual({ security: 'nla', 'enable-font-smoothing': 'false' });
    expect(changeSetting(changed, 'security', 'any').settings).toEqual({ 'enable-font-smoothing': 'false' });
    expect(changeSetting(changed, 'enable-font-smoothing', 'true').settings).toEqual({ security: 'nla' });
  });

  test('stores an empty choice where that is not the default, and no empty text', () => {
    expect(changeSetting(valid, 'resize-method', '').settings).toEqual({ 'resize-method': '' });
    expect(changeSetting(changeSetting(valid, 'server-layout', 'x'), 'server-layout', '').settings).toEqual(
      {},
    );
  });
});

describe('checkHostForm', () => {
  test('a host that was read is saved as it was, with its unknown settings', () => {
    const { id: _id, updatedAt: _updatedAt, ...draft } = host;
    expect(checkHostForm(formOfHost(host))).toEqual({ draft, errors: {} });
  });

  test('calls a host without a name by its address', () => {
    expect(checkHostForm(valid).draft?.name).toBe('desk.example');
  });

  test('says at the field what is wrong', () => {
    const { draft, errors } = checkHostForm({ ...newHostForm(generalVault.id), port: 70_000 });
    expect(draft).toBeUndefined();
    expect(errors).toEqual({ address: 'Enter an address.', port: 'A port is 65535 or less.' });
    expect(checkHostForm({ ...valid, port: null }).errors).toEqual({ port: 'Enter a port.' });
    expect(checkHostForm({ ...valid, address: 'a b' }).errors).toEqual({
      address: 'Not an IP address or a host name.',
    });
  });

  test('asks for the name of a vault that is to be created', () => {
    expect(checkHostForm({ ...valid, newVaultName: ' ' }).errors).toEqual({ newVaultName: 'Enter a name.' });
    expect(checkHostForm({ ...valid, newVaultName: 'Lab' }).draft).toBeDefined();
  });

  test('leaves out settings of a protocol that was chosen before, and the domain where there is none', () => {
    const draft = checkHostForm(changeProtocol(formOfHost(host), 'ssh')).draft;
    expect(draft).toMatchObject({ protocol: 'ssh', domain: '', settings: { 'timezone-of-mine': 'x' } });
    expect(draft?.settings).not.toHaveProperty('security');
  });

  test('checks further settings one by one', () => {
    const further = [
      { key: 0, name: 'Bad name', value: '' },
      { key: 1, name: 'password', value: 'x' },
      { key: 2, name: 'security', value: 'nla' },
      { key: 3, name: 'own', value: '1' },
      { key: 4, name: 'own', value: '2' },
      { key: 5, name: '', value: 'lost' },
      { key: 6, name: '', value: '' },
    ];
    const { errors } = checkHostForm({ ...valid, furtherSettings: further });
    expect(Object.keys(errors).sort()).toEqual([
      'further:0',
      'further:1',
      'further:2',
      'further:4',
      'further:5',
    ]);
    expect(errors['further:1']).toMatch(/belong to the credential/);
    const good = [
      { key: 0, name: 'own', value: '' },
      { key: 1, name: '', value: '' },
    ];
    expect(checkHostForm({ ...valid, furtherSettings: good }).draft?.settings).toEqual({ own: '' });
  });

  test('checks numbers against the bounds of their setting', () => {
    const form = { ...changeProtocol(valid, 'ssh'), settings: { 'font-size': '200' } };
    expect(checkHostForm(form).errors).toEqual({ 'setting:font-size': 'A whole number from 6 to 48.' });
    expect(checkHostForm({ ...form, settings: { 'font-size': 'big' } }).draft).toBeUndefined();
    expect(checkHostForm({ ...form, settings: { 'font-size': '14' } }).draft?.settings).toEqual({
      'font-size': '14',
    });
  });

  test.each([
    ['PuTTY-User-Key-File-3: ssh-ed25519', /PuTTY/],
    ['ssh-ed25519 AAAA me@here', /public key/],
    ['-----BEGIN PUBLIC KEY-----\nx', /public key/],
    ['hello', /not a private key/],
    ['x'.repeat(9000), /too long/],
  ])('refuses %.20s… as a private key', (value, sentence) => {
    const secret = { ...valid.secret, privateKey: { kind: 'replace' as const, value } };
    expect(checkHostForm({ ...valid, secret }).errors['privateKey']).toMatch(sentence);
  });

  test.each(['-----BEGIN OPENSSH PRIVATE KEY-----\nx', '\n-----BEGIN RSA PRIVATE KEY-----\nx'])(
    'takes %.30s… as a private key',
    (value) => {
      const secret = { ...valid.secret, privateKey: { kind: 'replace' as const, value } };
      expect(checkHostForm({ ...valid, secret }).errors).toEqual({});
    },
  );
});

test('secretToSave sends what was replaced, deletes by an empty text, and keeps the rest by saying nothing', () => {
  const secret = {
    password: { kind: 'replace', value: 'new' },
    privateKey: { kind: 'delete' },
    passphrase: { kind: 'replace', value: '' },
  } as const;
  expect(secretToSave({ ...valid, secret })).toEqual({ password: 'new', privateKey: '' });
});

test('addTags splits, trims, and leaves out what is there already', () => {
  expect(addTags(['Web'], ' web, db ,,\nnew one')).toEqual(['Web', 'db', 'new one']);
});

test('changedFields names fields, settings and secrets that differ', () => {
  const before = formOfHost(host);
  const after = { ...changeSetting(before, 'console', 'true'), name: 'Other' };
  expect(changedFields(before, after)).toEqual(['name', 'settings', 'setting:console']);
  expect(changedFields(before, before)).toEqual([]);
});
