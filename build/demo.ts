import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostsOf } from '../e2e/rig/hosts.ts';
import { startRig } from '../e2e/rig/rig.ts';

/** Servers on loopback, the file of hosts that leads to them, and folders that are there for as long as it lasts. */
export interface Demo {
  readonly dataFolder: string;
  readonly configurationFolder: string;
  readonly hostFile: string;
  stop(): Promise<void>;
}

/** @throws when one of the servers doesn't come up. */
export async function startDemo(report: (line: string) => void): Promise<Demo> {
  report('Starting the sample hosts …');
  const rig = await startRig({
    parts: ['ssh', 'vnc', 'rdp', 'rdpNla', 'telnet'],
    report: (line) => report(`  ${line}`),
  });
  const folder = mkdtempSync(join(tmpdir(), 'proxima-demo-'));
  const hostFile = join(folder, 'hosts.json');
  writeFileSync(hostFile, JSON.stringify({ vault: 'Demo', hosts: hostsOf(rig) }), { mode: 0o600 });
  return {
    dataFolder: join(folder, 'data'),
    configurationFolder: join(folder, 'configuration'),
    hostFile,
    async stop() {
      rmSync(folder, { recursive: true, force: true });
      await rig.stop();
    },
  };
}
