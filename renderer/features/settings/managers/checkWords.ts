import { describeFailure } from '../../../../shared/contract/failure.ts';
import type { Failure } from '../../../../shared/contract/failure.ts';
import type { CheckStep } from '../../../../shared/model/managerCheck.ts';
import { checkSteps } from '../../../../shared/model/managerCheck.ts';
import { daysUntil, formatDay } from '../records/dates.ts';
import type { ManagerCheck } from './managerChecks.ts';

export const stepTitles = {
  dns: 'Name (DNS)',
  tcp: 'Connection (TCP)',
  tls: 'Encryption (TLS)',
  certificate: 'Certificate',
  protocol: 'Guacamole protocol',
  version: 'Version',
} as const satisfies Record<CheckStep['step'], string>;

/** All steps in their order, also those that are yet to come. */
export function allSteps(
  check: ManagerCheck,
): readonly (CheckStep | { step: CheckStep['step']; outcome: 'waiting' })[] {
  return checkSteps.map(
    (step) => check.steps.find((known) => known.step === step) ?? { step, outcome: 'waiting' as const },
  );
}

/** Whole milliseconds, or seconds where there are many. */
export function describeTime(durationMs: number): string {
  if (durationMs >= 1000) return `${(durationMs / 1000).toFixed(1)} s`;
  return durationMs < 1 ? '< 1 ms' : `${Math.round(durationMs)} ms`;
}

export interface FailureStory {
  readonly step: string | undefined;
  readonly what: string;
  readonly next: string;
  readonly detail: string | undefined;
}

/** Where a check failed, and what to do; `undefined` while it hasn't. */
export function tellFailure(check: ManagerCheck): FailureStory | undefined {
  const failed = check.steps.find(({ outcome }) => outcome === 'failed');
  if (failed === undefined && (check.state !== 'done' || check.security !== undefined)) return undefined;
  const failure: Failure = failed?.failure ?? check.failure ?? { code: 'internal' };
  const { what, next } = describeFailure(failure, { manager: check.subject.manager.name });
  return { step: failed && stepTitles[failed.step], what, next, detail: failure.detail };
}

/** Certificates are renewed in good time: a warning from here on. */
const warningDays = 30;

/** A warning where a certificate ends soon, or has ended. */
export function tellExpiry(notAfter: number | undefined, now: number): string | undefined {
  if (notAfter === undefined) return undefined;
  const days = daysUntil(notAfter, now);
  if (days < 0) return `certificate expired on ${formatDay(notAfter)}`;
  if (days > warningDays) return undefined;
  if (days === 0) return 'certificate expires within a day';
  return `certificate expires in ${days === 1 ? '1 day' : `${days} days`}`;
}
