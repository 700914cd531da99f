import { acknowledge, type ContractImplementer, unwrap } from './contractImplementer.ts';
import { createLinkDesk } from './linkDesk.ts';
import type { Links, PreferencesStore, Recovery, Updates } from './ports.ts';
import { watchState } from './watchState.ts';

export interface DesktopPorts {
  readonly links: Links;
  readonly recovery: Recovery;
  readonly preferences: PreferencesStore;
  readonly updates: Updates;
  readonly readDiagnostics: () => Promise<string>;
}

/** A download tells its progress at most this often. */
const updateIntervalMs = 250;

/** The part of the contract that makes it an app of the desktop. */
export function desktopHandlers(host: ContractImplementer, ports: DesktopPorts) {
  const { links, recovery, preferences, updates } = ports;
  const desk = createLinkDesk(links);

  return {
    links: {
      watch: host.links.watch.handler(({ signal }) => desk.watch(signal)),
      propose: host.links.propose.handler(({ input }) => {
        if (input.kind === 'link') links.proposeLink(input.text, 'window');
        else links.proposeFile(input.name, Buffer.from(input.contentBase64, 'base64'));
        return {};
      }),
      accept: host.links.accept.handler(async ({ input }) => unwrap(await links.accept(input))),
      dismiss: host.links.dismiss.handler(({ input }) => {
        links.dismiss(input.proposalId);
        return {};
      }),
    },
    recovery: {
      read: host.recovery.read.handler(() => ({ sessions: [...recovery.interrupted()] })),
      dismiss: host.recovery.dismiss.handler(async () => {
        await recovery.dismiss();
        return {};
      }),
    },
    preferences: {
      watch: host.preferences.watch.handler(({ signal }) =>
        watchState(
          (listener) => preferences.onChange(listener),
          () => preferences.current(),
          signal,
        ),
      ),
      save: host.preferences.save.handler(async ({ input }) =>
        acknowledge(await preferences.save(input.preferences)),
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
