import { type Entry, EqualityFilter, OrFilter } from 'ldapts';
import type { LdapProvider } from '../../../shared/model/access.ts';

/** The values of an attribute that are text; names of attributes know no case (RFC 4512, section 2.5). */
export function valuesOf(entry: Entry, attribute: string): string[] {
  const wanted = attribute.toLowerCase();
  return Object.entries(entry)
    .filter(([name]) => name.toLowerCase() === wanted && name !== 'dn')
    .flatMap(([, values]) => values as string | Buffer | (string | Buffer)[])
    .filter((value) => typeof value === 'string' && value !== '') as string[];
}

/** As the directory spells the name that somebody typed in another case; `undefined` where it is none of the entry's. */
export function spellName(entry: Entry, attribute: string, typed: string): string | undefined {
  const fold = (text: string) => text.normalize('NFKC').trim().toLowerCase();
  return valuesOf(entry, attribute).find((value) => fold(value) === fold(typed));
}

/** Values are sent as they are, never as the text of a filter: there is nothing to escape, and nothing to inject. */
export const personFilter = (nameAttribute: string, name: string) =>
  new EqualityFilter({ attribute: nameAttribute, value: name });

/** Groups of names (RFC 4519, sections 3.5 and 3.6) and of POSIX (RFC 2307, section 4). */
export const groupFilter = (entry: Entry, name: string): OrFilter => {
  const uids = valuesOf(entry, 'uid');
  return new OrFilter({
    filters: [
      ...['member', 'uniqueMember'].map((attribute) => new EqualityFilter({ attribute, value: entry.dn })),
      ...(uids.length > 0 ? uids : [name]).map(
        (value) => new EqualityFilter({ attribute: 'memberUid', value }),
      ),
    ],
  });
};

export const personAttributes = ({ nameAttribute }: Pick<LdapProvider, 'nameAttribute'>): string[] => [
  ...new Set([nameAttribute, 'uid', 'cn', 'displayName', 'memberOf']),
];

/** The value of the first attribute of a DN (RFC 4514), such as `admins` of `cn=admins,ou=groups,dc=example`. */
export function firstValueOf(dn: string): string | undefined {
  const written = /^\s*[A-Za-z][A-Za-z0-9-]*\s*=\s*((?:\\.|[^\\,+])*)/s.exec(dn)?.[1];
  if (written === undefined || written.startsWith('#')) return undefined;
  const parts = written.match(/(?:\\[0-9A-Fa-f]{2})+|\\.|[^\\]/gs) ?? [];
  // Escaped, a space at the end is part of it.
  const last = parts.findLastIndex((part) => part !== ' ');
  const value = parts
    .slice(0, last + 1)
    .map(unescape)
    .join('');
  return value === '' ? undefined : value;
}

function unescape(part: string): string {
  if (!part.startsWith('\\')) return part;
  return part.length === 2 ? part.slice(1) : Buffer.from(part.replaceAll('\\', ''), 'hex').toString('utf8');
}
