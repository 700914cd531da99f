import { fail, type Result } from '../contract/failure.ts';

/** Controls, bidirectional overrides, zero-width and unpaired characters: what a person wouldn't see, or would see elsewhere. */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

export const hasHiddenCharacters = (text: string): boolean => hidden.test(text);

/** The text without them, for naming what was refused. */
export const withoutHiddenCharacters = (text: string): string =>
  text.replace(new RegExp(hidden.source, 'gu'), '');

/** Why a link or file isn't taken, as a clause. It never repeats a value: that may be a secret that stands in the wrong place. */
export const refuse = (why: string): ReturnType<typeof fail> => fail('link_refused', why);

/** Percent-decodes once (RFC 3986 §2.1). */
export function decodePercent(text: string): Result<string> {
  try {
    const decoded = decodeURIComponent(text);
    return hasHiddenCharacters(decoded)
      ? refuse('it contains characters that can not be seen')
      : { ok: true, value: decoded };
  } catch {
    return refuse('its percent-encoding is broken');
  }
}

const properName = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,49}$/;
const sensitiveName =
  /pass|secret|key|token|cred|drive|redirect|record|cert|gateway|remoteapp|shell|command|kdc|alternate|usb|device|clip|print|prompt|auth|sign|path/i;
const mostNames = 100;

/**
 * Names of what isn't taken, as people are told: each once, those that touch secrets, files or trust first. Whoever made the link
 * chose the names, so that only what looks like one is repeated.
 */
export function listIgnored(names: readonly string[]): string[] {
  const proper = names.map((name) => (properName.test(name) ? name : 'a setting with an odd name'));
  const unique = [...new Map(proper.map((name) => [name.toLowerCase(), name])).values()];
  const rank = (name: string) => Number(!sensitiveName.test(name));
  const sorted = unique.sort((left, right) => rank(left) - rank(right));
  return sorted.length <= mostNames
    ? sorted
    : [...sorted.slice(0, mostNames - 1), `${sorted.length - mostNames + 1} more`];
}
