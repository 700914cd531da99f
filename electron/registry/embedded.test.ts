import { createEmbeddedRegistry } from './embedded.ts';
import { registryConformance } from './registry.conformance.ts';

registryConformance('the embedded adapter', () => Promise.resolve(createEmbeddedRegistry()));
