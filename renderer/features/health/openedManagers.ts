import type { ManagerStatus } from '../../../shared/model/clusterHealth.ts';
import type { OpeningSummary } from '../../../shared/model/opening.ts';
import { matchesWords } from './textFilter.ts';

/** A manager that something was opened on. */
export interface OpenedManager extends ManagerStatus {
  readonly openings: OpeningSummary;
}

const wholeOf = ({ openings: { picture, steps } }: OpenedManager) =>
  picture?.p50 ?? steps.reduce((sum, { p50 }) => sum + p50, 0);

/** Those whose name or address fits, the slowest first. */
export const filterOpened = (managers: readonly ManagerStatus[], query: string): readonly OpenedManager[] =>
  managers
    .flatMap((manager): OpenedManager[] =>
      manager.openings ? [{ ...manager, openings: manager.openings }] : [],
    )
    .filter(({ name, address, port }) => matchesWords(query, [name, `${address}:${port}`]))
    .toSorted((left, right) => wholeOf(right) - wholeOf(left));
