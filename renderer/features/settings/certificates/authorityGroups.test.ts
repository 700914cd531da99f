import { expect, test } from 'vitest';
import type { Certificate } from '../../../../shared/model/certificate.ts';
import { groupByAuthority } from './authorityGroups.ts';

const certificate = (serial: string, change: Partial<Certificate> = {}): Certificate => ({
  serial,
  kind: 'server',
  name: serial,
  dnsNames: [],
  ipAddresses: [],
  notBefore: 0,
  notAfter: 1,
  pin: '',
  certificatePem: '',
  origin: 'made',
  hasPrivateKey: true,
  ...change,
});
const shape = (certificates: readonly Certificate[]) =>
  groupByAuthority(certificates).map(({ authority, issued }) => [
    authority?.serial,
    issued.map(({ serial }) => serial),
  ]);

test('puts every certificate below its authority, and what is from elsewhere at the end', () => {
  const authority = (serial: string, notBefore: number) =>
    certificate(serial, { kind: 'authority', notBefore });
  expect(
    shape([
      certificate('a1', { issuedBy: 'aa' }),
      certificate('b1', { issuedBy: 'bb' }),
      certificate('c1', { issuedBy: 'cc' }),
      certificate('d1'),
      authority('aa', 1),
      authority('bb', 2),
    ]),
  ).toEqual([
    ['bb', ['b1']],
    ['aa', ['a1']],
    [undefined, ['c1', 'd1']],
  ]);
});

test('lists servers before clients, newest first, revoked ones last', () => {
  const issuedBy = 'aa';
  expect(
    shape([
      certificate('aa', { kind: 'authority' }),
      certificate('e1', { issuedBy, name: 'gw', revokedAt: 5 }),
      certificate('e2', { issuedBy, name: 'broker', kind: 'client' }),
      certificate('e3', { issuedBy, name: 'gw', notBefore: 1 }),
      certificate('e4', { issuedBy, name: 'gw', notBefore: 2 }),
      certificate('e5', { issuedBy, name: 'aw' }),
    ]),
  ).toEqual([['aa', ['e5', 'e4', 'e3', 'e2', 'e1']]]);
});

test('an authority without certificates is there, too; nothing gives nothing', () => {
  expect(shape([certificate('aa', { kind: 'authority' })])).toEqual([['aa', []]]);
  expect(shape([])).toEqual([]);
});
