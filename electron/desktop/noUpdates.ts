import { fail } from '../../shared/contract/failure.ts';
import type { Updates } from '../broker/ports.ts';

/** Where this Proxima never updates itself, and `why`, as people are told. */
export function createNoUpdates(why: string): Updates {
  return {
    current: () => ({ kind: 'off', why }),
    look: () => Promise.resolve(fail('update_failed', why)),
    install: () => Promise.resolve(fail('update_failed', why)),
    onChange: () => () => undefined,
  };
}
