import type { AuditRecord } from '../../../../shared/model/audit.ts';
import { formatMoment, isoOf } from '../records/dates.ts';

/** Everything of a record that can be read on the page, for the filter. */
function textOf(record: AuditRecord): string {
  const times = `${formatMoment(record.at)} ${isoOf(record.at)}`;
  return [`#${record.number}`, times, record.who, record.what, ...record.details].join('\n').toLowerCase();
}

/** The records in which every word of the filter occurs, in whatever case; all for an empty filter. */
export function filterRecords(records: readonly AuditRecord[], filter: string): readonly AuditRecord[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return records;
  return records.filter((record) => {
    const text = textOf(record);
    return words.every((word) => text.includes(word));
  });
}
