import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import {
  credentialSchema,
  hostDraftSchema,
  hostIdSchema,
  hostSchema,
  hostSummarySchema,
  secretSchema,
  storedSecretSchema,
  vaultIdSchema,
  vaultSchema,
} from '../model/host.ts';
import { drawnPictureSchema } from '../model/opening.ts';
import { restrictionsSchema } from '../model/policy.ts';
import { groupIdSchema } from '../model/proximityGroup.ts';
import { sessionIdSchema, sessionSchema } from '../model/session.ts';
import { access } from './access.ts';
import { administration } from './administration.ts';
import { desktop } from './desktop.ts';
import { displaySchema } from './display.ts';
import { failureSchema } from './failure.ts';
import { localManager } from './localManager.ts';
import { registry } from './registry.ts';

/** The one typed error of every call: a row of the failure table. */
const call = oc.errors({ FAILED: { data: failureSchema } });

/** Something that a person has to know about their stored documents; shown until dismissed. */
export const noticeSchema = z.object({ id: z.string(), title: z.string(), text: z.string() });
export type Notice = z.infer<typeof noticeSchema>;

export const appDescriptionSchema = z.object({
  version: z.string(),
  runsIn: z.enum(['desktop', 'gateway']),
  /** Where passwords go; `none` where nothing here protects them, so that they are asked for each time. */
  secretStorage: z.enum(['keychain', 'encrypted-file', 'none']),
  groups: z.array(z.object({ id: groupIdSchema, name: z.string() })),
  notices: z.array(noticeSchema),
  /** The session manager that this machine has of its own, and what it opens sessions with. */
  localManager: z.object({ engine: z.string() }).optional(),
  /** What a policy of this machine forbids, and who manages it: told where it is felt. */
  restrictions: restrictionsSchema.optional(),
});
export type AppDescription = z.infer<typeof appDescriptionSchema>;

/** First the whole list in pages (`complete` on the last), then every change as it happens. */
export const hostEventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('page'),
    vaults: z.array(vaultSchema),
    hosts: z.array(hostSummarySchema),
    complete: z.boolean(),
  }),
  z.object({ kind: z.literal('put'), hosts: z.array(hostSummarySchema) }),
  z.object({ kind: z.literal('removed'), hostIds: z.array(hostIdSchema) }),
  z.object({ kind: z.literal('vaults'), vaults: z.array(vaultSchema) }),
]);
export type HostEvent = z.infer<typeof hostEventSchema>;

/** First every session, then each as it changes. */
export const sessionEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all'), sessions: z.array(sessionSchema) }),
  z.object({ kind: z.literal('put'), session: sessionSchema }),
  z.object({ kind: z.literal('forgotten'), sessionId: sessionIdSchema }),
]);
export type SessionEvent = z.infer<typeof sessionEventSchema>;

const nothing = z.object({});

/**
 * THE table of calls and streams between a renderer and its host process; the same over Electron IPC and WebSocket.
 * Session bytes don't travel here: they have a tunnel of their own.
 */
export const contract = {
  ...access,
  ...administration,
  ...desktop,
  ...localManager,
  registry,
  app: {
    describe: call.input(nothing).output(appDescriptionSchema),
    dismissNotice: call.input(z.object({ noticeId: z.string().max(100) })).output(nothing),
  },
  hosts: {
    watch: call.input(nothing).output(eventIterator(hostEventSchema)),
    read: call
      .input(z.object({ hostId: hostIdSchema }))
      .output(z.object({ host: hostSchema, stored: storedSecretSchema })),
    /** Creates a host where `hostId` is absent. Parts of `secret` that are `''` are deleted, absent ones kept. */
    save: call
      .input(z.object({ hostId: hostIdSchema.optional(), draft: hostDraftSchema, secret: secretSchema }))
      .output(z.object({ hostId: hostIdSchema })),
    /** Copies the host with its stored secret. */
    duplicate: call.input(z.object({ hostId: hostIdSchema })).output(z.object({ hostId: hostIdSchema })),
    setFavourite: call.input(z.object({ hostId: hostIdSchema, favourite: z.boolean() })).output(nothing),
    /** Secrets of removed hosts are kept for a minute, so that `undoRemove` brings back everything. */
    remove: call
      .input(z.object({ hostIds: z.array(hostIdSchema).min(1).max(10_000) }))
      .output(z.object({ removalId: z.uuid() })),
    undoRemove: call.input(z.object({ removalId: z.uuid() })).output(nothing),
  },
  vaults: {
    /** Creates a vault where `vaultId` is absent. */
    save: call
      .input(z.object({ vaultId: vaultIdSchema.optional(), name: vaultSchema.shape.name }))
      .output(z.object({ vaultId: vaultIdSchema })),
    /** Only a vault without hosts can be removed, and never the general one. */
    remove: call.input(z.object({ vaultId: vaultIdSchema })).output(nothing),
  },
  sessions: {
    watch: call.input(nothing).output(eventIterator(sessionEventSchema)),
    /**
     * Starts opening a host and returns at once; `watch` tells how it goes. A given credential is used for this opening only,
     * in place of the stored one.
     */
    open: call
      .input(
        z.object({
          hostId: hostIdSchema,
          credential: credentialSchema.optional(),
          display: displaySchema,
        }),
      )
      .output(z.object({ sessionId: sessionIdSchema })),
    /** A window that opened a session tells when its first picture was there; a second time changes nothing. */
    noteDrawn: call
      .input(z.object({ sessionId: sessionIdSchema, drawn: drawnPictureSchema }))
      .output(nothing),
    /** Ends a session, or stops opening it. A closed one is forgotten. */
    close: call.input(z.object({ sessionId: sessionIdSchema })).output(nothing),
  },
};

export type Contract = typeof contract;
