import type { PlacementRequest } from '../../shared/model/placement.ts';
import type { HostWhatIf } from '../../shared/model/whatIf.ts';
import { place, type PlacementView } from '../broker/placement.ts';
import { type Circumstances, viewImagined, viewToday } from './question.ts';

/** One host, placed by today's settings and by the imagined ones. Among equals the earlier in the list is named, both times. */
export function placeImagined(request: PlacementRequest, circumstances: Circumstances): HostWhatIf {
  const placeIn = (view: PlacementView) => {
    const { group, candidates, trace } = place(request, view, circumstances.now, () => 0);
    const [first] = candidates;
    return { groupId: group.id, ...(first && { managerId: first.id }), trace };
  };
  return { today: placeIn(viewToday(circumstances)), after: placeIn(viewImagined(circumstances)) };
}
