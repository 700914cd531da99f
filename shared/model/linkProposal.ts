import { z } from 'zod';
import { failureSchema } from '../contract/failure.ts';
import { hostIdSchema, vaultIdSchema } from './host.ts';
import { protocolSchema } from './protocol.ts';

/** The schemes that people may let Proxima open; `proxima` always is. */
export const foreignSchemeSchema = z.enum(['ssh', 'rdp', 'vnc', 'telnet']);
export type ForeignScheme = z.infer<typeof foreignSchemeSchema>;

/** What a link or a file asks for, and what Proxima would make of it. Nothing is opened or saved until a person says so. */
export const linkProposalSchema = z.object({
  id: z.uuid(),
  /** Where it came from: a scheme, or the kind of the file. */
  source: z.enum(['proxima', 'ssh', 'rdp', 'vnc', 'telnet', 'rdp-file', 'proxima-file']),
  /** The saved host that it means, where there is one. */
  hostId: hostIdSchema.optional(),
  name: z.string().max(200),
  address: z.string().max(300),
  port: z.int().min(1).max(65_535),
  protocol: protocolSchema,
  username: z.string().max(256),
  domain: z.string().max(256),
  /** What it would be opened through, as things are. */
  groupName: z.string(),
  managerName: z.string().optional(),
  /** Names of what the link or file also had and Proxima does not take from it: passwords, drives, recordings, certificates. */
  ignored: z.array(z.string().max(100)).max(100),
});
export type LinkProposal = z.infer<typeof linkProposalSchema>;

export const linkEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('proposed'), proposal: linkProposalSchema }),
  /** `source` tells which link or file it was, cut short and without what may be secret. */
  z.object({ kind: z.literal('refused'), source: z.string().max(200), failure: failureSchema }),
]);
export type LinkEvent = z.infer<typeof linkEventSchema>;

/** How a proposal becomes a session: just opened, or saved in a vault first. */
export const linkAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open') }),
  z.object({
    kind: z.literal('save-and-open'),
    name: z.string().trim().min(1).max(200),
    vaultId: vaultIdSchema,
  }),
]);
export type LinkAnswer = z.infer<typeof linkAnswerSchema>;
