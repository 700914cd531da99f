import { type Result, succeed } from '../contract/failure.ts';
import { hostIdSchema } from '../model/host.ts';
import { type ForeignScheme, foreignSchemeSchema } from '../model/linkProposal.ts';
import { protocolSchema } from '../model/protocol.ts';
import { describeHost, type ParsedLink } from './linkedHost.ts';
import { decodePercent, listIgnored, refuse } from './linkText.ts';
import { describeRdpHost, type RdpSetting } from './rdpSettings.ts';
import { parseHierarchy, parseScheme, takeEntries } from './uri.ts';

/** Reads a link of any scheme that Proxima knows (`docs/links.md`). Refuses with `link_refused`; total. */
export function parseLink(text: string): Result<ParsedLink> {
  const uri = parseScheme(text);
  if (!uri.ok) return uri;
  const { scheme, rest } = uri.value;
  if (scheme === 'proxima') return parseProximaLink(rest);
  const foreign = foreignSchemeSchema.safeParse(scheme);
  if (!foreign.success) return refuse('Proxima does not open links of this kind');
  if (scheme === 'rdp' && /^[^/?#@]*=[sib]:/i.test(rest)) return parseRdpSettingsLink(rest);
  return parseForeignLink(foreign.data, rest);
}

/** The scheme of a link, where it is one that people have to let Proxima open. */
export function foreignSchemeOf(text: string): ForeignScheme | undefined {
  const uri = parseScheme(text);
  return uri.ok ? foreignSchemeSchema.safeParse(uri.value.scheme).data : undefined;
}

/** Which link it was, for a person, and without what may be secret: its scheme. */
export function describeLink(text: string): string {
  const [, scheme] = /^\s*([a-z][a-z0-9+.-]{0,20}):/i.exec(text.slice(0, 100)) ?? [];
  return scheme === undefined ? 'a link' : `${scheme.toLowerCase()}://…`;
}

/** `proxima://host/` and an id, a name, or an address; with a protocol it describes a host, without one it means a saved host. */
function parseProximaLink(rest: string): Result<ParsedLink> {
  const parts = parseHierarchy(rest);
  if (!parts.ok) return parts;
  const { user, address, port, path, query, ignored } = parts.value;
  if (address.toLowerCase() !== 'host' || port !== undefined || user !== '')
    return refuse('it does not begin with proxima://host/');
  const [, encoded] = /^\/([^/]+)\/?$/.exec(path) ?? [];
  if (encoded === undefined) return refuse('it names no host');
  const named = decodePercent(encoded);
  if (!named.ok) return named;
  const text = named.value.trim();
  const source = 'proxima';
  const allNames = [...ignored, ...query.map(([name]) => name)];
  if (hostIdSchema.safeParse(text).success) {
    const target = { kind: 'saved', hostId: text.toLowerCase() } as const;
    return succeed({ source, target, ignored: listIgnored(allNames) });
  }
  const split = takeEntries(query, ['protocol', 'port', 'user', 'domain']);
  if (!split.ok) return split;
  const { taken, left } = split.value;
  if (taken.protocol === undefined) {
    if (text === '' || text.length > 253 || /:\/\/|\\/.test(text)) return refuse('it names no host');
    return succeed({ source, target: { kind: 'named', text }, ignored: listIgnored(allNames) });
  }
  const protocol = protocolSchema.safeParse(taken.protocol.toLowerCase());
  if (!protocol.success) return refuse('its protocol is not rdp, ssh, telnet or vnc');
  const host = describeHost({
    protocol: protocol.data,
    address: text,
    port: taken.port,
    username: taken.user,
    domain: taken.domain,
  });
  if (!host.ok) return host;
  const target = { kind: 'described', host: host.value } as const;
  return succeed({ source, target, ignored: listIgnored([...ignored, ...left]) });
}

/** The names under which each scheme's query gives the user: RFC 7869 for VNC, what clients write for RDP. */
const userEntries = { ssh: [], telnet: [], vnc: ['vncusername'], rdp: ['username', 'domain'] } as const;

/**
 * `ssh://user@host:port` (draft-ietf-secsh-scp-sftp-ssh-uri), `telnet://` (RFC 4248), `vnc://` (RFC 7869), `rdp://`. Paths,
 * fingerprints and everything else in them are named and left.
 */
function parseForeignLink(scheme: ForeignScheme, rest: string): Result<ParsedLink> {
  const parts = parseHierarchy(rest);
  if (!parts.ok) return parts;
  const { address, port, path, query, ignored } = parts.value;
  const split = takeEntries<'vncusername' | 'username' | 'domain'>(query, userEntries[scheme]);
  if (!split.ok) return split;
  const { taken, left } = split.value;
  const [user = '', ...sshParameters] = scheme === 'ssh' ? parts.value.user.split(';') : [parts.value.user];
  const host = describeHost({
    protocol: scheme,
    address,
    port,
    username: user || (taken.vncusername ?? taken.username),
    domain: taken.domain,
  });
  if (!host.ok) return host;
  const names = [
    ...ignored,
    ...sshParameters.map((parameter) => parameter.split('=')[0] ?? ''),
    ...(path === '' || path === '/' ? [] : ['path']),
    ...left,
  ];
  const target = { kind: 'described', host: host.value } as const;
  return succeed({ source: scheme, target, ignored: listIgnored(names) });
}

/**
 * `rdp://full%20address=s:host:port&username=s:…`
 * (https://learn.microsoft.com/windows-server/remote/remote-desktop-services/clients/remote-desktop-uri).
 */
function parseRdpSettingsLink(rest: string): Result<ParsedLink> {
  const settings: RdpSetting[] = [];
  for (const entry of rest.split('&')) {
    if (entry === '') continue;
    const decoded = decodePercent(entry);
    if (!decoded.ok) return decoded;
    const [, name = '', type, value = ''] = /^([^=:]+)=([sib]):(.*)$/i.exec(decoded.value) ?? [];
    settings.push(
      type === undefined ? undefined : { name, type: type.toLowerCase() as 's' | 'i' | 'b', value },
    );
  }
  const described = describeRdpHost(settings);
  if (!described.ok) return described;
  const { host, ignored } = described.value;
  return succeed({ source: 'rdp', target: { kind: 'described', host }, ignored });
}
