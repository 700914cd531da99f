import { shapeSparkline, tellSparkline } from './sparkline.ts';
import styles from './Sparkline.module.css';

const box = { width: 120, height: 24, slots: 60 };

/** The last round trips as a line; red marks where a look had no answer. */
export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  const { lines, gaps } = shapeSparkline(values, box);
  return (
    <svg
      className={styles.sparkline}
      viewBox={`0 0 ${box.width} ${box.height}`}
      width={box.width}
      height={box.height}
      role="img"
      aria-label={tellSparkline(values)}
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
