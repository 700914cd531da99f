import type { UpdateState } from '../../../../shared/model/update.ts';
import type { useWatched } from '../../../app/useWatched.ts';

/** Where the app stands with updates. */
export const watchUpdates: Parameters<typeof useWatched<UpdateState>>[0] = (client, signal) =>
  client.updates.watch({}, { signal });
