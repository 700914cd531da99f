import { Circle, CircleCheck, CircleMinus, CircleX } from 'lucide-react';
import { describeFailure } from '../../../../shared/contract/failure.ts';
import type { CheckStep } from '../../../../shared/model/managerCheck.ts';
import { Spinner } from '../../../ui/Spinner.tsx';
import { allSteps, describeTime, stepTitles } from './checkWords.ts';
import type { ManagerCheck } from './managerChecks.ts';
import styles from './CheckSteps.module.css';

const outcomes = {
  waiting: { icon: <Circle aria-hidden="true" />, word: 'waiting' },
  running: { icon: <Spinner size={14} />, word: 'running' },
  passed: { icon: <CircleCheck aria-hidden="true" />, word: 'passed' },
  failed: { icon: <CircleX aria-hidden="true" />, word: 'failed' },
  skipped: { icon: <CircleMinus aria-hidden="true" />, word: 'skipped' },
} as const;

/** A live check step by step: mark, word, time, and what was found. */
export function CheckSteps({ check }: { check: ManagerCheck }) {
  return (
    <ol className={styles.steps} aria-label={`Check of ${check.subject.manager.name}`}>
      {allSteps(check).map((step) => {
        const { icon, word } = outcomes[step.outcome];
        return (
          <li key={step.step} className={styles.step} data-outcome={step.outcome}>
            {icon}
            <span className={styles.title}>{stepTitles[step.step]}</span>
            <span className={styles.word}>{word}</span>
            <span className={styles.time}>
              {'durationMs' in step && step.durationMs !== undefined && describeTime(step.durationMs)}
            </span>
            {step.outcome !== 'waiting' && <Found step={step} name={check.subject.manager.name} />}
          </li>
        );
      })}
    </ol>
  );
}

function Found({ step, name }: { step: CheckStep; name: string }) {
  const words = step.failure && describeFailure(step.failure, { manager: name });
  if (words === undefined && step.found === undefined) return null;
  return (
    <span className={styles.found}>
      {step.found}
      {words && (
        <span className={styles.failure}>
          {words.what} {words.next}
          {step.failure?.detail !== undefined && ` (${step.failure.detail})`}
        </span>
      )}
    </span>
  );
}
