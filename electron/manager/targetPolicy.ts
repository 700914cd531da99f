import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { parseAddress, parseAddressRange } from '../../shared/model/address.ts';
import type { ManagerPolicy, TargetRule } from './policy.ts';

/** One thing that an engine will dial for a session. */
export interface DialledTarget {
  readonly hostArgument: string;
  readonly portArgument: string;
  readonly defaultPort: number;
}

const defaultPorts: Readonly<Record<string, number>> = { rdp: 3389, ssh: 22, telnet: 23, vnc: 5900 };

/** Everything that an engine would dial with these arguments; what else it could dial is refused by the argument table. */
export function listTargets(
  protocol: string,
  parameters: Readonly<Record<string, string>>,
): readonly DialledTarget[] {
  const main = { hostArgument: 'hostname', portArgument: 'port', defaultPort: defaultPorts[protocol] ?? 0 };
  const named = (argument: string) => (parameters[argument] ?? '') !== '';
  return [
    main,
    ...(named('sftp-hostname') && parameters['enable-sftp'] === 'true'
      ? [{ hostArgument: 'sftp-hostname', portArgument: 'sftp-port', defaultPort: 22 }]
      : []),
    ...(named('gateway-hostname')
      ? [{ hostArgument: 'gateway-hostname', portArgument: 'gateway-port', defaultPort: 443 }]
      : []),
    ...(named('wol-broadcast-addr') && parameters['wol-send-packet'] === 'true'
      ? [{ hostArgument: 'wol-broadcast-addr', portArgument: 'wol-udp-port', defaultPort: 9 }]
      : []),
  ];
}

/** Whether a manager with these rules may dial the address at this port. */
export function isTargetAllowed(address: string, port: number, targets: ManagerPolicy['targets']): boolean {
  const matches = (rules: readonly TargetRule[]) => rules.some((rule) => matchesTarget(rule, address, port));
  return !matches(targets.deny) && (targets.allow === undefined || matches(targets.allow));
}

function matchesTarget({ addresses, ports }: TargetRule, address: string, port: number): boolean {
  const parsed = parseAddress(address);
  if (!parsed) return false;
  const isAt = addresses.some((text) => {
    const range = parseAddressRange(text);
    return range?.family === parsed.family && range.first <= parsed.value && parsed.value <= range.last;
  });
  return (
    isAt &&
    ports.some((text) => {
      if (text === '*') return true;
      const [first = 0, last = first] = text.split('-').map(Number);
      return first <= port && port <= last;
    })
  );
}

/** Finds the addresses of a name, best first. Rejects where there are none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

const resolveBySystem: Resolve = async (name) =>
  (await lookup(name, { all: true, order: 'verbatim' })).map(({ address }) => address);

export type TargetVerdict =
  | { readonly kind: 'allowed'; readonly parameters: Readonly<Record<string, string>> }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unresolved'; readonly why: string };

const resolveTimeoutMs = 5_000;

/**
 * Checks everything that would be dialled, and puts the address that was checked in the place of the name: a name that leads
 * elsewhere a moment later (DNS rebinding) is not asked for again.
 *
 * RDP with TLS and a certificate that is verified keeps its name, because the certificate was made for it: who answers at another
 * address can't prove that name either.
 */
export async function checkTargets(
  protocol: string,
  parameters: Readonly<Record<string, string>>,
  targets: ManagerPolicy['targets'],
  resolve: Resolve = resolveBySystem,
): Promise<TargetVerdict> {
  let checked = parameters;
  for (const { hostArgument, portArgument, defaultPort } of listTargets(protocol, parameters)) {
    const name = (parameters[hostArgument] ?? '').trim();
    const given = parameters[portArgument] ?? '';
    const port = given === '' ? defaultPort : Number(given);
    if (!/^\d*$/.test(given) || port < 1 || port > 65_535)
      return { kind: 'refused', why: `${portArgument} is not a port` };
    if (name === '') return { kind: 'refused', why: `${hostArgument} is empty` };
    const found = await findAddresses(name, resolve);
    if (found.length === 0)
      return { kind: 'unresolved', why: `the name in ${hostArgument} could not be resolved` };
    const allowed = found.filter((address) => isTargetAllowed(address, port, targets));
    const [address] = allowed;
    if (address === undefined)
      return { kind: 'refused', why: `port ${port} of ${found[0]} is not among the targets of this manager` };
    const keepsName = hostArgument === 'hostname' && provesItsName(protocol, parameters);
    if (keepsName && allowed.length < found.length)
      return { kind: 'refused', why: 'not every address of the name is among the targets of this manager' };
    if (!keepsName && name !== address) checked = dialAddress(checked, hostArgument, address);
  }
  return { kind: 'allowed', parameters: checked };
}

async function findAddresses(name: string, resolve: Resolve): Promise<readonly string[]> {
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0) return [bare];
  // Bytes that are in no name would get to the resolver otherwise.
  if (!/^(?=.{1,253}$)[\p{L}\p{N}_-]{1,63}(\.[\p{L}\p{N}_-]{1,63})*\.?$/u.test(bare)) return [];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly string[]>((settle) => {
    timer = setTimeout(() => settle([]), resolveTimeoutMs);
  });
  try {
    return await Promise.race([resolve(bare), late]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the engine lets nobody be the host who has no certificate for its name. */
const provesItsName = (protocol: string, parameters: Readonly<Record<string, string>>) =>
  protocol === 'rdp' &&
  parameters['ignore-cert'] !== 'true' &&
  (parameters['cert-tofu'] ?? '') !== 'true' &&
  ['tls', 'nla', 'nla-ext'].includes(parameters['security'] ?? '');

/** The address instead of the name, also where host keys are listed by name: guacd looks them up by what it dials. */
function dialAddress(
  parameters: Readonly<Record<string, string>>,
  hostArgument: string,
  address: string,
): Readonly<Record<string, string>> {
  const keyArgument = hostArgument === 'sftp-hostname' ? 'sftp-host-key' : 'host-key';
  const line = parameters[keyArgument] ?? '';
  return {
    ...parameters,
    [hostArgument]: address,
    ...(line !== '' && { [keyArgument]: renameHostKey(line, address) }),
  };
}

/** A line of known_hosts (sshd(8)) under another name. A bare key, or several lines, are left as they are. */
function renameHostKey(line: string, address: string): string {
  const [, names, rest] = /^\s*(\S+)(\s+[\w@.-]+\s+[A-Za-z0-9+/]+={0,2}.*)$/.exec(line) ?? [];
  if (names === undefined || rest === undefined) return line;
  const port = /^\[[^\]]+\]:(\d+)/.exec(names)?.[1];
  return `${port === undefined ? address : `[${address}]:${port}`}${rest}`;
}
