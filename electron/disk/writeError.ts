import type { Failure } from '../../shared/contract/failure.ts';

/** The words for a write that failed: the cause as far as a person can do something about it. */
export function describeWriteError(error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  const causes: Record<string, string> = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EACCES: 'the data folder may not be written',
    EPERM: 'the data folder may not be written',
    EROFS: 'the disk is read-only',
    ENOENT: 'the document or its folder is gone',
  };
  return { code: 'store_failed', detail: (causes[code ?? ''] ?? message).slice(0, 500) };
}
