import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import {
  accountSchema,
  identityProviderSchema,
  passwordSchema,
  personNameSchema,
  personSchema,
  providerIdSchema,
  rightSchema,
} from '../model/access.ts';
import { farmNodeSchema, routeSchema } from '../model/farm.ts';
import { vaultIdSchema } from '../model/host.ts';
import { displaySchema } from './display.ts';
import { sessionIdSchema } from '../model/session.ts';
import { failureSchema } from './failure.ts';

const call = oc.errors({ FAILED: { data: failureSchema } });
const nothing = z.object({});

/** The person whose window this is, with what they may do; only for showing: the host process decides by itself. */
export const ownAccessSchema = z.object({
  person: personSchema,
  /** `false` for whoever sits at the desktop app itself: there is nothing to sign out of. */
  canSignOut: z.boolean(),
  hasSecondFactor: z.boolean(),
  vaults: z.array(z.object({ vaultId: vaultIdSchema, rights: z.array(rightSchema) })),
});
export type OwnAccess = z.infer<typeof ownAccessSchema>;

export const access = {
  people: {
    /** At once, and whenever what they may do changes. */
    watchOwn: call.input(nothing).output(eventIterator(ownAccessSchema)),
    /** `everywhere`: all their browsers, on every node; their sessions end. */
    signOut: call.input(z.object({ everywhere: z.boolean() })).output(nothing),
    changePassword: call
      .input(z.object({ current: z.string().max(256), next: passwordSchema }))
      .output(nothing),
    /** A new secret, not in use before it is confirmed; shown once. `uri` as authenticator apps read it (RFC 6238). */
    beginSecondFactor: call
      .input(z.object({ password: z.string().max(256) }))
      .output(z.object({ uri: z.string(), secret: z.string() })),
    confirmSecondFactor: call
      .input(z.object({ code: z.string().max(16) }))
      .output(z.object({ recoveryCodes: z.array(z.string()) })),
    removeSecondFactor: call.input(z.object({ password: z.string().max(256) })).output(nothing),
  },
  accounts: {
    watch: call.input(nothing).output(eventIterator(z.object({ accounts: z.array(accountSchema) }))),
    /** Makes the account where there is none of that name. */
    save: call
      .input(
        accountSchema.pick({ name: true, displayName: true, groups: true, roles: true, isDisabled: true }),
      )
      .output(nothing),
    /** A path with a one-time token under which the person chooses a password, within a day; shown once. Signs them out everywhere. */
    invite: call.input(z.object({ name: personNameSchema })).output(z.object({ path: z.string() })),
    resetSecondFactor: call.input(z.object({ name: personNameSchema })).output(nothing),
    remove: call.input(z.object({ name: personNameSchema })).output(nothing),
  },
  providers: {
    /** The client secret, or the password of the search; `''` deletes it. Never told again. */
    setSecret: call
      .input(z.object({ providerId: providerIdSchema, secret: z.string().max(1024) }))
      .output(nothing),
    /** Reaches out to a provider that needn't be saved, and tells in sentences what it found, up to the failure. */
    check: call
      .input(z.object({ provider: identityProviderSchema, secret: z.string().max(1024).optional() }))
      .output(z.object({ findings: z.array(z.string()), failure: failureSchema.optional() })),
  },
  farm: {
    /** The nodes as they are, at once and as they change; one, for a gateway by itself; none, in the desktop app. */
    watch: call.input(nothing).output(eventIterator(z.object({ nodes: z.array(farmNodeSchema) }))),
    /** Lets a node take no new people and hand over those it has. */
    drain: call.input(z.object({ route: routeSchema })).output(nothing),
  },
  takeover: {
    /**
     * A session whose node is gone, or that is handed over: re-attached where its manager still holds it, else its host is
     * opened anew under another id. Fails with `session_unknown` where it isn't this person's or is over.
     */
    resume: call
      .input(z.object({ sessionId: sessionIdSchema, display: displaySchema }))
      .output(
        z.object({ sessionId: sessionIdSchema, how: z.enum(['still-here', 're-attached', 'opened-anew']) }),
      ),
  },
};
