const authorityPattern = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;
const loopbackPattern = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/;
const httpsPort = 443;

/** A host and port as browsers write it into `Host` and `Origin`: without the port where it is that of HTTPS. */
export function authorityOf(host: string, port: number): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === httpsPort ? name : `${name}:${port}`;
}

/** The names under which a gateway that listens on this address is reached when nobody says otherwise. */
export function ownAuthorities(address: string, port: number): readonly string[] {
  const isLoopback = loopbackPattern.test(address.includes(':') ? `[${address}]` : address);
  return [address, ...(isLoopback ? ['localhost', '127.0.0.1', '::1'] : [])].map((host) =>
    authorityOf(host, port),
  );
}

/**
 * The authority that a request was made to by its `Host`, or by what that was before a trusted proxy, if it is one of ours. Any other means that a name of a stranger was made to point here
 * (DNS rebinding), or that the administrator didn't say by which names people come.
 */
export function expectedAuthority(
  asked: string | undefined,
  allowed: ReadonlySet<string>,
): string | undefined {
  const host = asked?.toLowerCase();
  if (host === undefined || !authorityPattern.test(host)) return undefined;
  const authority = host.replace(/:443$/, '');
  return allowed.has(authority) ? authority : undefined;
}

export const isLoopbackAuthority = (authority: string) =>
  loopbackPattern.test(authority.replace(/:\d+$/, ''));
