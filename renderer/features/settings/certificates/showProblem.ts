import type { Failure } from '../../../../shared/contract/failure.ts';
import { showToast } from '../../../ui/Toast.tsx';
import { tellFailure } from './certificateWords.ts';

/** Says what failed where no dialog is open that could say it. */
export function showProblem(failure: Failure): void {
  const { what, safe, next } = tellFailure(failure);
  showToast({ title: what, text: `${safe} ${next}`, urgent: true });
}
