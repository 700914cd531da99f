import { Check, Circle, CircleSlash } from 'lucide-react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import { Spinner } from '../../../ui/Spinner.tsx';
import { VisuallyHidden } from '../../../ui/VisuallyHidden.tsx';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { tellFailure } from './certificateWords.ts';
import type { CreationPlan } from './certificatesForm.ts';
import type { Created } from './createAll.ts';
import styles from './CreationProgress.module.css';

/** What was made of a plan so far, and where it stopped. */
export function CreationProgress(props: {
  plan: CreationPlan;
  created: Created;
  failure: Failure | undefined;
}) {
  const { plan, created, failure } = props;
  const authority = plan.authority.kind === 'new' ? [`Authority ${plan.authority.name}`] : [];
  const steps = [
    ...authority,
    ...plan.orders.map(
      (order) => `${order.kind === 'server' ? 'Server' : 'Client'} certificate for ${order.name}`,
    ),
  ];
  const made = created.serials.length + (authority.length > 0 && created.authority !== undefined ? 1 : 0);
  const stateOf = (index: number) =>
    index < made ? 'made' : index > made ? 'waiting' : failure === undefined ? 'running' : 'failed';
  const words = failure && tellFailure(failure);
  return (
    <div className={styles.progress}>
      <ol className={styles.steps} aria-label="Progress">
        {steps.map((step, index) => (
          <li key={`${index} ${step}`} className={styles[stateOf(index)]}>
            <StepMark state={stateOf(index)} />
            {step}
          </li>
        ))}
      </ol>
      {failure !== undefined && words !== undefined && (
        <FailureNote
          failure={failure}
          words={made === 0 ? words : { ...words, safe: 'What was made before it stays.' }}
        />
      )}
    </div>
  );
}

const icons = { made: Check, failed: CircleSlash, waiting: Circle } as const;

function StepMark({ state }: { state: keyof typeof icons | 'running' }) {
  const Icon = state === 'running' ? Spinner : icons[state];
  return (
    <>
      <Icon aria-hidden="true" />
      <VisuallyHidden>{state}:</VisuallyHidden>
    </>
  );
}
