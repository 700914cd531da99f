import { type Failure, isWorthAnotherManager } from '../../shared/contract/failure.ts';
import type { Protocol } from '../../shared/model/protocol.ts';

/**
 * What an opening does after a failed try. guacd tells a wrong NLA password as `519 … wrong security type?`; with a password sent
 * that may be an authentication failure, and those are never repeated: a second try could lock the account.
 */
export function decideAfterFailure(
  failure: Failure,
  sent: { readonly protocol: Protocol; readonly password: boolean },
): 'next-manager' | 'stop' {
  const ambiguousPassword =
    sent.protocol === 'rdp' &&
    sent.password &&
    failure.code === 'host_unreachable' &&
    /wrong security type/i.test(failure.detail ?? '');
  return isWorthAnotherManager(failure) && !ambiguousPassword ? 'next-manager' : 'stop';
}

const passingCodes: ReadonlySet<Failure['code']> = new Set([
  'manager_name_unresolved',
  'manager_unreachable',
  'manager_connect_timeout',
  'manager_closed',
  'manager_silent',
  'manager_busy',
]);

/** The manager itself doesn't answer or takes nobody, which may pass by itself; a wrong certificate or a refused host doesn't. */
export const mayPassByItself = (failure: Failure): boolean => passingCodes.has(failure.code);
