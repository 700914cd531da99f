import type { Result } from '../../../../shared/contract/failure.ts';
import type { KnownKey } from './knownHostLines.ts';

/** Remembers which keys hosts have shown. */
export interface KnownHosts {
  /** Fails with `store_failed` where that can't be found out: the host must not be taken for a new one then. */
  find(hostname: string, port: number): Promise<Result<readonly KnownKey[]>>;
  /** Fails with `store_failed`; what was remembered before is unchanged then. */
  remember(hostname: string, port: number, key: Buffer): Promise<Result<void>>;
}
