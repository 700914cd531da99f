import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { fail, type Failure, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import type { ParsedLink } from '../../shared/links/linkedHost.ts';
import { describeLink, foreignSchemeOf, parseLink } from '../../shared/links/parseLink.ts';
import { describeLinkFile, parseLinkFile } from '../../shared/links/parseLinkFile.ts';
import type { Right } from '../../shared/model/access.ts';
import { generalVault, type Host } from '../../shared/model/host.ts';
import type { LinkEvent, LinkProposal } from '../../shared/model/linkProposal.ts';
import type { PlacementRequest } from '../../shared/model/placement.ts';
import type { Caller } from '../broker/caller.ts';
import type { HostEditor } from '../broker/hostEditor.ts';
import type { Opening } from '../broker/openSession.ts';
import type { LinkAcceptance, Links, PreferencesStore } from '../broker/ports.ts';
import { findSavedHost, type HostLookup } from './findSavedHost.ts';

/** Proposals that wait at once; beyond them the oldest is refused. */
const mostWaiting = 5;
/** Refusals that are kept for a window to tell. */
const mostRefusals = 5;
/** Unsaved hosts that can be opened again. */
const mostUnsavedHosts = 50;

interface Options {
  /** The saved hosts that this person sees, as they have them; without a caller, who sits at the app. */
  readonly hostsOf: (caller: Caller | undefined) => HostLookup;
  readonly editor: Pick<HostEditor, 'save'>;
  /** Whether they may do so with hosts of that vault. */
  readonly check: (caller: Caller, vaultId: string, rights: readonly Right[]) => Result<void>;
  /** Opens a host that is saved, or isn't. */
  readonly open: (
    caller: Caller,
    opening: Pick<Opening, 'host' | 'display' | 'credential'>,
  ) => { readonly id: string };
  readonly preferences: Pick<PreferencesStore, 'current'>;
  /** Where a host would be opened, as things are. */
  readonly foresee: (request: PlacementRequest) => {
    readonly groupName: string;
    readonly managerName?: string;
  };
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly now: () => number;
}

interface Waiting {
  readonly event: Extract<LinkEvent, { kind: 'proposed' }>;
  readonly told: string;
  isAccepted: boolean;
}

/**
 * Keeps one person's links and files until they have decided. Only what was shown is opened: a saved host by its own document, anything
 * else exactly as proposed, as a host without a secret that is stored nowhere. Of refused links nothing but their kind is logged.
 */
export function createLinks(options: Options): Links {
  const { hostsOf, editor, check, open, preferences, foresee, log, now } = options;
  const waiting = new Map<string, Waiting>();
  let refusals: readonly LinkEvent[] = [];
  const unsaved = new Map<string, Host>();
  const listeners = new Set<() => void>();

  const publish = () => {
    for (const listener of [...listeners]) listener();
  };

  function refuseLink(source: string, failure: Failure): void {
    log.warn({ failure: failure.code, kind: kindOf(source) }, 'A link or file was refused');
    refusals = [...refusals, { kind: 'refused' as const, source, failure }].slice(-mostRefusals);
  }

  function propose(told: string, parsed: Result<ParsedLink>, hosts: HostLookup): void {
    const meant = parsed.ok ? resolveTarget(parsed.value, hosts) : parsed;
    if (!meant.ok) {
      refuseLink(told, meant.failure);
      return publish();
    }
    const proposal: LinkProposal = { ...meant.value, id: randomUUID(), ...placeOf(meant.value, hosts) };
    if ([...waiting.values()].some(({ event }) => isSame(event.proposal, proposal))) return;
    waiting.set(proposal.id, { event: { kind: 'proposed', proposal }, told, isAccepted: false });
    log.info({ kind: proposal.source }, 'A link or file waits for its person');
    refuseOldest();
    publish();
  }

  function refuseOldest(): void {
    const asked = [...waiting].filter(([, { isAccepted }]) => !isAccepted);
    for (const [id, { told }] of asked.slice(0, -mostWaiting)) {
      waiting.delete(id);
      refuseLink(told, failureOf('link_refused', 'too many links and files wait, and it was the oldest'));
    }
  }

  /** Guarded: a link comes from outside, and nothing in it may end the process. */
  function proposeSafely(told: string, from: Caller | undefined, parse: () => Result<ParsedLink>): void {
    try {
      propose(told, parse(), hostsOf(from));
    } catch (error) {
      log.error({ reason: (error as Error).name }, 'A link or file could not be read');
      refuseLink(told, failureOf('link_refused'));
      publish();
    }
  }

  function placeOf({ hostId, address }: Pick<LinkProposal, 'hostId' | 'address'>, hosts: HostLookup) {
    const saved = hostId === undefined ? undefined : hosts.get(hostId);
    return foresee({
      vaultId: saved?.vaultId ?? generalVault.id,
      address,
      ...(saved?.groupId !== undefined && { groupId: saved.groupId }),
    });
  }

  async function findOrCreateHost(
    { hostId, ...proposal }: LinkProposal,
    { answer, caller }: LinkAcceptance,
  ): Promise<Result<Host>> {
    if (hostId !== undefined) return findSaved(caller, hostId);
    if (answer.kind === 'open') {
      const permitted = check(caller, generalVault.id, ['open']);
      return permitted.ok ? succeed(rememberUnsaved(proposal)) : permitted;
    }
    const { address, port, protocol, username, domain } = proposal;
    const { name, vaultId } = answer;
    const permitted = check(caller, vaultId, ['edit', 'open']);
    if (!permitted.ok) return permitted;
    const empty = { tags: [], favourite: false, settings: {} };
    const draft = { name, address, port, protocol, vaultId, username, domain, ...empty };
    const saved = await editor.save(undefined, draft, {});
    return saved.ok ? findSaved(caller, saved.value.hostId) : saved;
  }

  function findSaved(caller: Caller, hostId: string): Result<Host> {
    const host = hostsOf(caller).get(hostId);
    if (!host) return fail('host_unknown');
    const permitted = check(caller, host.vaultId, ['open']);
    return permitted.ok ? succeed(host) : permitted;
  }

  function rememberUnsaved(proposal: Omit<LinkProposal, 'hostId'>): Host {
    const { name, address, port, protocol, username, domain } = proposal;
    const host: Host = {
      id: randomUUID(),
      ...{ name, address, port, protocol, username, domain },
      vaultId: generalVault.id,
      tags: [],
      favourite: false,
      settings: {},
      updatedAt: now(),
    };
    unsaved.set(host.id, host);
    for (const oldest of [...unsaved.keys()].slice(0, -mostUnsavedHosts)) unsaved.delete(oldest);
    return host;
  }

  return {
    waiting: () => [
      ...refusals,
      ...[...waiting.values()].filter(({ isAccepted }) => !isAccepted).map(({ event }) => event),
    ],

    proposeLink(text, from) {
      const told = describeLink(text);
      proposeSafely(told, from, () => {
        const scheme = foreignSchemeOf(text);
        const isOffered = scheme === undefined || preferences.current().linkSchemes.includes(scheme);
        return isOffered || from
          ? parseLink(text)
          : fail(
              'link_refused',
              `opening ${scheme}:// links with Proxima is switched off in the preferences`,
            );
      });
    },

    proposeFile(name, content, from) {
      proposeSafely(describeLinkFile(name), from, () => parseLinkFile(name, content));
    },

    async accept(request) {
      const entry = waiting.get(request.proposalId);
      if (!entry || entry.isAccepted) return fail('link_forgotten');
      // Twice accepted is once opened.
      entry.isAccepted = true;
      const host = await findOrCreateHost(entry.event.proposal, request);
      if (!host.ok) {
        entry.isAccepted = false;
        publish();
        return host;
      }
      waiting.delete(request.proposalId);
      const { caller, display, credential } = request;
      return succeed({ sessionId: open(caller, { host: host.value, display, credential }).id });
    },

    dismiss(proposalId) {
      if (waiting.delete(proposalId)) publish();
    },

    findUnsaved: (hostId) => unsaved.get(hostId),

    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

type Meant = Omit<LinkProposal, 'id' | 'groupName' | 'managerName'>;

/** The saved host that is meant, by its own document; else the host as it is described. */
function resolveTarget({ source, target, ignored }: ParsedLink, hosts: HostLookup): Result<Meant> {
  const saved = findSavedHost(target, hosts);
  if (!saved.ok) return saved;
  const described = saved.value ?? (target.kind === 'described' ? target.host : undefined);
  if (!described) return fail('link_refused', 'no saved host is meant by it, and it gives no protocol');
  const { name, address, port, protocol, username, domain } = described;
  const hostId = saved.value && { hostId: saved.value.id };
  return succeed({
    source,
    ...hostId,
    ...{ name, address, port, protocol, username, domain },
    ignored: [...ignored],
  });
}

function isSame(left: LinkProposal, right: LinkProposal): boolean {
  const asked = ({ id: _, groupName: _g, managerName: _m, ...rest }: LinkProposal) => JSON.stringify(rest);
  return asked(left) === asked(right);
}

/** The scheme of a link or the extension of a file: no name, no address. */
const kindOf = (source: string): string =>
  /^([a-z][a-z0-9+.-]*):\/\//.exec(source)?.[1] ?? /\.(rdp|proxima)$/i.exec(source)?.[1] ?? 'other';
