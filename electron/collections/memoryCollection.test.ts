import { collectionConformance } from './collection.conformance.ts';
import { createMemoryCollection } from './memoryCollection.ts';

collectionConformance('memory', { isShared: false, isLasting: false, manyMs: 5_000 }, async () => ({
  open: async () => createMemoryCollection(),
}));
