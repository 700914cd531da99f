import { oc } from '@orpc/contract';
import { z } from 'zod';
import { guacdOfferSchema } from '../model/guacdOffer.ts';
import { failureSchema } from './failure.ts';

const call = oc.errors({ FAILED: { data: failureSchema } });
const nothing = z.object({});

/** The session manager of this very machine, where there is one. */
export const localManager = {
  localManager: {
    /** `null` where this machine runs no session manager of its own. */
    guacdOffer: call.input(nothing).output(z.object({ offer: guacdOfferSchema.nullable() })),
    /**
     * Makes the local manager open with guacd what it can't open by itself; `install` runs the offered command before. Takes as long
     * as that does. Fails with `guacd_missing` where there is none afterwards.
     */
    adoptGuacd: call.input(z.object({ install: z.boolean() })).output(nothing),
  },
};
