import { SearchField } from '../../../ui/SearchField.tsx';
import { formatCount } from '../whatIf/whatIfWords.ts';
import styles from './ListFilter.module.css';

/** The field above a list that narrows it, and how many are left. */
export function ListFilter(props: {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  /** What is shown is narrowed by it already; a long list may follow a moment later. */
  isNarrowed: boolean;
  found: number;
  all: number;
  /** What they are: `['session', 'sessions']`. */
  noun: readonly [one: string, many: string];
}) {
  const { label, placeholder, value, onChange, isNarrowed, found, all } = props;
  const [one, many] = props.noun;
  return (
    <div className={styles.filter}>
      <SearchField kind="filter" label={label} placeholder={placeholder} value={value} onChange={onChange} />
      <span className={styles.count} role="status">
        {isNarrowed
          ? `${formatCount(found)} of ${formatCount(all)}`
          : `${formatCount(all)} ${all === 1 ? one : many}`}
      </span>
    </div>
  );
}
