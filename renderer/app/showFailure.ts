import { describeFailure } from '../../shared/contract/failure.ts';
import type { Failure } from '../../shared/contract/failure.ts';
import { showToast } from '../ui/Toast.tsx';

/** Says what failed, what is safe and what to do, where no dialog is open that could say it. */
export function showFailure(failure: Failure): void {
  const { what, safe, next } = describeFailure(failure);
  showToast({ title: what, text: `${safe} ${next}`, urgent: true });
}
