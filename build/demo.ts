import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SampleHost, sampleHost } from '../e2e/gateway.ts';
import { type Rig, startRig } from '../e2e/rig/rig.ts';

/** Servers on loopback, the file of hosts that leads to them, and a data folder for as long as it lasts. */
export interface Demo {
  readonly dataFolder: string;
  readonly hostFile: string;
  readonly configurationFolder: string;
  stop(): Promise<void>;
}

/** @throws when one of the servers doesn't come up. */
export async function startDemo(report: (line: string) => void): Promise<Demo> {
  report('Starting the sample hosts …');
  const rig = await startRig({
    parts: ['ssh', 'vnc', 'rdp', 'telnet'],
    report: (line) => report(`  ${line}`),
  });
  const folder = mkdtempSync(join(tmpdir(), 'proxima-demo-'));
  const hostFile = join(folder, 'hosts.json');
  writeFileSync(hostFile, JSON.stringify({ vault: 'Demo', hosts: composeHosts(rig) }), { mode: 0o600 });
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

function composeHosts({ ssh, vnc, rdp, telnet }: Rig): SampleHost[] {
  return [
    sampleHost(
      1,
      {
        name: 'Linux shell',
        protocol: 'ssh',
        port: ssh.port,
        username: ssh.username,
        tags: ['shell'],
        favourite: true,
        settings: { 'host-key': ssh.hostKeyLine },
      },
      { password: ssh.password },
    ),
    sampleHost(
      2,
      { name: 'Drawing desktop', protocol: 'vnc', port: vnc.port, tags: ['desktop'] },
      { password: vnc.password },
    ),
    sampleHost(
      3,
      {
        name: 'Office desktop',
        protocol: 'rdp',
        port: rdp.port,
        username: rdp.username,
        tags: ['desktop'],
        favourite: true,
        settings: { 'ignore-cert': 'true' },
      },
      { password: rdp.password },
    ),
    sampleHost(
      4,
      {
        name: 'Old switch',
        protocol: 'telnet',
        port: telnet.port,
        username: telnet.username,
        tags: ['network'],
        settings: {
          'username-regex': telnet.usernameRegex,
          'password-regex': telnet.passwordRegex,
          'login-failure-regex': telnet.loginFailureRegex,
          'login-success-regex': telnet.loginSuccessRegex,
        },
      },
      { password: telnet.password },
    ),
  ];
}
