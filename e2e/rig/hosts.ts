import type { HostDraft, Secret } from '../../shared/model/host.ts';
import type { Rig } from './rig.ts';

/** One entry of a host file, as `--add-hosts` reads it. */
export interface RigHost {
  readonly id: string;
  readonly draft: Omit<HostDraft, 'vaultId'>;
  readonly secret: Secret;
}

/** A saved host for each target of the rig: the demo's, and those that the end-to-end tests open. */
export function hostsOf({ ssh, telnet, vnc, rdp, rdpNla }: Rig): readonly RigHost[] {
  return [
    describe(
      1,
      'SSH shell',
      'ssh',
      ssh.port,
      { username: ssh.username, favourite: true },
      { password: ssh.password },
    ),
    describe(2, 'VNC desktop', 'vnc', vnc.port, { favourite: true }, { password: vnc.password }),
    describe(
      3,
      'RDP desktop',
      'rdp',
      rdp.port,
      { username: rdp.username, favourite: true, settings: { 'ignore-cert': 'true' } },
      { password: rdp.password },
    ),
    describe(
      4,
      'Telnet shell',
      'telnet',
      telnet.port,
      {
        username: telnet.username,
        favourite: true,
        settings: {
          'username-regex': telnet.usernameRegex,
          'password-regex': telnet.passwordRegex,
          'login-failure-regex': telnet.loginFailureRegex,
          'login-success-regex': telnet.loginSuccessRegex,
        },
      },
      { password: telnet.password },
    ),
    describe(
      5,
      'RDP with NLA',
      'rdp',
      rdpNla.port,
      { username: rdpNla.username, settings: { security: 'nla', 'ignore-cert': 'true' } },
      { password: rdpNla.password },
    ),
    describe(6, 'SSH by key', 'ssh', ssh.port, { username: ssh.username }, { privateKey: ssh.privateKeyPem }),
  ];
}

function describe(
  number: number,
  name: string,
  protocol: HostDraft['protocol'],
  port: number,
  draft: Partial<HostDraft>,
  secret: Secret,
): RigHost {
  return {
    id: `00000000-0000-4000-9000-${String(number).padStart(12, '0')}`,
    draft: {
      name,
      protocol,
      address: '127.0.0.1',
      port,
      tags: ['sample'],
      favourite: false,
      username: '',
      domain: '',
      settings: {},
      ...draft,
    },
    secret,
  };
}
