import type { Frame } from './frame.ts';
import type { EncodedImage } from './images.ts';
import { addCopies, addImages, addMasks, addTransfers } from './sceneAreas.ts';
import { addBuffers, addLayers } from './sceneLayers.ts';
import { addPaths } from './scenePaths.ts';
import { createScenes } from './scenes.ts';
import { addClips, addTransforms } from './sceneStates.ts';
import { addStreams } from './sceneStreams.ts';

/** Every instruction that draws, each with all of its variants, in an order that never changes. */
export function composeEverything(images: readonly EncodedImage[]): readonly Frame[] {
  const scenes = createScenes(images);
  addMasks(scenes);
  addImages(scenes);
  addTransfers(scenes);
  addCopies(scenes);
  addPaths(scenes);
  addClips(scenes);
  addTransforms(scenes);
  addLayers(scenes);
  addBuffers(scenes);
  addStreams(scenes);
  return scenes.frames;
}
