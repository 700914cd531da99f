import type { FarmNode } from '../../shared/model/farm.ts';
import { useWatched } from './useWatched.ts';

const watchFarm: Parameters<typeof useWatched<{ nodes: FarmNode[] }>>[0] = (client, signal) =>
  client.farm.watch({}, { signal });

const none: readonly FarmNode[] = [];

/** The gateways of the farm, for as long as somebody looks; none in the desktop app by itself. */
export const useFarmNodes = (): readonly FarmNode[] => useWatched(watchFarm)?.nodes ?? none;
