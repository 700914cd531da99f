import { fail, type Result } from '../../../../shared/contract/failure.ts';

/** A host that doesn't answer a request in time. */
class LateAnswer extends Error {}

/** One request whose answer may never come. Rejects with the host's error. */
export function settleInTime<T>(
  timeoutMs: number,
  start: (done: (error?: Error | null, value?: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new LateAnswer('the host did not answer')), timeoutMs);
    const done = (error?: Error | null, value?: T) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(value as T);
    };
    try {
      start(done);
    } catch (error) {
      done(error as Error);
    }
  });
}

/** What SFTP's status codes (draft-ietf-secsh-filexfer-02 §7) mean here. */
export function failureOfSftp(error: unknown): Extract<Result<never>, { ok: false }> {
  if (error instanceof LateAnswer) return fail('host_timeout', error.message);
  switch ((error as { code?: unknown }).code) {
    case 2:
      return fail('request_rejected', 'there is no such file or folder');
    case 3:
      return fail('host_forbidden', 'the host does not allow it');
    case 4:
    case 8:
      return fail('request_rejected', 'the host could not do that');
    default:
      return fail('host_error', 'the host offers no files, or not any more');
  }
}
