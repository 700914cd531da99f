import type { SettingsRevision } from '../../shared/contract/administration.ts';
import { describeFailure, type Failure } from '../../shared/contract/failure.ts';
import type { ManagerHealth } from '../../shared/model/health.ts';
import type { Session } from '../../shared/model/session.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import type { Happening } from './timeLine.ts';

/** A manager went down, or came back. One that answers for the first time is no news. */
export function noteHealth(
  { id: managerId, name }: SessionManager,
  before: ManagerHealth,
  after: ManagerHealth,
): Happening | undefined {
  if (before.state === after.state) return undefined;
  if (after.state === 'down') {
    const text = after.failure
      ? describeFailure(after.failure, { manager: name }).what
      : `${name} does not answer.`;
    return { kind: 'manager-down', text, managerId };
  }
  if (before.state !== 'down') return undefined;
  return { kind: 'manager-up', text: `${name} answers again.`, managerId };
}

const warningMs = 30 * 86_400_000;

/** A manager's certificate ends soon, or has ended. */
export function noteExpiry(
  { id: managerId, name }: SessionManager,
  notAfter: number,
  now: number,
): Happening | undefined {
  if (notAfter - now > warningMs) return undefined;
  const verb = notAfter > now ? 'expires' : 'expired';
  const day = new Date(notAfter).toISOString().slice(0, 10);
  return {
    kind: 'certificate-expiring',
    text: `The certificate of ${name} ${verb} on ${day}. Renew it.`,
    managerId,
  };
}

/** The session is live, but not on the manager that was tried first. */
export function noteFailover(session: Session, groupId: string): Happening | undefined {
  const taken = session.attempts.at(-1);
  const failed = session.attempts.findLast(
    ({ managerId, failure }) => failure !== undefined && managerId !== taken?.managerId,
  );
  if (!taken || !failed?.failure) return undefined;
  const { what } = describeFailure(failed.failure, { host: session.hostName, manager: failed.name });
  return {
    kind: 'failover',
    text: `${session.hostName} was opened on ${taken.name}, after a try on ${failed.name}: ${what}`,
    managerId: failed.managerId,
    groupId,
    sessionId: session.id,
  };
}

export function noteSessionFailure(session: Session, failure: Failure): Happening {
  const attempt = session.attempts.at(-1);
  const { hostName } = session;
  const { what } = describeFailure(failure, { host: hostName, ...(attempt && { manager: attempt.name }) });
  return {
    kind: 'session-failed',
    text: what.includes(hostName) ? what : `${hostName}: ${what}`,
    ...(attempt && { managerId: attempt.managerId }),
    sessionId: session.id,
  };
}

export function noteSave({ who, changes }: Pick<SettingsRevision, 'who' | 'changes'>): Happening {
  const text = changes.length > 0 ? `Settings were saved: ${changes.join('; ')}.` : 'Settings were saved.';
  return { kind: 'settings-saved', text, who };
}

const intentTexts: Readonly<Record<SessionManager['intent'], string>> = {
  enabled: 'takes sessions again',
  draining: 'takes no new sessions any more; those on it go on',
  disabled: 'was disabled',
};

/** What administrators did to each manager. */
export function noteEdits(
  before: readonly SessionManager[],
  after: readonly SessionManager[],
  who: string | undefined,
): Happening[] {
  const note = ({ id, name }: SessionManager, text: string, kind: Happening['kind'] = 'manager-edited') => ({
    kind,
    text: `${name} ${text}.`,
    managerId: id,
    ...(who !== undefined && { who }),
  });
  const gone = before.filter(({ id }) => !after.some((manager) => manager.id === id));
  const others = after.flatMap((manager) => {
    const old = before.find(({ id }) => id === manager.id);
    if (!old) return [note(manager, 'was added')];
    if (old.intent !== manager.intent) {
      const kind = manager.intent === 'draining' ? 'manager-draining' : 'manager-edited';
      return [note(manager, intentTexts[manager.intent], kind)];
    }
    return JSON.stringify(old) === JSON.stringify(manager) ? [] : [note(manager, 'was changed')];
  });
  return [...gone.map((manager) => note(manager, 'was removed')), ...others];
}
