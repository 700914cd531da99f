import type { Failure } from '../../../shared/contract/failure.ts';
import { describeFailure } from '../../../shared/contract/failure.ts';
import type { ManagerStatus } from '../../../shared/model/clusterHealth.ts';
import { isDown } from '../../app/clusterHealth.ts';
import { countOf } from '../../app/figures.ts';

/** How a manager is doing, in one word. `unknown`: not looked at yet. */
export type ManagerState = 'up' | 'draining' | 'disabled' | 'down' | 'unknown';

/** A manager that is down is down, whatever is wanted of it; one that is switched off isn't missed. */
export function stateOfManager(manager: Pick<ManagerStatus, 'intent' | 'health'>): ManagerState {
  if (manager.intent === 'disabled') return 'disabled';
  if (isDown(manager)) return 'down';
  if (manager.intent === 'draining') return 'draining';
  return manager.health.state === 'up' ? 'up' : 'unknown';
}

/** How long a certificate is still good for. */
export interface CertificateState {
  readonly kind: 'valid' | 'soon' | 'expired';
  readonly text: string;
}

const dayMs = 86_400_000;
/** Time enough to renew it in office hours. */
const soonDays = 30;

/** `undefined` where no certificate was seen. Times are epoch milliseconds. */
export function certificateStateOf(notAfter: number | undefined, now: number): CertificateState | undefined {
  if (notAfter === undefined) return undefined;
  const days = Math.floor((notAfter - now) / dayMs);
  if (notAfter <= now) {
    const ago = Math.floor((now - notAfter) / dayMs);
    return { kind: 'expired', text: ago === 0 ? 'expired today' : `expired ${countOf(ago, 'day')} ago` };
  }
  const text = days === 0 ? 'expires within a day' : `expires in ${countOf(days, 'day')}`;
  return { kind: days <= soonDays ? 'soon' : 'valid', text };
}

/** Which step of the way to a manager a failure belongs to. */
function stepOf({ code }: Failure): string | undefined {
  if (code === 'manager_name_unresolved') return 'DNS';
  if (code === 'manager_unreachable' || code === 'manager_connect_timeout') return 'TCP';
  if (code.startsWith('manager_certificate_')) return 'the certificate';
  if (
    code.startsWith('manager_speaks_') ||
    code === 'manager_tls_failed' ||
    code === 'manager_refused_client'
  )
    return 'TLS';
  return code.startsWith('manager_') ? 'the protocol' : undefined;
}

/** What the last look at a manager failed with, in words; `undefined` where it succeeded. */
export function tellManagerFailure(manager: Pick<ManagerStatus, 'name' | 'intent' | 'health'>) {
  const { failure } = manager.health;
  if (failure === undefined || manager.intent === 'disabled') return undefined;
  const step = stepOf(failure);
  const { what, next } = describeFailure(failure, { manager: manager.name });
  return { where: step === undefined ? 'The last look failed.' : `Failed at ${step}.`, what, next };
}

/** Lower is worse. */
export function severityOf(manager: ManagerStatus, now: number): number {
  const state = stateOfManager(manager);
  const certificate = certificateStateOf(manager.certificateNotAfter, now)?.kind;
  if (state === 'down') return 0;
  if (state === 'disabled') return 6;
  if (certificate === 'expired') return 1;
  if (state === 'unknown') return 2;
  if (certificate === 'soon') return 3;
  return state === 'draining' ? 4 : 5;
}

const byName = new Intl.Collator('en', { numeric: true });

/** Those that need somebody first, and by name among equals. */
export const worstFirst = (managers: readonly ManagerStatus[], now: number): readonly ManagerStatus[] =>
  managers.toSorted(
    (left, right) => severityOf(left, now) - severityOf(right, now) || byName.compare(left.name, right.name),
  );
