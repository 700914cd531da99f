import { mkdir, readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Notice } from '../../shared/contract/contract.ts';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import { certificateSchema } from '../../shared/model/certificate.ts';
import {
  type DocumentPlace,
  generationPathsOf,
  moveDamagedBeside,
  pathOf,
  shiftGenerations,
} from '../disk/generations.ts';
import { privateFolderMode, replaceFile } from '../disk/replaceFile.ts';
import { describeWriteError } from '../disk/writeError.ts';

const documentVersion = 1;

const documentSchema = z.object({
  format: z.literal('proxima-certificates'),
  version: z.literal(documentVersion),
  /** Serial of the client certificate that this broker shows. */
  client: certificateSchema.shape.serial.nullable(),
  certificates: z.array(certificateSchema),
});
const newerSchema = z.object({ format: z.literal('proxima-certificates'), version: z.int().min(2) });

/** What is known of all certificates; no key is in it. */
export type CertificateRecords = Pick<z.infer<typeof documentSchema>, 'client' | 'certificates'>;

type ReadDocument =
  | { readonly kind: 'missing' | 'damaged' | 'newer' }
  | { readonly kind: 'good'; readonly records: CertificateRecords; readonly text: string };

/** Where the records lie: in one folder, or in a farm. */
export interface CertificateDocument {
  /** As they were last written or heard of. */
  readonly records: CertificateRecords;
  readonly notices: readonly Notice[];
  /** Writes must not overlap; where one fails, nothing of it is in `records` that isn't written. */
  write(records: CertificateRecords): Promise<Result<void>>;
  /** Somebody changed them. */
  onChange(listener: () => void): void;
}

/**
 * Reads `certificates.json` in a folder that nobody else writes in. Writes fail with `store_failed`. A damaged one is put beside and replaced by the last good generation, with a notice; so is a missing
 * one where there are generations. Fails with `store_failed` where it can't be read, or was written by a newer Proxima.
 */
export async function openCertificateDocument(options: {
  readonly folder: string;
  readonly log: Pick<Logger, 'warn'>;
}): Promise<Result<CertificateDocument>> {
  const { folder, log } = options;
  const place: DocumentPlace = { folder, name: 'certificates', extension: 'json' };
  try {
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    const found = await readDocument(pathOf(place));
    if (found.kind === 'newer')
      return fail(
        'store_failed',
        `${pathOf(place)} was written by a newer version of Proxima; it was not changed`,
      );
    const { records, notices } =
      found.kind === 'good' ? { records: found.records, notices: [] } : await recover(place, found.kind);
    for (const { title, text } of notices)
      log.warn({ title, text }, 'The list of certificates could not be used');
    let written = records;
    return succeed({
      get records() {
        return written;
      },
      notices,
      async write(next) {
        const done = await writeDocument(place, next, log);
        if (done.ok) written = next;
        return done;
      },
      onChange: () => undefined,
    });
  } catch (error) {
    return { ok: false, failure: describeWriteError(error) };
  }
}

async function readDocument(path: string): Promise<ReadDocument> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'missing' };
    throw error;
  }
  try {
    const content: unknown = JSON.parse(text);
    const parsed = documentSchema.safeParse(content);
    if (parsed.success) {
      const { client, certificates } = parsed.data;
      return { kind: 'good', records: { client, certificates }, text };
    }
    return { kind: newerSchema.safeParse(content).success ? 'newer' : 'damaged' };
  } catch {
    return { kind: 'damaged' };
  }
}

/** The first generation is a copy of the document itself: a damage to it alone loses nothing, above all no revocation. */
async function writeDocument(
  place: DocumentPlace,
  records: CertificateRecords,
  log: Pick<Logger, 'warn'>,
): Promise<Result<void>> {
  const document = { format: 'proxima-certificates', version: documentVersion, ...records };
  const text = `${JSON.stringify(document, null, 2)}\n`;
  try {
    await replaceFile(pathOf(place), text);
  } catch (error) {
    return { ok: false, failure: describeWriteError(error) };
  }
  try {
    await shiftGenerations(place);
    await replaceFile(generationPathsOf(place)[0]!, text);
  } catch (error) {
    log.warn({ err: error }, 'The list of certificates could not be kept as a generation');
  }
  return succeed(undefined);
}

async function recover(
  place: DocumentPlace,
  found: 'missing' | 'damaged',
): Promise<{ records: CertificateRecords; notices: Notice[] }> {
  const path = pathOf(place);
  let damaged = found === 'damaged';
  for (const generationPath of generationPathsOf(place)) {
    const generation = await readDocument(generationPath);
    damaged ||= generation.kind !== 'missing';
    if (generation.kind !== 'good') continue;
    const beside = await putBeside(place, found);
    await replaceFile(path, generation.text);
    return {
      records: generation.records,
      notices: [
        describe(
          `${beside} Proxima goes on with the last good version, ${generationPath}. Check in the list of certificates that what you issued or revoked last is there.`,
        ),
      ],
    };
  }
  const records = { client: null, certificates: [] };
  if (!damaged) return { records, notices: [] };
  const beside = await putBeside(place, found);
  return {
    records,
    notices: [
      describe(
        `${beside} No earlier version could be read either, so the list is empty: revoked certificates are not known any more. Private keys were not touched. Import the certificates again, and revoke those that were.`,
      ),
    ],
  };
}

async function putBeside(place: DocumentPlace, found: 'missing' | 'damaged'): Promise<string> {
  const path = pathOf(place);
  if (found === 'missing') return `${path} is missing.`;
  return `${path} is damaged; it was kept as ${await moveDamagedBeside(place, path, new Date())}.`;
}

const describe = (text: string): Notice => ({
  id: `certificates-${Date.now()}`,
  title: 'The list of certificates could not be used',
  text,
});
