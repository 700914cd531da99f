import type { Restrictions } from '../../shared/model/policy.ts';

/** Which way clipboard text may go. */
export interface ClipboardWays {
  readonly toHost: boolean;
  readonly fromHost: boolean;
}

export function clipboardWaysOf(restrictions: Restrictions | undefined): ClipboardWays {
  const { clipboard = 'both' } = restrictions ?? {};
  return {
    toHost: clipboard === 'both' || clipboard === 'to-host',
    fromHost: clipboard === 'both' || clipboard === 'from-host',
  };
}

/** The switches of a host that a policy has turned on, by Guacamole argument name. */
export function switchesForcedBy(restrictions: Restrictions | undefined): ReadonlySet<string> {
  const { toHost, fromHost } = clipboardWaysOf(restrictions);
  return new Set([...(fromHost ? [] : ['disable-copy']), ...(toHost ? [] : ['disable-paste'])]);
}
