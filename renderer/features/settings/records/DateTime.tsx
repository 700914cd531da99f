import { formatDay, formatMoment, isoOf } from './dates.ts';

/** A time in the person's locale; pointing at it tells it in ISO 8601. */
export function DateTime({ at, only }: { at: number; only?: 'day' }) {
  const iso = isoOf(at);
  return (
    <time dateTime={iso} title={iso}>
      {only === 'day' ? formatDay(at) : formatMoment(at)}
    </time>
  );
}
