import { systemClock } from './clock.ts';
import { createMemoryEngine } from './memoryEngine.ts';
import { registryConformance } from './registry.conformance.ts';

registryConformance('the memory engine', async () => {
  const engine = createMemoryEngine({
    clock: systemClock,
    // Calls and events get there and back in any order that a network would give them.
    defer(callback) {
      const chance = Math.random();
      if (chance < 0.4) queueMicrotask(callback);
      else if (chance < 0.8) setImmediate(callback);
      else setTimeout(callback, 3 * Math.random());
    },
    lateness: Math.random,
  });
  return {
    connect: async () => ({ ...engine, close: async () => undefined }),
    compact: async () => engine.compact(),
    close: () => engine.close(),
  };
});
