import { CSPProvider } from '@base-ui/react/csp-provider';
import { App } from './app/App.tsx';
import { ConnectionProvider } from './app/connection.ts';
import { DesktopFarmProvider } from './app/desktopFarm.ts';
import type { DesktopFarm } from './app/desktopFarm.ts';
import { DescriptionProvider, useFetchedDescription } from './app/description.ts';
import { DrawingProvider } from './app/drawing.ts';
import type { DrawingStore } from './app/drawing.ts';
import { HostsProvider } from './app/hosts.ts';
import type { HostsStore } from './app/hosts.ts';
import type { SessionStore } from './app/sessions.ts';
import { OwnWindowsProvider } from './app/ownWindows.ts';
import type { OwnWindows } from './app/ownWindows.ts';
import { SessionsProvider } from './app/sessionsContext.tsx';
import { SettingsProvider } from './app/settings.ts';
import type { SettingsStore } from './app/settings.ts';
import { SettingsWindow } from './app/SettingsWindow.tsx';
import { useOpenSettings } from './app/useOpenSettings.ts';
import { useViews, useViewsState, ViewsProvider } from './app/views.ts';
import type { SettingsPlace } from './app/views.ts';
import type { WindowKind } from './app/windowKind.ts';
import { tellWindows } from './app/windowMessages.ts';
import { AccountMenu } from './features/account/AccountMenu.tsx';
import { Arrivals } from './features/arrivals/Arrivals.tsx';
import { RecoveryOffer } from './features/arrivals/RecoveryOffer.tsx';
import { FarmGate } from './features/farm/FarmGate.tsx';
import { ClusterHealth } from './features/health/ClusterHealth.tsx';
import { Home } from './features/hosts/Home.tsx';
import { Hosts } from './features/hosts/Hosts.tsx';
import { HostsPanel } from './features/hosts/HostsPanel.tsx';
import { OthersSessions } from './features/sessions/OthersSessions.tsx';
import { SessionsView } from './features/sessions/SessionsView.tsx';
import { SessionWindow } from './features/sessions/SessionWindow.tsx';
import { SettingsView } from './features/settings/SettingsView.tsx';
import type { HostConnection } from './transport/hostConnection.ts';
import { Toasts } from './ui/Toast.tsx';
import { TooltipProvider } from './ui/Tooltip.tsx';

/** Puts the features into the frame of the window's kind, and gives all of them what `main.tsx` made. */
export function Root(props: {
  kind: WindowKind;
  connection: HostConnection;
  /** In the desktop app only. */
  farm: DesktopFarm | undefined;
  drawing: DrawingStore;
  hosts: HostsStore;
  sessions: SessionStore;
  settings: SettingsStore;
  /** In the main window only. */
  ownWindows: OwnWindows | undefined;
}) {
  const { kind } = props;
  return (
    <CSPProvider disableStyleElements>
      <TooltipProvider delay={500}>
        <ConnectionProvider value={props.connection}>
          <DesktopFarmProvider value={props.farm}>
            <DrawingProvider value={props.drawing}>
              <HostsProvider value={props.hosts}>
                <SessionsProvider store={props.sessions}>
                  <SettingsProvider value={props.settings}>
                    <OwnWindowsProvider value={props.ownWindows}>
                      <ViewsProvider value={useViewsState(kind.kind === 'settings' ? kind.view : undefined)}>
                        <FarmGate>
                          <Described kind={kind} />
                        </FarmGate>
                      </ViewsProvider>
                    </OwnWindowsProvider>
                  </SettingsProvider>
                </SessionsProvider>
              </HostsProvider>
            </DrawingProvider>
          </DesktopFarmProvider>
        </ConnectionProvider>
        <Toasts />
      </TooltipProvider>
    </CSPProvider>
  );
}

function Described({ kind }: { kind: WindowKind }) {
  return (
    <DescriptionProvider value={useFetchedDescription()}>
      <Hosts>
        {kind.kind === 'session' && <SessionWindow sessionId={kind.sessionId} />}
        {kind.kind === 'settings' && (
          <SettingsWindow settings={<SettingsView />} health={<HealthInSettingsWindow />} />
        )}
        {kind.kind === 'main' && (
          <Arrivals>
            <App
              hosts={
                <>
                  <HostsPanel />
                  <OthersSessions />
                </>
              }
              sessions={<SessionsView home={<Home />} />}
              health={<Health />}
              settings={<SettingsView />}
              account={<AccountMenu />}
              compactAccount={<AccountMenu compact />}
              offers={<RecoveryOffer />}
            />
          </Arrivals>
        )}
      </Hosts>
    </DescriptionProvider>
  );
}

/** Where a proximity group is shown, or where session managers are added without one. */
const ruleOf = (groupId: string | undefined): SettingsPlace =>
  groupId === undefined
    ? { kind: 'settings', page: 'managers' }
    : { kind: 'settings', page: 'groups', item: groupId };

function Health() {
  const { show } = useViews();
  const openSettings = useOpenSettings();
  return (
    <ClusterHealth
      onClose={() => show({ kind: 'work' })}
      onShowRegistry={(page) => openSettings({ kind: 'settings', page })}
      onLookAtRule={(groupId) => openSettings(ruleOf(groupId))}
    />
  );
}

/** Its sessions are in other windows, which come to the front. */
function HealthInSettingsWindow() {
  const { show } = useViews();
  return (
    <ClusterHealth
      onClose={() => undefined}
      onShowSession={(sessionId) => tellWindows({ kind: 'show-session', sessionId })}
      onShowRegistry={(page) => show({ kind: 'settings', page })}
      onLookAtRule={(groupId) => show(ruleOf(groupId))}
    />
  );
}
