import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findUnpacked, type Missing, unpackPackage } from './debianProgram.ts';

const packageName = 'etcd-server';

export type EtcdProgram = { readonly kind: 'found'; readonly path: string } | Missing;

let finding: Promise<EtcdProgram> | undefined;

/**
 * Debian's etcd: of this machine where it is installed, else out of its package, which is unpacked into a cache folder and not
 * installed, so that no service is started. The first time takes a few seconds, later ones nothing.
 */
export function findEtcd(report: (line: string) => void = () => {}): Promise<EtcdProgram> {
  finding ??= find(report);
  return finding;
}

async function find(report: (line: string) => void): Promise<EtcdProgram> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const unpacked = join(findUnpacked(packageName), 'usr/bin/etcd');
  const path = [...folders.map((folder) => join(folder, 'etcd')), unpacked].find((candidate) =>
    existsSync(candidate),
  );
  if (path !== undefined) return { kind: 'found', path };
  const notDebian = 'etcd isn’t installed, and this isn’t Debian, whose package has it';
  const missing = await unpackPackage(packageName, { withNeeded: false, notDebian, report });
  return missing ?? { kind: 'found', path: unpacked };
}
