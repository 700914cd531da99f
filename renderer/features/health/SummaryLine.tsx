import { CircleCheck, CircleSlash, TriangleAlert } from 'lucide-react';
import { Spinner } from '../../ui/Spinner.tsx';
import type { Summary } from './summary.ts';
import styles from './SummaryLine.module.css';

const icons = { well: CircleCheck, attention: TriangleAlert, bad: CircleSlash } as const;

const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/**
 * How the cluster is, in one line, and what else is worth a word. `asOf` (epoch milliseconds) is given where that is how it
 * was, because nothing newer can be heard.
 */
export function SummaryLine({ summary, asOf }: { summary: Summary; asOf: number | undefined }) {
  const { tone, title, notes } = summary;
  const Icon = tone === 'waiting' ? undefined : icons[tone];
  return (
    <div className={styles.summary} data-tone={tone} role="status">
      {Icon === undefined ? <Spinner size={20} /> : <Icon aria-hidden="true" />}
      <div>
        <p className={styles.title}>{title}</p>
        {asOf !== undefined && (
          <p className={styles.notes}>This is how it was at {timeOfDay.format(asOf)}.</p>
        )}
        {notes.length > 0 && <p className={styles.notes}>{notes.join(' ')}</p>}
      </div>
    </div>
  );
}
