import type { ClusterEvent } from '../../shared/model/clusterHealth.ts';

/** Something that happened, before the time line has numbered and dated it. */
export type Happening = Omit<ClusterEvent, 'id' | 'at'>;

export interface TimeLine {
  add(happening: Happening): void;
  /** Newest first. */
  events(): ClusterEvent[];
}

const keptEvents = 200;
const longestText = 500;

/** The newest events, in the order in which they happened. */
export function createTimeLine(now: () => number): TimeLine {
  let newestFirst: readonly ClusterEvent[] = [];
  let latestId = 0;
  return {
    add(happening) {
      latestId += 1;
      const text =
        happening.text.length > longestText ? `${happening.text.slice(0, longestText - 1)}…` : happening.text;
      newestFirst = [{ ...happening, text, id: latestId, at: now() }, ...newestFirst].slice(0, keptEvents);
    },
    events: () => [...newestFirst],
  };
}
