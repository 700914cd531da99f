import { CircleAlert, RotateCw } from 'lucide-react';
import { describeFailure } from '../../shared/contract/failure.ts';
import type { Failure } from '../../shared/contract/failure.ts';
import { Button } from '../ui/Button.tsx';
import styles from './FailureNote.module.css';

/** What a note of failure says: the table's words, or better ones of the page. */
export interface FailureWords {
  readonly what: string;
  readonly safe: string;
  readonly next: string;
}

/** What happened, what is safe and what to do next, at the place where it matters. */
export function FailureNote(props: {
  failure: Failure;
  /** Where the page knows better words than the table. */
  words?: FailureWords | undefined;
  onRetry?: () => void;
}) {
  const words = props.words ?? describeFailure(props.failure);
  return (
    <div className={styles.note} role="alert">
      <CircleAlert aria-hidden="true" />
      <p className={styles.words}>
        <strong>{words.what}</strong> {words.safe} {words.next}
      </p>
      {props.onRetry !== undefined && (
        <Button icon={<RotateCw aria-hidden="true" />} onClick={props.onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
