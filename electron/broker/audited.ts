import type { Result } from '../../shared/contract/failure.ts';
import type { AuditLog } from './ports.ts';

/** Tells the audit log first, so that nothing is done without a trace; and again where it couldn't be done. */
export async function audited<T>(
  audit: Pick<AuditLog, 'append'>,
  entry: { readonly who: string; readonly what: string; readonly details?: readonly string[] },
  act: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const { who, what, details = [] } = entry;
  const told = await audit.append({ who, what, details });
  if (!told.ok) return told;
  const done = await act();
  if (!done.ok) await audit.append({ who, what: `Not done: ${what}`, details: [done.failure.code] });
  return done;
}
