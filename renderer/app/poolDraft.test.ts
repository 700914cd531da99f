import { expect, test } from 'vitest';
import type { Pool } from '../../shared/model/pool.ts';
import { checkPool, draftOfPool, newPool, suggestPoolId } from './poolDraft.ts';
import type { PoolDraft } from './poolDraft.ts';

const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
const pool: Pool = {
  id: 'north',
  name: 'North',
  endpoints: ['https://etcd-1.example:2379', 'http://[fd00::1]:2379'],
  authoritiesPem: pem,
  clientCertificate: 'ab12',
  slack: 4,
  leaseSeconds: 60,
};
const typed = (change: Partial<PoolDraft>) => ({ ...draftOfPool(pool), ...change });

test('a pool comes back as it was, with and without certificates', () => {
  expect(checkPool(draftOfPool(pool))).toEqual({ value: pool, errors: {} });
  const { authoritiesPem: _authorities, clientCertificate: _client, ...bare } = pool;
  expect(checkPool(draftOfPool(bare)).value).toEqual(bare);
});

test('a new pool has the usual slack and lease', () => {
  const { value } = checkPool(newPool({ id: 'n', name: 'N', endpoints: 'https://n:2379' }));
  expect(value).toMatchObject({ slack: 2, leaseSeconds: 30 });
});

test.each<[Partial<PoolDraft>, string, RegExp]>([
  [{ id: 'North 1' }, 'id', /lower-case/],
  [{ name: '  ' }, 'name', /Enter a name/],
  [{ endpoints: '' }, 'endpoints', /at least one/],
  [{ endpoints: 'https://ok:2379\netcd-1:2379' }, 'endpoints', /“etcd-1:2379” is not an address such as/],
  [{ endpoints: 'https://ok:2379/v3' }, 'endpoints', /is not an address/],
  [{ authoritiesPem: 'hello' }, 'authoritiesPem', /in PEM/],
  [{ authoritiesPem: `${pem}-----BEGIN PRIVATE KEY-----` }, 'authoritiesPem', /private key/],
  [{ slack: 0 }, 'slack', /1 to 16/],
  [{ slack: null }, 'slack', /1 to 16/],
  [{ leaseSeconds: 4 }, 'leaseSeconds', /5 to 300/],
])('%j is wrong, and says so', (change, field, words) => {
  const { value, errors } = checkPool(typed(change));
  expect(value).toBeUndefined();
  expect(Object.keys(errors)).toEqual([field]);
  expect(errors[field]).toMatch(words);
});

test('an id is suggested by the name', () => {
  expect(suggestPoolId('Büro Zürich 1')).toBe('buro-zurich-1');
  expect(suggestPoolId('  --')).toBe('');
  expect(suggestPoolId('x'.repeat(31) + ' y')).toBe('x'.repeat(31));
});
