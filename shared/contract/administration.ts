import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { auditRecordSchema } from '../model/audit.ts';
import { bundleSchema, certificateRequestSchema, certificateSchema } from '../model/certificate.ts';
import { clusterHealthSchema } from '../model/clusterHealth.ts';
import { managerCheckEventSchema } from '../model/managerCheck.ts';
import { placementRequestSchema } from '../model/placement.ts';
import { trustSchema } from '../model/proximityGroup.ts';
import { sessionIdSchema } from '../model/session.ts';
import { managerIdSchema, sessionManagerSchema } from '../model/sessionManager.ts';
import { settingsSchema } from '../model/settings.ts';
import { hostWhatIfSchema, whatIfReportSchema, whatIfSchema } from '../model/whatIf.ts';
import { failureSchema } from './failure.ts';

const call = oc.errors({ FAILED: { data: failureSchema } });
const nothing = z.object({});

/** The settings with what the window has to know about them. */
export const settingsViewSchema = z.object({
  settings: settingsSchema,
  /** Counts up with every save. */
  revision: z.int().nonnegative(),
  /** Fields that a machine-wide policy decides, as paths (`groups`, `queueTimeoutMs`); nobody can change them here. */
  locked: z.array(z.object({ path: z.string(), managedBy: z.string() })),
});
export type SettingsView = z.infer<typeof settingsViewSchema>;

/** One saved state, without the state itself. */
export const settingsRevisionSchema = z.object({
  revision: z.int().nonnegative(),
  at: z.int(),
  who: z.string(),
  /** What changed against the one before, in words. */
  changes: z.array(z.string()),
});
export type SettingsRevision = z.infer<typeof settingsRevisionSchema>;

/** A save against an older revision isn't done: the second of two administrators gets the difference. */
const saveOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('saved'), revision: z.int() }),
  z.object({
    kind: z.literal('conflict'),
    current: settingsViewSchema,
    who: z.string(),
    /** What was saved meanwhile, against the revision that the caller began with. */
    theirs: z.array(z.string()),
  }),
]);

const serial = certificateSchema.shape.serial;
const bounded = z.string().max(2_000_000);

/** The administrators' half of the contract. */
export const administration = {
  settings: {
    /** At once, and whenever they change. */
    watch: call.input(nothing).output(eventIterator(settingsViewSchema)),
    save: call
      .input(z.object({ base: z.int().nonnegative(), settings: settingsSchema }))
      .output(saveOutcomeSchema),
    /** Newest first, the last hundred. */
    history: call.input(nothing).output(z.object({ revisions: z.array(settingsRevisionSchema) })),
    readRevision: call
      .input(z.object({ revision: z.int().nonnegative() }))
      .output(z.object({ settings: settingsSchema })),
    /** What differs between two states, in words; neither has to be saved. */
    compare: call
      .input(z.object({ from: settingsSchema, to: settingsSchema }))
      .output(z.object({ changes: z.array(z.string()) })),
    exportText: call.input(nothing).output(z.object({ fileName: z.string(), text: z.string() })),
    /** Reads exported settings without saving them; the dry run of an import. */
    readExport: call
      .input(z.object({ text: bounded }))
      .output(z.object({ settings: settingsSchema, changes: z.array(z.string()) })),
  },
  managers: {
    /** A live check, step by step; the manager needn't be saved. */
    check: call
      .input(z.object({ manager: sessionManagerSchema, trust: trustSchema }))
      .output(eventIterator(managerCheckEventSchema)),
    /** Opens a session anew on another manager of its group, as people on a draining one are offered; the old one ends. */
    moveSession: call
      .input(z.object({ sessionId: sessionIdSchema }))
      .output(z.object({ sessionId: sessionIdSchema })),
  },
  whatIf: {
    host: call
      .input(z.object({ whatIf: whatIfSchema, request: placementRequestSchema }))
      .output(hostWhatIfSchema),
    allHosts: call.input(z.object({ whatIf: whatIfSchema })).output(whatIfReportSchema),
  },
  certificates: {
    /** `shown` is the serial of the client certificate that this broker shows to managers; absent where it shows none of these. */
    list: call
      .input(nothing)
      .output(z.object({ certificates: z.array(certificateSchema), shown: serial.optional() })),
    createAuthority: call
      .input(z.object({ name: z.string().trim().min(1).max(64), lifetimeDays: z.int().min(30).max(7300) }))
      .output(z.object({ serial })),
    issue: call
      .input(z.object({ authority: serial, request: certificateRequestSchema }))
      .output(z.object({ serial })),
    /** Issues one with the same names and a new key; the old one stays valid until it is revoked. */
    renew: call
      .input(z.object({ serial, lifetimeDays: z.int().min(1).max(3650) }))
      .output(z.object({ serial })),
    revoke: call.input(z.object({ serial })).output(nothing),
    /** Everything the certificate's machine needs, with its guacd and TLS-front configuration. */
    exportBundle: call.input(z.object({ serial })).output(bundleSchema),
    /** PEM text (certificates and keys in any order), or PKCS#12 in Base64 with its passphrase. */
    importFile: call
      .input(
        z.discriminatedUnion('format', [
          z.object({ format: z.literal('pem'), text: bounded }),
          z.object({ format: z.literal('pkcs12'), contentBase64: bounded, passphrase: z.string().max(1024) }),
        ]),
      )
      .output(z.object({ serials: z.array(serial) })),
    /** Which client certificate this broker shows to managers that ask for one; `null`: none. */
    chooseClient: call.input(z.object({ serial: serial.nullable() })).output(nothing),
  },
  health: {
    /** At once, and about every two seconds while something changes. */
    watch: call.input(nothing).output(eventIterator(clusterHealthSchema)),
    /** Looks at one manager now. */
    probe: call.input(z.object({ managerId: managerIdSchema })).output(nothing),
  },
  audit: {
    /** Newest first, the last five hundred. `intact: false` where the chain is broken, with the number of the first bad record. */
    read: call
      .input(nothing)
      .output(
        z.object({ records: z.array(auditRecordSchema), intact: z.boolean(), brokenAt: z.int().optional() }),
      ),
  },
};
