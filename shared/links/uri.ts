import { type Result, succeed } from '../contract/failure.ts';
import { decodePercent, hasHiddenCharacters, refuse } from './linkText.ts';
import { splitPort } from './linkedHost.ts';

/** Longer links don't get through Windows' command line anyway. In UTF-16 code units. */
const longestLink = 2_048;

/** A `scheme://` link, taken apart by RFC 3986 §3; everything but the scheme still is percent-encoded. */
interface Uri {
  readonly scheme: string;
  readonly rest: string;
}

export function parseScheme(given: string): Result<Uri> {
  if (given.length > 10 * longestLink) return refuse('it is too long');
  const text = given.trim();
  if (text.length > longestLink) return refuse('it is too long');
  if (hasHiddenCharacters(text)) return refuse('it contains characters that can not be seen');
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return refuse('it is not a link');
  if (rest.includes('://')) return refuse('it contains another link');
  return succeed({ scheme: scheme.toLowerCase(), rest });
}

interface Hierarchy {
  /** Decoded. */
  readonly user: string;
  readonly address: string;
  readonly port: string | undefined;
  /** Encoded, with its leading slash. */
  readonly path: string;
  /** Decoded. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** What stands where Proxima takes nothing from. */
  readonly ignored: readonly string[];
}

/** The authority, path and query of a link. A password is named and never decoded. */
export function parseHierarchy(rest: string): Result<Hierarchy> {
  const [, authority = '', path = '', search = '', fragment] =
    /^([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(rest) ?? [];
  if (/[\\\s]/.test(authority)) return refuse('it has no address that Proxima understands');
  const [first = '', second, ...more] = authority.split('@');
  if (more.length > 0) return refuse('it has more than one “@”, so that its address is not clear');
  const [encodedUser = '', ...password] = second === undefined ? [''] : first.split(':');
  const user = decodePercent(encodedUser);
  if (!user.ok) return user;
  const place = splitPort(second ?? first);
  if (!place) return refuse('it has no address that Proxima understands');
  const address = decodePercent(place.address);
  if (!address.ok) return address;
  const query = parseQuery(search);
  if (!query.ok) return query;
  return succeed({
    user: user.value,
    address: address.value,
    port: place.port,
    path,
    query: query.value,
    ignored: [...(password.length > 0 ? ['password'] : []), ...(fragment === undefined ? [] : ['fragment'])],
  });
}

function parseQuery(search: string): Result<(readonly [string, string])[]> {
  const entries: (readonly [string, string])[] = [];
  for (const part of search.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decodePercent(equals < 0 ? '' : part.slice(0, equals));
    if (!name.ok) return name;
    const value = decodePercent(part.slice(equals + 1));
    if (!value.ok) return value;
    // What stands alone may be a value whose name was forgotten.
    entries.push([name.value === '' ? 'an entry without a name' : name.value, value.value]);
  }
  return succeed(entries);
}

/** Takes these entries out of a query, by lower-case name. One that is there twice is refused: two readers could differ. */
export function takeEntries<Name extends string>(
  query: readonly (readonly [string, string])[],
  wanted: readonly Name[],
): Result<{ readonly taken: Partial<Record<Name, string>>; readonly left: readonly string[] }> {
  const taken: Partial<Record<Name, string>> = {};
  const left: string[] = [];
  for (const [name, value] of query) {
    const known = wanted.find((one) => one === name.toLowerCase());
    if (known === undefined) left.push(name);
    else if (taken[known] === undefined) taken[known] = value;
    else return refuse(`it gives its ${known} twice`);
  }
  return succeed({ taken, left });
}
