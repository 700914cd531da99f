import { createContext, use, useSyncExternalStore } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import type { Security } from '../../../../shared/model/health.ts';
import type { CheckStep } from '../../../../shared/model/managerCheck.ts';
import { checkSteps } from '../../../../shared/model/managerCheck.ts';
import { defaultGroupId } from '../../../../shared/model/proximityGroup.ts';
import type { ProximityGroup, Trust } from '../../../../shared/model/proximityGroup.ts';
import type { SessionManager } from '../../../../shared/model/sessionManager.ts';
import type { Settings } from '../../../../shared/model/settings.ts';
import { settle } from '../../../app/connection.ts';
import type { Client } from '../records/useAnswer.ts';

/** What is checked: a manager as it is, or as it is typed, by the trust of a group. */
export interface CheckSubject {
  readonly manager: SessionManager;
  readonly trust: Trust;
  /** Whose trust it is; absent for a manager that serves no group. */
  readonly groupName?: string;
}

/** One live check, while it runs and after it. */
export interface ManagerCheck {
  readonly state: 'waiting' | 'running' | 'done';
  readonly subject: CheckSubject;
  /** All of them, in their order; those that weren't begun are absent. */
  readonly steps: readonly CheckStep[];
  /** Absent where the check failed. */
  readonly security?: Security;
  readonly certificateNotAfter?: number;
  /** The check itself could not be made. */
  readonly failure?: Failure;
}

export interface ManagerChecks {
  getState(): ReadonlyMap<string, ManagerCheck>;
  subscribe(listener: () => void): () => void;
  /** Checks now; one of the same manager that still runs is given up. */
  check(subject: CheckSubject): void;
  /** Gives up all that run, and forgets what was found. */
  stop(): void;
}

/** At the same time; a slow manager keeps few others waiting. */
const checksAtOnce = 6;

export function createManagerChecks(client: Client): ManagerChecks {
  let checks: ReadonlyMap<string, ManagerCheck> = new Map();
  const listeners = new Set<() => void>();
  const running = new Map<string, AbortController>();
  const waiting = new Map<string, CheckSubject>();

  const set = (managerId: string, check: ManagerCheck) => {
    checks = new Map(checks).set(managerId, check);
    for (const listener of listeners) listener();
  };
  const change = (managerId: string, part: Partial<ManagerCheck>) => {
    const check = checks.get(managerId);
    if (check !== undefined) set(managerId, { ...check, ...part });
  };

  const run = async (subject: CheckSubject, { signal }: AbortController) => {
    const { id } = subject.manager;
    set(id, { state: 'running', subject, steps: [] });
    const { manager, trust } = subject;
    const follow = async () => {
      for await (const event of await client.managers.check({ manager, trust }, { signal })) {
        if (signal.aborted) return;
        if (event.kind === 'step') change(id, { steps: putStep(checks.get(id)?.steps ?? [], event.step) });
        else {
          const { security, certificateNotAfter } = event;
          change(id, {
            ...(security !== undefined && { security }),
            ...(certificateNotAfter !== undefined && { certificateNotAfter }),
          });
        }
      }
    };
    const followed = await settle(follow());
    if (signal.aborted) return;
    change(id, { state: 'done', ...(!followed.ok && { failure: followed.failure }) });
  };

  const startWaiting = () => {
    for (const [id, subject] of waiting) {
      if (running.size >= checksAtOnce) return;
      waiting.delete(id);
      const stop = new AbortController();
      running.set(id, stop);
      void run(subject, stop).finally(() => {
        if (running.get(id) === stop) running.delete(id);
        startWaiting();
      });
    }
  };

  return {
    getState: () => checks,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    check(subject) {
      const { id } = subject.manager;
      running.get(id)?.abort();
      running.delete(id);
      set(id, { state: 'waiting', subject, steps: [] });
      waiting.set(id, subject);
      startWaiting();
    },
    stop() {
      waiting.clear();
      for (const stop of running.values()) stop.abort();
      running.clear();
      checks = new Map();
    },
  };
}

function putStep(steps: readonly CheckStep[], step: CheckStep): readonly CheckStep[] {
  const others = steps.filter((other) => other.step !== step.step);
  return [...others, step].sort((a, b) => checkSteps.indexOf(a.step) - checkSteps.indexOf(b.step));
}

const rankOf = ({ id, priority }: ProximityGroup) => (id === defaultGroupId ? Infinity : priority);

/** By which trust a manager is checked: that of the first group that it serves. */
export function subjectOf(manager: SessionManager, groups: readonly ProximityGroup[]): CheckSubject {
  const group = groups
    .filter(({ managerIds }) => managerIds.includes(manager.id))
    .sort((a, b) => rankOf(a) - rankOf(b))[0];
  return group === undefined
    ? { manager, trust: { kind: 'authorities' } }
    : { manager, trust: group.trust, groupName: group.name };
}

/** What a check depends on; a name or a weight is none of it. */
const essenceOf = ({ manager, trust }: CheckSubject) =>
  JSON.stringify([manager.address, manager.port, manager.serverName, trust]);

/** Whether a check says something of the manager as it is now. */
const isSameSubject = (one: CheckSubject, other: CheckSubject): boolean =>
  essenceOf(one) === essenceOf(other);

/** The managers that a save has to be followed by a check of: those that are new or reached in another way. */
export function subjectsToCheck(before: Settings, after: Settings): readonly CheckSubject[] {
  const old = new Map(before.managers.map((manager) => [manager.id, subjectOf(manager, before.groups)]));
  return after.managers
    .map((manager) => subjectOf(manager, after.groups))
    .filter((subject) => {
      const was = old.get(subject.manager.id);
      return was === undefined || !isSameSubject(was, subject);
    });
}

const ManagerChecksContext = createContext<ManagerChecks | undefined>(undefined);
export const ManagerChecksProvider = ManagerChecksContext.Provider;

/** Throws outside of the provider: a mistake in the wiring. */
export function useManagerChecks(): ManagerChecks {
  const checks = use(ManagerChecksContext);
  if (checks === undefined) throw new Error('no manager checks were provided');
  return checks;
}

/** The last check of the manager, if it still is of the manager as it is now. */
export function useManagerCheck(subject: CheckSubject | undefined): ManagerCheck | undefined {
  const checks = useManagerChecks();
  const all = useSyncExternalStore(checks.subscribe, checks.getState);
  const check = subject && all.get(subject.manager.id);
  return check && subject && isSameSubject(check.subject, subject) ? check : undefined;
}
