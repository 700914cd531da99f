import { shapeSparkline } from './sparkline.ts';
import styles from './Sparkline.module.css';

const box = { width: 120, height: 24, slots: 60 };

/** The last values as a line, and in words; red marks where a look had no answer. */
export function Sparkline({ values, words }: { values: readonly (number | null)[]; words: string }) {
  const { lines, gaps } = shapeSparkline(values, box);
  return (
    <svg
      className={styles.sparkline}
      viewBox={`0 0 ${box.width} ${box.height}`}
      width={box.width}
      height={box.height}
      role="img"
      aria-label={words}
    >
      <path className={styles.ground} d={`M0 ${box.height - 0.5}H${box.width}`} />
      {lines.map((line) => (
        <path key={line} className={styles.line} d={line} />
      ))}
      {gaps.map((x) => (
        <path key={x} className={styles.gap} d={`M${x} 7V${box.height - 1}`} />
      ))}
    </svg>
  );
}
