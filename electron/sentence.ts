import { describeFailure, type Failure } from '../shared/contract/failure.ts';

/** A failure as one line of text, for where there is no window to show it in. */
export function sentenceOf(failure: Failure): string {
  const { what, next } = describeFailure(failure);
  return [what, next, failure.detail && `(${failure.detail})`].filter(Boolean).join(' ');
}
