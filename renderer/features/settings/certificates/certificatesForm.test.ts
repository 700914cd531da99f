import { expect, test } from 'vitest';
import type { Certificate } from '../../../../shared/model/certificate.ts';
import type { SessionManager } from '../../../../shared/model/sessionManager.ts';
import {
  checkCertificatesForm,
  namesOfManager,
  newCertificatesForm,
  newMachine,
} from './certificatesForm.ts';
import type { CertificatesForm } from './certificatesForm.ts';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 10, 20);
const manager = (id: string, change: Partial<SessionManager> = {}): SessionManager => ({
  id,
  name: `guacd ${id}`,
  address: '10.0.0.5',
  port: 4822,
  weight: 1,
  sessionLimit: null,
  intent: 'enabled',
  ...change,
});
const certificate = (change: Partial<Certificate>): Certificate => ({
  serial: 'a1',
  kind: 'server',
  name: 'any',
  dnsNames: [],
  ipAddresses: [],
  notBefore: now - dayMs,
  notAfter: now + 400 * dayMs,
  pin: '',
  certificatePem: '',
  origin: 'made',
  hasPrivateKey: true,
  ...change,
});
const authority = certificate({ serial: 'ca', kind: 'authority' });
const start = (certificates: readonly Certificate[] = []) =>
  newCertificatesForm([manager('one'), manager('two')], certificates, 'broker-1', now);

test('begins with every manager of the settings and this broker', () => {
  const { plan, errors } = checkCertificatesForm(start(), [], now);
  expect(errors).toEqual({});
  expect(plan).toEqual({
    authority: { kind: 'new', name: 'Proxima authority', lifetimeDays: 3650 },
    orders: [
      {
        kind: 'server',
        name: 'guacd one',
        dnsNames: [],
        ipAddresses: ['10.0.0.5'],
        lifetimeDays: 365,
        managerId: 'one',
      },
      {
        kind: 'server',
        name: 'guacd two',
        dnsNames: [],
        ipAddresses: ['10.0.0.5'],
        lifetimeDays: 365,
        managerId: 'two',
      },
      { kind: 'client', name: 'broker-1', dnsNames: [], ipAddresses: [], lifetimeDays: 365 },
    ],
  });
});

test('leaves out what has a working certificate for more than thirty days, and takes the authority that is there', () => {
  const form = start([
    authority,
    certificate({ managerId: 'one' }),
    certificate({ managerId: 'two', notAfter: now + 10 * dayMs }),
    certificate({ kind: 'client', revokedAt: now }),
  ]);
  expect(form.authority).toBe('ca');
  expect(form.machines.map(({ included }) => included)).toEqual([false, true, true]);
  expect(form.machines.map(({ has }) => has?.split(' ').slice(0, 2).join(' '))).toEqual([
    'Valid until',
    'Expires in',
    undefined,
  ]);
});

test.each([
  ['has no key', { hasPrivateKey: false }],
  ['has expired', { notAfter: now }],
  ['was revoked', { revokedAt: now }],
])('an authority that %s issues nothing', (_why, change) => {
  expect(start([{ ...authority, ...change }]).authority).toBe('');
});

test('brokers look for the server name and the address', () => {
  expect(namesOfManager({ address: 'gw.example' })).toBe('gw.example');
  expect(namesOfManager({ address: '10.0.0.5', serverName: 'gw.example' })).toBe('gw.example, 10.0.0.5');
  expect(namesOfManager({ address: 'gw.example', serverName: 'gw.example' })).toBe('gw.example');
});

const twoYears: Partial<CertificatesForm> = { lifetimeDays: 730 };
test.each<[string, Partial<CertificatesForm>, string]>([
  ['no lifetime', { lifetimeDays: null }, 'lifetimeDays'],
  ['a lifetime beyond ten years', { lifetimeDays: 3651 }, 'lifetimeDays'],
  ['half a day', { lifetimeDays: 0.5 }, 'lifetimeDays'],
  ['a lifetime beyond that of a new authority', { ...twoYears, authorityYears: 1 }, 'lifetimeDays'],
  ['a lifetime beyond that of the old authority', { ...twoYears, authority: 'ca' }, 'lifetimeDays'],
  ['an authority that is gone', { authority: 'gone' }, 'authority'],
  ['an authority without a name', { authorityName: ' ' }, 'authorityName'],
  ['an authority with a long name', { authorityName: 'x'.repeat(65) }, 'authorityName'],
  ['an authority for ever', { authorityYears: 21 }, 'authorityYears'],
  ['nothing to make', { authority: 'ca', machines: [] }, 'machines'],
  ['a machine without a name', { machines: [newMachine('client', 'k')] }, 'k.name'],
  ['a server without names', { machines: [{ ...newMachine('server', 'k'), name: 'gw' }] }, 'k.names'],
  [
    'a name that is none',
    { machines: [{ ...newMachine('client', 'k'), name: 'b', names: 'a b:1' }] },
    'k.names',
  ],
])('refuses %s at its field', (_what, change, field) => {
  const { plan, errors } = checkCertificatesForm(
    { ...start([authority]), authority: '', ...change },
    [authority],
    now,
  );
  expect(Object.keys(errors)).toEqual([field]);
  expect(plan).toBeUndefined();
});

test('a row that is left out is not checked', () => {
  const machines = [{ ...newMachine('server', 'k'), included: false }];
  expect(checkCertificatesForm({ ...start(), machines }, [], now).plan?.orders).toEqual([]);
});
