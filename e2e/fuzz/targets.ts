import type { FuzzTarget } from './target.ts';
import { gateTarget } from './targets/gate.ts';
import { scannerTarget } from './targets/scanner.ts';
import { sshTarget, telnetTarget, vncTarget } from './targets/hosts.ts';
import { terminalTarget } from './targets/terminal.ts';
import { userTarget } from './targets/user.ts';

export const targets: readonly FuzzTarget[] = [
  gateTarget,
  userTarget,
  terminalTarget,
  sshTarget,
  telnetTarget,
  vncTarget,
  scannerTarget,
];

/** @throws where there is none of that name. */
export function findTarget(name: string): FuzzTarget {
  const target = targets.find((one) => one.name === name);
  if (!target) throw new Error(`there is no target ${name}`);
  return target;
}
