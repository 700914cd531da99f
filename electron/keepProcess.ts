/**
 * Keeps this process until `work` is done. Waiting for an etcd that is away doesn't by itself: a command would end in the middle, and
 * say nothing.
 */
export async function keepProcess<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 60_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
