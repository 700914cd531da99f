import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Bundle, Certificate } from '../../shared/model/certificate.ts';
import type { MachineFile } from '../broker/ports.ts';
import { describeClientFiles, describeServerFiles } from './bundleFiles.ts';

/** What goes to one machine. The private key is a secret. */
export interface BundleContent {
  readonly certificate: Certificate;
  /** The certificate and what is between it and its root. */
  readonly chainPem: string;
  readonly privateKeyPem: string;
  /** Whom the machine has to believe: those of its clients, or those of its servers. */
  readonly authoritiesPem: string;
  /** Serials that are refused. */
  readonly revoked: readonly string[];
}

const folderMode = 0o700;

/** Packs everything that the certificate's machine needs as `.tar.gz`, in one folder. */
export function packBundle(content: BundleContent, now: Date): Promise<Bundle> {
  const { certificate } = content;
  const files = certificate.kind === 'server' ? describeServerFiles(content) : describeClientFiles(content);
  return packMachineFiles(certificate.name, files, now);
}

/** Packs `files` as `.tar.gz`, in one folder that is named after the machine. */
export async function packMachineFiles(
  machine: string,
  files: readonly MachineFile[],
  now: Date,
): Promise<Bundle> {
  const folder = `proxima-${toFileName(machine)}`;
  return {
    fileName: `${folder}.tar.gz`,
    contentBase64: (await promisify(gzip)(await packFiles(folder, files, now))).toString('base64'),
    files: files.map(({ name, purpose }) => ({ name, purpose })),
  };
}

async function packFiles(folder: string, files: readonly MachineFile[], mtime: Date): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: `${folder}/`, type: 'directory', mode: folderMode, mtime });
  for (const { name, mode, text } of files) archive.entry({ name: `${folder}/${name}`, mode, mtime }, text);
  archive.finalize();
  return buffer(archive);
}

/** A name that every system and shell takes as it is. */
function toFileName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{Mark}/gu, '')
    .replace(/[^a-z0-9]+/g, '-');
  return plain.slice(0, 40).replace(/^-|-$/g, '') || 'machine';
}
