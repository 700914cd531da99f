import { acknowledge, type ContractImplementer, unwrap } from './contractImplementer.ts';
import type { CallContext, Caller } from './caller.ts';
import { createLinkDesk, type LinkDesk } from './linkDesk.ts';
import type { Links, PreferencesStore, Recovery, Updates } from './ports.ts';
import { watchState } from './watchState.ts';

export interface DesktopPorts {
  readonly linksOf: (personId: string) => Links;
  readonly recovery: Recovery;
  readonly preferencesOf: (personId: string) => PreferencesStore;
  readonly updates: Updates;
  /** Whether a saved host is in the caller's list. */
  readonly maySee: (caller: Caller, hostId: string) => boolean;
  readonly readDiagnostics: () => Promise<string>;
}

/** A download tells its progress at most this often. */
const updateIntervalMs = 250;

/** The part of the contract that makes it an app of the desktop. */
export function desktopHandlers(host: ContractImplementer, ports: DesktopPorts) {
  const { recovery, updates } = ports;
  const desks = new WeakMap<Links, LinkDesk>();

  const linksOf = ({ caller }: CallContext) => ports.linksOf(caller.person().id);
  const preferencesOf = ({ caller }: CallContext) => ports.preferencesOf(caller.person().id);

  function deskOf(links: Links): LinkDesk {
    const desk = desks.get(links) ?? createLinkDesk(links);
    desks.set(links, desk);
    return desk;
  }

  return {
    links: {
      watch: host.links.watch.handler(({ context, signal }) => deskOf(linksOf(context)).watch(signal)),
      propose: host.links.propose.handler(({ input, context }) => {
        const links = linksOf(context);
        if (input.kind === 'link') links.proposeLink(input.text, context.caller);
        else links.proposeFile(input.name, Buffer.from(input.contentBase64, 'base64'), context.caller);
        return {};
      }),
      accept: host.links.accept.handler(async ({ input, context }) =>
        unwrap(await linksOf(context).accept({ ...input, caller: context.caller })),
      ),
      dismiss: host.links.dismiss.handler(({ input, context }) => {
        linksOf(context).dismiss(input.proposalId);
        return {};
      }),
    },
    recovery: {
      read: host.recovery.read.handler(({ context: { caller } }) => ({
        sessions: recovery
          .interrupted(caller.person().id)
          .filter(({ hostId }) => ports.maySee(caller, hostId)),
      })),
      dismiss: host.recovery.dismiss.handler(async ({ context: { caller } }) => {
        await recovery.dismiss(caller.person().id);
        return {};
      }),
    },
    preferences: {
      watch: host.preferences.watch.handler(({ context, signal }) => {
        const preferences = preferencesOf(context);
        return watchState(
          (listener) => preferences.onChange(listener),
          () => preferences.current(),
          signal,
        );
      }),
      save: host.preferences.save.handler(async ({ input, context }) =>
        acknowledge(await preferencesOf(context).save(input.preferences)),
      ),
    },
    updates: {
      watch: host.updates.watch.handler(({ signal }) =>
        watchState(
          (listener) => updates.onChange(listener),
          () => updates.current(),
          signal,
          updateIntervalMs,
        ),
      ),
      look: host.updates.look.handler(async () => acknowledge(await updates.look())),
      install: host.updates.install.handler(async ({ input }) =>
        acknowledge(await updates.install(input.evenWithSessions)),
      ),
    },
    diagnostics: {
      read: host.diagnostics.read.handler(async () => ({ text: await ports.readDiagnostics() })),
    },
  };
}
