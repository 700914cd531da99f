import type { Failure } from '../../shared/contract/failure.ts';
import { checkSteps, type CheckStep } from '../../shared/model/managerCheck.ts';

type StepName = CheckStep['step'];

/** The steps of one live check on their way: each is told when it begins and when it ends, and none twice. */
export interface CheckSteps {
  begin(step: StepName): void;
  /** Ends the step that runs. @param durationMs where that isn't the time since it began. */
  pass(found: string, durationMs?: number): void;
  /** Passes over a step. */
  skip(step: StepName, why: string): void;
  /** Ends the step that runs, or the one that the failure is about, and passes over all that follow. */
  fail(failure: Failure, found?: string): void;
}

const longestText = 500;

export function createCheckSteps(tell: (step: CheckStep) => void, now: () => number): CheckSteps {
  let running: { readonly step: StepName; readonly startedAt: number } | undefined;
  const ended = new Set<StepName>();

  function end(step: CheckStep) {
    ended.add(step.step);
    running = undefined;
    tell(step);
  }
  const skip = (step: StepName, why?: string) =>
    end({ step, outcome: 'skipped', ...(why !== undefined && { found: why.slice(0, longestText) }) });

  return {
    begin(step) {
      running = { step, startedAt: now() };
      tell({ step, outcome: 'running' });
    },

    pass(found, durationMs) {
      if (!running) return;
      const { step, startedAt } = running;
      end({
        step,
        outcome: 'passed',
        durationMs: durationMs ?? now() - startedAt,
        found: found.slice(0, longestText),
      });
    },

    skip,

    fail(failure, found) {
      const { step: current = 'dns', startedAt = now() } = running ?? {};
      // A certificate of our own that can't be used is noticed before anybody is called.
      const step = failure.code === 'manager_tls_failed' && current === 'tcp' ? 'tls' : current;
      for (const next of checkSteps) {
        if (ended.has(next)) continue;
        if (next !== step) skip(next);
        else {
          end({
            step,
            outcome: 'failed',
            durationMs: now() - startedAt,
            failure,
            ...(found !== undefined && { found: found.slice(0, longestText) }),
          });
        }
      }
    },
  };
}
