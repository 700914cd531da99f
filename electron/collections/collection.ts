import type { Result } from '../../shared/contract/failure.ts';

/**
 * Small documents by id: of one machine in its data folder, or of a whole farm in its etcd. Whoever holds one sees the same;
 * every change is durable once it resolves. Failures: `store_failed` or `document_too_new` of the disk, and the registry's closed
 * set of the farm.
 */
export interface Collection<T> {
  /** As last heard; a change of another node comes within milliseconds. */
  all(): ReadonlyMap<string, T>;
  /** As last acknowledged, whoever made the change. */
  fetch(id: string): Promise<Result<T | undefined>>;
  /**
   * The one way to change a document: `decide` gets it as it is and returns what it is to be, `undefined` to remove it, or the very
   * same object to leave it. Called again where somebody else was faster. Resolves to what is there then.
   */
  change(id: string, decide: (current: T | undefined) => T | undefined): Promise<Result<T | undefined>>;
  /** Many at once, without regard to what is there; all or, where they are more than fit a transaction, in order. */
  putAll(documents: ReadonlyMap<string, T>): Promise<Result<void>>;
  removeAll(ids: readonly string[]): Promise<Result<void>>;
  onChange(listener: (ids: readonly string[]) => void): () => void;
  close(): Promise<void>;
}
