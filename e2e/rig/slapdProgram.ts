import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findUnpacked, type Missing, unpackPackage } from './debianProgram.ts';

const packageName = 'slapd';
const libraryFolder = `usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

export type SlapdProgram =
  | {
      readonly kind: 'found';
      readonly path: string;
      /** Of what came with it and isn't on the machine. */
      readonly libraryPath: string;
      readonly moduleFolder: string;
      readonly schemaFolder: string;
    }
  | Missing;

let finding: Promise<SlapdProgram> | undefined;

/**
 * OpenLDAP's server out of Debian's packages, which are unpacked into a cache folder and not installed: no service is started, no
 * user made, and the AppArmor profile of `/usr/sbin/slapd`, which allows its own folders only, isn't that of this one. The first
 * time takes a few seconds, later ones nothing.
 */
export function findSlapd(report: (line: string) => void = () => {}): Promise<SlapdProgram> {
  finding ??= find(report);
  return finding;
}

async function find(report: (line: string) => void): Promise<SlapdProgram> {
  const unpacked = findUnpacked(packageName);
  const found: SlapdProgram = {
    kind: 'found',
    path: join(unpacked, 'usr/sbin/slapd'),
    libraryPath: join(unpacked, libraryFolder),
    moduleFolder: join(unpacked, 'usr/lib/ldap'),
    schemaFolder: join(unpacked, 'etc/ldap/schema'),
  };
  if (existsSync(found.path)) return found;
  const notDebian = 'this isn’t Debian, whose package has slapd';
  return (await unpackPackage(packageName, { withNeeded: true, notDebian, report })) ?? found;
}
