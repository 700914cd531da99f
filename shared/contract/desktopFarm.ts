import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { farmChoiceSchema } from '../model/farmChoice.ts';
import { failureSchema } from './failure.ts';

const call = oc.errors({ FAILED: { data: failureSchema } });
const nothing = z.object({});

/** Which farm the desktop app uses, and where it stands with it. */
export const farmStateSchema = z.object({
  /** `null`: it has a broker of its own. */
  farm: farmChoiceSchema.nullable(),
  /** Who decided that, where it wasn't the person. */
  decidedBy: z.string().optional(),
  standing: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('own') }),
    z.object({ kind: z.literal('connecting') }),
    /** With what went wrong at the last try. */
    z.object({ kind: z.literal('signed-out'), failure: failureSchema.optional() }),
    /** For the system's browser, which is at this address; it shows the same word. */
    z.object({
      kind: z.literal('waiting'),
      address: z.string(),
      checkWord: z.string(),
      failure: failureSchema.optional(),
    }),
    z.object({ kind: z.literal('signed-in') }),
    /** It is tried again by itself. */
    z.object({ kind: z.literal('failed'), failure: failureSchema }),
  ]),
});
export type FarmState = z.infer<typeof farmStateSchema>;

/** What the desktop app answers by itself, whichever broker it uses; over a port of its own (`purpose: 'farm'`). */
export const desktopFarmContract = {
  farm: {
    /** At once, and whenever it changes. */
    watch: call.input(nothing).output(eventIterator(farmStateSchema)),
    /** Starts the app anew with it. Fails with `sessions_are_live` where there are some, unless `evenWithSessions`. */
    choose: call
      .input(z.object({ farm: farmChoiceSchema.nullable(), evenWithSessions: z.boolean() }))
      .output(nothing),
    /** Opens the system's browser, which comes back with a code by itself. */
    signIn: call.input(nothing).output(nothing),
    /** The code, or the link, that the browser shows. */
    enterCode: call.input(z.object({ text: z.string().max(500) })).output(nothing),
    signOut: call.input(nothing).output(nothing),
  },
};
