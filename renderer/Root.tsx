import { CSPProvider } from '@base-ui/react/csp-provider';
import { App } from './app/App.tsx';
import { ConnectionProvider } from './app/connection.ts';
import { DescriptionProvider, useFetchedDescription } from './app/description.ts';
import { HostsProvider } from './app/hosts.ts';
import type { HostsStore } from './app/hosts.ts';
import type { SessionStore } from './app/sessions.ts';
import { SessionsProvider } from './app/sessionsContext.tsx';
import { SettingsProvider } from './app/settings.ts';
import type { SettingsStore } from './app/settings.ts';
import { useViews, useViewsState, ViewsProvider } from './app/views.ts';
import { ClusterHealth } from './features/health/ClusterHealth.tsx';
import { Home } from './features/hosts/Home.tsx';
import { Hosts } from './features/hosts/Hosts.tsx';
import { HostsPanel } from './features/hosts/HostsPanel.tsx';
import { SessionsView } from './features/sessions/SessionsView.tsx';
import { SettingsView } from './features/settings/SettingsView.tsx';
import type { HostConnection } from './transport/hostConnection.ts';
import { Toasts } from './ui/Toast.tsx';
import { TooltipProvider } from './ui/Tooltip.tsx';

/** Puts the features into the frame, and gives all of them what `main.tsx` made. */
export function Root(props: {
  connection: HostConnection;
  hosts: HostsStore;
  sessions: SessionStore;
  settings: SettingsStore;
}) {
  return (
    <CSPProvider disableStyleElements>
      <TooltipProvider delay={500}>
        <ConnectionProvider value={props.connection}>
          <HostsProvider value={props.hosts}>
            <SessionsProvider store={props.sessions}>
              <SettingsProvider value={props.settings}>
                <ViewsProvider value={useViewsState()}>
                  <Described />
                </ViewsProvider>
              </SettingsProvider>
            </SessionsProvider>
          </HostsProvider>
        </ConnectionProvider>
        <Toasts />
      </TooltipProvider>
    </CSPProvider>
  );
}

function Described() {
  return (
    <DescriptionProvider value={useFetchedDescription()}>
      <Hosts>
        <App
          hosts={<HostsPanel />}
          sessions={<SessionsView home={<Home />} />}
          health={<Health />}
          settings={<SettingsView />}
        />
      </Hosts>
    </DescriptionProvider>
  );
}

function Health() {
  const { show } = useViews();
  return (
    <ClusterHealth
      onClose={() => show({ kind: 'work' })}
      onShowRegistry={(page) => show({ kind: 'settings', page })}
      onLookAtRule={(groupId) =>
        show({
          kind: 'settings',
          ...(groupId === undefined ? { page: 'managers' } : { page: 'groups', item: groupId }),
        })
      }
    />
  );
}
