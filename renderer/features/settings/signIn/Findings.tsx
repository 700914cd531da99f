import { CircleCheck, CircleSlash } from 'lucide-react';
import { describeFailure } from '../../../../shared/contract/failure.ts';
import { capitalise } from '../../../app/checkedDraft.ts';
import type { Found } from './useProviderCheck.ts';
import styles from './Findings.module.css';

/** What the check of a provider found, and where it ended. */
export function Findings({ found }: { found: Found }) {
  const { findings, failure } = found;
  const words = failure && describeFailure(failure);
  return (
    <div role="status">
      <ul className={styles.findings} aria-label="What the check found">
        {findings.map((finding) => (
          <li key={finding} className={styles.finding}>
            <CircleCheck aria-hidden="true" />
            <span>{finding}</span>
          </li>
        ))}
        {failure && words && (
          <li className={styles.finding} data-failed>
            <CircleSlash aria-hidden="true" />
            <span>
              <strong>{words.what}</strong>{' '}
              {failure.detail !== undefined && `${capitalise(failure.detail)}. `}
              {words.next}
            </span>
          </li>
        )}
      </ul>
    </div>
  );
}
