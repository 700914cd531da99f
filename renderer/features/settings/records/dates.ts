const dayMs = 86_400_000;

/** A moment in the person's locale and time zone, such as “20 Nov 2026, 14:05”. `at` is in epoch milliseconds. */
export const formatMoment = (at: number, locale?: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at);

/** A day in the person's locale and time zone. */
export const formatDay = (at: number, locale?: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(at);

/** ISO 8601 in UTC: the same for everybody, as in logs. */
export const isoOf = (at: number): string => new Date(at).toISOString();

/** The moment `days` later. */
export const afterDays = (at: number, days: number): number => at + days * dayMs;

/** Whole days that are left until `at`; negative once it has passed. */
export const daysUntil = (at: number, now: number): number => Math.floor((at - now) / dayMs);
