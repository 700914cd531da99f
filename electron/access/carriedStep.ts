import { z } from 'zod';
import { personNameSchema, providerIdSchema } from '../../shared/model/access.ts';
import type { Sealer } from './sealer.ts';

const stepLifetimeMs = 600_000;
const purpose = 'sign-in step';

const carriedStepSchema = z.object({
  /** What comes next: a code, setting the second factor up, or coming back from a provider elsewhere. */
  kind: z.enum(['code', 'set-up', 'elsewhere']),
  providerId: providerIdSchema,
  /** Of a local account whose password was right. */
  name: personNameSchema.optional(),
  /** What the provider elsewhere needs again. */
  kept: z.string().max(1000).optional(),
  returnPath: z.string().max(500),
  endsAt: z.number(),
});
export type CarriedStep = z.infer<typeof carriedStepSchema>;

/** Where somebody is who is signing in, as their browser carries it: sealed, for ten minutes. */
export interface CarriedSteps {
  seal(step: Omit<CarriedStep, 'endsAt'>): string;
  open(carried: string, kind: CarriedStep['kind']): CarriedStep | undefined;
}

export const createCarriedSteps = (sealer: Sealer, now: () => number): CarriedSteps => ({
  seal: (step) => sealer.seal(purpose, JSON.stringify({ ...step, endsAt: now() + stepLifetimeMs })),
  open(carried, kind) {
    const text = sealer.open(purpose, carried);
    if (text === undefined) return undefined;
    const step = carriedStepSchema.safeParse(JSON.parse(text));
    return step.success && step.data.kind === kind && step.data.endsAt > now() ? step.data : undefined;
  },
});
