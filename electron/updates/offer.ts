import { z } from 'zod';
import { compareVersions } from './version.ts';

/** Larger than any installer of an Electron app. */
const maximumBytes = 1024 ** 3;
const maximumNotes = 50_000;

const fileSchema = z.object({
  /** A name in the folder of the feed: nothing that leads anywhere else. */
  url: z
    .string()
    .max(255)
    .regex(/^[A-Za-z0-9][A-Za-z0-9 ._+~()-]*$/, 'it is not the name of a file in the folder of the feed'),
  sha512: z
    .base64()
    .refine((text) => Buffer.from(text, 'base64').length === 64, 'it is not a SHA-512 digest'),
  size: z.int().min(1).max(maximumBytes),
});

/** What of electron-builder's `latest*.yml` is relied on. */
const announcementSchema = z.object({
  files: z.array(fileSchema).min(1).max(50),
  // A web installer would fetch more than what was announced.
  packages: z.null().optional(),
});

const notesSchema = z.union([z.string(), z.array(z.object({ note: z.string().nullable() }))]);

/** A newer version that the feed announces, and what its files have to be. */
export interface Offer {
  readonly version: string;
  /** Plain text. */
  readonly notes: string;
  readonly files: readonly { readonly url: string; readonly sha512: string; readonly size: number }[];
}

export type Verdict =
  | { readonly kind: 'offer'; readonly offer: Offer }
  | { readonly kind: 'nothing'; readonly why: string }
  | { readonly kind: 'untrusted'; readonly why: string };

/** Whether an announcement is one of a newer version that may be installed. An older one is none, whoever announces it. */
export function judgeAnnouncement(
  announced: Readonly<Record<string, unknown>>,
  limits: { readonly currentVersion: string; readonly newestVersion?: string | undefined },
): Verdict {
  const { currentVersion, newestVersion } = limits;
  const version = typeof announced['version'] === 'string' ? announced['version'].slice(0, 64) : '';
  const order = compareVersions(version, currentVersion);
  if (order === undefined) return { kind: 'untrusted', why: 'what it announces is no version' };
  if (order === 0) return { kind: 'nothing', why: 'this is the newest version' };
  if (order < 0) return { kind: 'nothing', why: `the feed has ${version}, which is older than this version` };
  if (newestVersion !== undefined) {
    const cap = compareVersions(version, newestVersion);
    if (cap === undefined) return { kind: 'nothing', why: `${newestVersion} in the policy is no version` };
    if (cap > 0) return { kind: 'nothing', why: `the policy permits no version after ${newestVersion}` };
  }
  const parsed = announcementSchema.safeParse(announced);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { kind: 'untrusted', why: `${issue?.path.join('.')}: ${issue?.message}` };
  }
  const { files } = parsed.data;
  const foreign = files.find(({ url }) => !url.includes(version));
  if (foreign)
    return { kind: 'untrusted', why: `${foreign.url} is announced as version ${version}, and not named so` };
  return { kind: 'offer', offer: { version, notes: readNotes(announced['releaseNotes']), files } };
}

/** Release notes as plain text: of HTML its text, and no control characters. */
function readNotes(notes: unknown): string {
  const parsed = notesSchema.safeParse(notes);
  if (!parsed.success) return '';
  const all = typeof parsed.data === 'string' ? [parsed.data] : parsed.data.map(({ note }) => note ?? '');
  return (
    all
      .join('\n\n')
      .slice(0, 4 * maximumNotes)
      .replace(/\r\n?/g, '\n')
      .replace(/<(br|\/p|\/li|\/h\d)\b[^>]*>/gi, '\n')
      .replace(/<\/?[a-z][^>]*>/gi, '')
      .replace(/&(lt|gt|amp|quot|#39);/g, (_, name: string) => entities[name] ?? '')
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
      .trim()
      .slice(0, maximumNotes)
  );
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };
