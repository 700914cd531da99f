import { AppWindow, Image, Monitor, Route, ShieldCheck } from 'lucide-react';
import { describeMilliseconds } from './figures.ts';
import type { OpeningPart, PartTime } from './openingTimes.ts';
import styles from './OpeningBar.module.css';

const icons = {
  window: AppWindow,
  choice: Route,
  way: ShieldCheck,
  host: Monitor,
  picture: Image,
} as const satisfies Record<OpeningPart, unknown>;

/** The parts of an opening, as a bar and in words. `scaleMs` is how long the whole width is; left out, as long as the parts. */
export function OpeningBar({ parts, scaleMs }: { parts: readonly PartTime[]; scaleMs?: number }) {
  const sum = parts.reduce((total, { milliseconds }) => total + milliseconds, 0);
  const width = (milliseconds: number) => `${(100 * milliseconds) / Math.max(scaleMs ?? sum, sum, 1)}%`;
  return (
    <div>
      <div className={styles.bar} aria-hidden="true">
        {parts.map(({ part, milliseconds }) => (
          <span key={part} className={styles.part} data-part={part} style={{ width: width(milliseconds) }} />
        ))}
      </div>
      <ul className={styles.legend}>
        {parts.map(({ part, label, milliseconds }) => {
          const Icon = icons[part];
          return (
            <li key={part} data-part={part}>
              <span className={styles.swatch} aria-hidden="true" />
              <Icon aria-hidden="true" />
              {label} <span className={styles.figure}>{describeMilliseconds(milliseconds)}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
