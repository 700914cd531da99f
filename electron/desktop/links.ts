import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { fail, type Failure, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import type { ParsedLink } from '../../shared/links/linkedHost.ts';
import { describeLink, foreignSchemeOf, parseLink } from '../../shared/links/parseLink.ts';
import { describeLinkFile, parseLinkFile } from '../../shared/links/parseLinkFile.ts';
import { generalVault, type Host } from '../../shared/model/host.ts';
import type { LinkEvent, LinkProposal } from '../../shared/model/linkProposal.ts';
import type { PlacementRequest } from '../../shared/model/placement.ts';
import type { HostEditor } from '../broker/hostEditor.ts';
import type { HostStore, LinkAcceptance, Links, PreferencesStore } from '../broker/ports.ts';
import type { Sessions } from '../broker/sessions.ts';
import { findSavedHost } from './findSavedHost.ts';

/** Proposals that wait at once; beyond them the oldest is refused. */
const mostWaiting = 5;
/** Refusals that are kept for a window to tell. */
const mostRefusals = 5;
/** Unsaved hosts that can be opened again. */
const mostUnsavedHosts = 50;

interface Options {
  readonly hosts: Pick<HostStore, 'hosts'>;
  readonly editor: Pick<HostEditor, 'save' | 'markOpened'>;
  readonly sessions: Pick<Sessions, 'open'>;
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
 * Keeps links and files until their person has decided. Only what was shown is opened: a saved host by its own document, anything
 * else exactly as proposed, as a host without a secret that is stored nowhere. Of refused links nothing but their kind is logged.
 */
export function createLinks(options: Options): Links {
  const { hosts, editor, sessions, preferences, foresee, log, now } = options;
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

  function propose(told: string, parsed: Result<ParsedLink>): void {
    const meant = parsed.ok ? resolveTarget(parsed.value, hosts) : parsed;
    if (!meant.ok) {
      refuseLink(told, meant.failure);
      return publish();
    }
    const proposal: LinkProposal = { ...meant.value, id: randomUUID(), ...placeOf(meant.value) };
    if ([...waiting.values()].some(({ event }) => isSame(event.proposal, proposal))) return;
    waiting.set(proposal.id, { event: { kind: 'proposed', proposal }, told, isAccepted: false });
    log.info({ kind: proposal.source }, 'A link or file waits for its person');
    refuseOldest();
    publish();
  }

  function refuseOldest(): void {
    const open = [...waiting].filter(([, { isAccepted }]) => !isAccepted);
    for (const [id, { told }] of open.slice(0, -mostWaiting)) {
      waiting.delete(id);
      refuseLink(told, failureOf('link_refused', 'too many links and files wait, and it was the oldest'));
    }
  }

  /** Guarded: a link comes from outside, and nothing in it may end the process. */
  function proposeSafely(told: string, parse: () => Result<ParsedLink>): void {
    try {
      propose(told, parse());
    } catch (error) {
      log.error({ reason: (error as Error).name }, 'A link or file could not be read');
      refuseLink(told, failureOf('link_refused'));
      publish();
    }
  }

  function placeOf({ hostId, address }: Pick<LinkProposal, 'hostId' | 'address'>) {
    const saved = hostId === undefined ? undefined : hosts.hosts().get(hostId);
    return foresee({
      vaultId: saved?.vaultId ?? generalVault.id,
      address,
      ...(saved?.groupId !== undefined && { groupId: saved.groupId }),
    });
  }

  async function findOrCreateHost(
    { hostId, ...proposal }: LinkProposal,
    { answer }: LinkAcceptance,
  ): Promise<Result<Host>> {
    let savedId = hostId;
    if (savedId === undefined && answer.kind === 'save-and-open') {
      const { address, port, protocol, username, domain } = proposal;
      const { name, vaultId } = answer;
      const empty = { tags: [], favourite: false, settings: {} };
      const draft = { name, address, port, protocol, vaultId, username, domain, ...empty };
      const saved = await editor.save(undefined, draft, {});
      if (!saved.ok) return saved;
      savedId = saved.value.hostId;
    }
    if (savedId !== undefined) {
      const host = hosts.hosts().get(savedId);
      if (!host) return fail('host_unknown');
      void editor.markOpened(host.id);
      return succeed(host);
    }
    return succeed(rememberUnsaved(proposal));
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

    proposeLink(text, from = 'system') {
      const told = describeLink(text);
      proposeSafely(told, () => {
        const scheme = foreignSchemeOf(text);
        const isOffered = scheme === undefined || preferences.current().linkSchemes.includes(scheme);
        return isOffered || from === 'window'
          ? parseLink(text)
          : fail(
              'link_refused',
              `opening ${scheme}:// links with Proxima is switched off in the preferences`,
            );
      });
    },

    proposeFile(name, content) {
      proposeSafely(describeLinkFile(name), () => parseLinkFile(name, content));
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
      const { display, credential } = request;
      return succeed({ sessionId: sessions.open({ host: host.value, display, credential }).id });
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
function resolveTarget(
  { source, target, ignored }: ParsedLink,
  hosts: Pick<HostStore, 'hosts'>,
): Result<Meant> {
  const saved = findSavedHost(target, hosts.hosts());
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
