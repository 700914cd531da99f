import type { AuditRecord } from '../../shared/model/audit.ts';
import type { ReadChain } from './auditChain.ts';

const shownRecords = 500;
const longestText = 200;
const longestDetail = 500;
const mostDetails = 200;

/** An entry as long as a record may be. */
export function boundEntry({
  who,
  what,
  details,
}: Pick<AuditRecord, 'who' | 'what'> & { readonly details: readonly string[] }): Pick<
  AuditRecord,
  'who' | 'what' | 'details'
> {
  return {
    who: shorten(who, longestText),
    what: shorten(what, longestText),
    details: shortenDetails(details),
  };
}

/** The newest records first, as people are shown them. */
export const presentChain = ({ records, brokenAt }: Pick<ReadChain, 'records' | 'brokenAt'>) => ({
  records: records.slice(-shownRecords).toReversed(),
  intact: brokenAt === undefined,
  ...(brokenAt !== undefined && { brokenAt }),
});

function shortenDetails(details: readonly string[]): string[] {
  const kept = details.length > mostDetails ? details.slice(0, mostDetails - 1) : details;
  const short = kept.map((detail) => shorten(detail, longestDetail));
  return kept.length < details.length ? [...short, `and ${details.length - kept.length} more`] : short;
}

/** Never cuts a character of two units in half. */
const shorten = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
