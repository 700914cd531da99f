import type { Credential, Host, Secret } from '../../shared/model/host.ts';
import type { Restrictions } from '../../shared/model/policy.ts';
import { protocolTraits } from '../../shared/model/protocol.ts';
import type { Display } from './ports.ts';
import { restrictedParameters } from './restrictions.ts';

/**
 * The arguments that guacd is sent for a host: the protocol's defaults, then the host's settings, then the address and the
 * secret. A credential that was typed for this opening wins over the stored one, and the machine's policy over everything.
 */
export function connectionParameters(
  host: Host,
  stored: Secret,
  typed: Credential | undefined,
  display: Display,
  restrictions?: Restrictions,
): Record<string, string> {
  const traits = protocolTraits[host.protocol];
  const secret = { ...stored, ...typed };
  const defaults = traits.settings.map(({ name, fallback }) => [name, fallback] as const);
  return {
    ...Object.fromEntries(defaults),
    // Told no resolution, guacd draws RDP at 96 DPI, and the picture has fewer pixels than the screen.
    ...(host.protocol === 'rdp' && { dpi: String(display.dpi) }),
    ...host.settings,
    hostname: host.address,
    port: String(host.port),
    username: typed?.username ?? host.username,
    ...(traits.wantsDomain && { domain: typed?.domain ?? host.domain }),
    password: secret.password ?? '',
    ...(traits.wantsPrivateKey && {
      'private-key': secret.privateKey ?? '',
      passphrase: secret.passphrase ?? '',
    }),
    ...restrictedParameters(restrictions),
  };
}
