import type { SettingsRevision } from '../../../../shared/contract/administration.ts';

/** One saved state as the page lists it. */
export interface RevisionRow {
  readonly revision: number;
  readonly at: number;
  readonly who: string;
  readonly changes: readonly string[];
  /** Changes beyond those that are shown. */
  readonly more: number;
  readonly isCurrent: boolean;
  /** The revision before it, where that is still kept: what undoing this one goes back to. */
  readonly before: number | undefined;
}

const shownChanges = 4;

/** Newest first, whatever the order they come in. `current` is the revision that is in force. */
export function rowsOf(
  revisions: readonly SettingsRevision[],
  current: number | undefined,
): readonly RevisionRow[] {
  const sorted = revisions.toSorted((one, other) => other.revision - one.revision);
  return sorted.map(({ revision, at, who, changes }, index) => ({
    revision,
    at,
    who,
    // One line more takes no more room than the words “1 more”.
    changes: changes.length <= shownChanges + 1 ? changes : changes.slice(0, shownChanges),
    more: changes.length <= shownChanges + 1 ? 0 : changes.length - shownChanges,
    isCurrent: revision === current,
    before: sorted[index + 1]?.revision,
  }));
}
