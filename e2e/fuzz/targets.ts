import type { FuzzTarget } from './target.ts';
import { engineTarget } from './targets/engine.ts';
import { gateTarget } from './targets/gate.ts';
import { sshTarget, telnetTarget, vncTarget } from './targets/hosts.ts';
import { policyTarget } from './targets/policy.ts';
import { displayTarget } from './targets/display.ts';
import { scannerTarget } from './targets/scanner.ts';
import { sshFilesTarget, sshInsideTarget } from './targets/sshInside.ts';
import { terminalTarget } from './targets/terminal.ts';
import { keysTarget, knownHostsTarget, patternsTarget } from './targets/texts.ts';
import { userTarget } from './targets/user.ts';
import { vncPixelsTarget } from './targets/vncPixels.ts';

export const targets: readonly FuzzTarget[] = [
  gateTarget,
  engineTarget,
  scannerTarget,
  displayTarget,
  userTarget,
  terminalTarget,
  sshTarget,
  sshInsideTarget,
  sshFilesTarget,
  telnetTarget,
  patternsTarget,
  vncTarget,
  vncPixelsTarget,
  knownHostsTarget,
  keysTarget,
  policyTarget,
];

/** @throws where there is none of that name. */
export function findTarget(name: string): FuzzTarget {
  const target = targets.find((one) => one.name === name);
  if (!target) throw new Error(`there is no target ${name}`);
  return target;
}
