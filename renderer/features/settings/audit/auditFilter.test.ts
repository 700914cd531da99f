import { expect, test } from 'vitest';
import type { AuditRecord } from '../../../../shared/model/audit.ts';
import { filterRecords } from './auditFilter.ts';

const record = (number: number, who: string, what: string, details: string[] = []): AuditRecord => ({
  number,
  at: Date.UTC(2026, 10, number, 12),
  who,
  what,
  details,
  previousHash: '0'.repeat(64),
  hash: '0'.repeat(64),
});
const records = [
  record(12, 'Ada', 'settings saved', ['group “Plant 2” was added']),
  record(3, 'Grace', 'certificate revoked', ['gw1.corp.example']),
];
const numbers = (filter: string) => filterRecords(records, filter).map(({ number }) => number);

test.each([
  ['', [12, 3]],
  ['  ', [12, 3]],
  ['ada', [12]],
  ['PLANT', [12]],
  ['revoked grace', [3]],
  ['revoked ada', []],
  ['corp.example', [3]],
  ['#3', [3]],
  ['2026-11-12', [12]],
])('“%s” finds %j', (filter, found) => {
  expect(numbers(filter)).toEqual(found);
});
