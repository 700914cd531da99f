import { type Result, succeed } from '../contract/failure.ts';
import { describeHost, type LinkedHost, splitPort } from './linkedHost.ts';
import { hasHiddenCharacters, listIgnored, refuse } from './linkText.ts';
import { takeEntries } from './uri.ts';

/** One `name:type:value` of a Remote Desktop file or link; `undefined` is a line that isn't one. */
export type RdpSetting =
  { readonly name: string; readonly type: 's' | 'i' | 'b'; readonly value: string } | undefined;

/** What of Remote Desktop's settings says where to and as whom; everything else is left to Proxima's own. */
const takenTypes = { 'full address': 's', 'server port': 'i', username: 's', domain: 's' } as const;
type TakenName = keyof typeof takenTypes;
const takenNames = Object.keys(takenTypes) as TakenName[];

/** https://learn.microsoft.com/windows-server/remote/remote-desktop-services/clients/rdp-files */
export function describeRdpHost(
  settings: readonly RdpSetting[],
): Result<{ readonly host: LinkedHost; readonly ignored: readonly string[] }> {
  const entries = settings.map((setting) =>
    setting && isUsable(setting)
      ? ([setting.name, setting.value] as const)
      : ([setting?.name ?? 'a line that is no setting', ''] as const),
  );
  if (settings.some((setting) => setting && isTaken(setting.name) && !isUsable(setting)))
    return refuse('its address, port, user name or domain is not of the right type');
  const split = takeEntries(entries, takenNames);
  if (!split.ok) return split;
  const { taken, left } = split.value;
  const place = splitPort(taken['full address'] ?? '');
  if (!place) return refuse('it has no address that Proxima understands');
  const serverPort = taken['server port'];
  if (place.port !== undefined && serverPort !== undefined && place.port !== serverPort)
    return refuse('it gives two different ports');
  const host = describeHost({
    protocol: 'rdp',
    address: place.address,
    port: place.port ?? serverPort,
    username: taken.username,
    domain: taken.domain,
  });
  return host.ok ? succeed({ host: host.value, ignored: listIgnored(left) }) : host;
}

const isTaken = (name: string): name is TakenName => (takenNames as string[]).includes(name.toLowerCase());

const isUsable = ({ name, type, value }: NonNullable<RdpSetting>): boolean =>
  !isTaken(name) || (takenTypes[name.toLowerCase() as TakenName] === type && !hasHiddenCharacters(value));
