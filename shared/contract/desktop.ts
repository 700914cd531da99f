import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { credentialSchema, hostIdSchema } from '../model/host.ts';
import { linkAnswerSchema, linkEventSchema } from '../model/linkProposal.ts';
import { preferencesSchema } from '../model/preferences.ts';
import { protocolSchema } from '../model/protocol.ts';
import { sessionIdSchema } from '../model/session.ts';
import { updateStateSchema } from '../model/update.ts';
import { displaySchema } from './display.ts';
import { failureSchema } from './failure.ts';

const call = oc.errors({ FAILED: { data: failureSchema } });
const nothing = z.object({});

/** A session that was open when Proxima ended without closing it. */
export const interruptedSessionSchema = z.object({
  /** By which it is taken up again where its manager still holds it (`takeover.resume`). */
  sessionId: sessionIdSchema.optional(),
  hostId: hostIdSchema,
  hostName: z.string(),
  protocol: protocolSchema,
  /** Epoch ms of its opening. */
  openedAt: z.int(),
});
export type InterruptedSession = z.infer<typeof interruptedSessionSchema>;

/** What makes it an app of the desktop: links, files, coming back after a crash, diagnostics, updates. */
export const desktop = {
  links: {
    /** Links and files that wait for their person: at once, and as they come. Only one window is asked about each. */
    watch: call.input(nothing).output(eventIterator(linkEventSchema)),
    /** A link or the text of a file that was given to the window: typed, dropped, chosen. Answers on `watch`. */
    propose: call
      .input(
        z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('link'), text: z.string().max(10_000) }),
          z.object({
            kind: z.literal('file'),
            name: z.string().max(255),
            contentBase64: z.string().max(400_000),
          }),
        ]),
      )
      .output(nothing),
    /** The person agreed. Starts opening and returns at once, as `sessions.open` does. */
    accept: call
      .input(
        z.object({
          proposalId: z.uuid(),
          answer: linkAnswerSchema,
          credential: credentialSchema.optional(),
          display: displaySchema,
        }),
      )
      .output(z.object({ sessionId: sessionIdSchema })),
    dismiss: call.input(z.object({ proposalId: z.uuid() })).output(nothing),
  },
  recovery: {
    /** What was open when Proxima last ended without closing it; empty after an orderly end. */
    read: call.input(nothing).output(z.object({ sessions: z.array(interruptedSessionSchema) })),
    /** Forgets them: reopened, or not wanted. */
    dismiss: call.input(nothing).output(nothing),
  },
  preferences: {
    watch: call.input(nothing).output(eventIterator(preferencesSchema)),
    save: call.input(z.object({ preferences: preferencesSchema })).output(nothing),
  },
  updates: {
    watch: call.input(nothing).output(eventIterator(updateStateSchema)),
    look: call.input(nothing).output(nothing),
    /** Quits and installs. Fails with `sessions_are_live` where there are some, unless `evenWithSessions`. */
    install: call.input(z.object({ evenWithSessions: z.boolean() })).output(nothing),
  },
  diagnostics: {
    /** Versions, settings, recent log; secrets, names of people and hosts stripped. For the person to read before it is copied. */
    read: call.input(nothing).output(z.object({ text: z.string() })),
  },
};
