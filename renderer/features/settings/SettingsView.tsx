import {
  Award,
  DatabaseZap,
  History,
  Info,
  KeyRound,
  LogIn,
  Monitor,
  Network,
  ScrollText,
  Server,
  SlidersHorizontal,
  Users,
} from 'lucide-react';
import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { useClient } from '../../app/connection.ts';
import { isOnlyLooking, mayOversee, useOwnAccess } from '../../app/ownAccess.ts';
import { useSettings, useSettingsStore } from '../../app/settings.ts';
import type { SettingsState } from '../../app/settings.ts';
import { useUnsaved } from '../../app/unsaved.ts';
import { useViews } from '../../app/views.ts';
import type { SettingsPage } from '../../app/views.ts';
import { AlertDialog } from '../../ui/AlertDialog.tsx';
import { AboutPage } from './app/AboutPage.tsx';
import { PreferencesPage } from './app/PreferencesPage.tsx';
import { AuditPage } from './audit/AuditPage.tsx';
import { CertificatesPage } from './certificates/CertificatesPage.tsx';
import { ConflictDialog } from './ConflictDialog.tsx';
import { GroupsPage } from './groups/GroupsPage.tsx';
import { HistoryPage } from './history/HistoryPage.tsx';
import { createManagerChecks, ManagerChecksProvider, subjectOf } from './managers/managerChecks.ts';
import { ManagersPage } from './managers/ManagersPage.tsx';
import { OnlyLooking, withAllLocked } from './OnlyLooking.tsx';
import { OwnPages } from './OwnPages.tsx';
import { PeoplePage } from './people/PeoplePage.tsx';
import { Loading } from './records/Page.tsx';
import { RegistryPage } from './registry/RegistryPage.tsx';
import { RightsPage } from './rights/RightsPage.tsx';
import { SessionsPage } from './sessions/SessionsPage.tsx';
import { SignInPage } from './signIn/SignInPage.tsx';
import { useWhatIfState, WhatIfProvider } from './whatIf/whatIf.ts';
import { WhatIfPanel } from './whatIf/WhatIfPanel.tsx';
import styles from './SettingsView.module.css';

const pages = [
  { page: 'groups', title: 'Proximity groups', Icon: Network },
  { page: 'managers', title: 'Session managers', Icon: Server },
  { page: 'registry', title: 'Session registry', Icon: DatabaseZap },
  { page: 'sessions', title: 'Sessions', Icon: Monitor },
  { page: 'people', title: 'People', Icon: Users },
  { page: 'sign-in', title: 'Signing in', Icon: LogIn },
  { page: 'rights', title: 'Rights', Icon: KeyRound },
  { page: 'certificates', title: 'Certificates', Icon: Award },
  { page: 'history', title: 'History', Icon: History },
  { page: 'audit', title: 'Audit log', Icon: ScrollText },
  { page: 'preferences', title: 'Preferences', Icon: SlidersHorizontal },
  { page: 'about', title: 'About Proxima', Icon: Info },
] as const satisfies readonly { page: SettingsPage; title: string; Icon: unknown }[];

const peoplePages: ReadonlySet<SettingsPage> = new Set<SettingsPage>(['people', 'sign-in', 'rights']);

/** Those whose changes count when they are saved. */
const draftPages: ReadonlySet<SettingsPage> = new Set<SettingsPage>([
  'groups',
  'managers',
  'registry',
  'sign-in',
  'rights',
]);

/**
 * What administrators decide, and behind it each person about their app: pages to the left, what saving would change to the right or
 * below.
 */
export function SettingsView() {
  const own = useOwnAccess();
  if (own === undefined) return <Loading>Loading the settings…</Loading>;
  return mayOversee(own) ? <Settings isOnlyLooking={isOnlyLooking(own)} /> : <OwnPages />;
}

function Settings(props: { isOnlyLooking: boolean }) {
  const state = useSettings();
  const shown = useMemo(
    () => (props.isOnlyLooking && state !== undefined ? withAllLocked(state) : state),
    [props.isOnlyLooking, state],
  );
  return shown === undefined ? <Loading>Loading the settings…</Loading> : <LoadedSettings state={shown} />;
}

function LoadedSettings({ state }: { state: SettingsState }) {
  const store = useSettingsStore();
  const client = useClient();
  const { view, wanted, show, decide, holdBack } = useViews();
  const whatIf = useWhatIfState(state);
  const [checks] = useState(() => createManagerChecks(client));
  const page = view.kind === 'settings' ? view.page : 'groups';
  const item = view.kind === 'settings' ? view.item : undefined;

  const nav = useRef<HTMLElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Newer browsers return a promise, which is no way to end an effect.
    void scroller.current?.scrollTo(0, 0);
    void nav.current
      ?.querySelector('[aria-current]')
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [page, item]);
  const own = useOwnAccess();
  const looksOnly = isOnlyLooking(own);
  // Whoever sits at the desktop app by itself is its only person.
  const hasPeople = own?.canSignOut === true;
  const checkUsed = useEffectEvent(() => {
    if (looksOnly) return;
    const { managers, groups } = state.saved.settings;
    for (const manager of managers) {
      if (manager.intent !== 'disabled') checks.check(subjectOf(manager, groups));
    }
  });
  useEffect(() => {
    checkUsed();
    return () => checks.stop();
  }, [checks]);
  useEffect(() => {
    holdBack(state.isChanged);
    return () => holdBack(false);
  }, [holdBack, state.isChanged]);
  useUnsaved(state.isChanged);
  // Who leaves while a save runs goes on when it is done, and stays where there is something to decide.
  useEffect(() => {
    if (wanted === undefined) return;
    if (!state.isChanged) decide(true);
    else if (state.conflict !== undefined) decide(false);
  }, [wanted, decide, state.isChanged, state.conflict]);

  const isDraftPage = draftPages.has(page);
  return (
    <WhatIfProvider value={whatIf}>
      <ManagerChecksProvider value={checks}>
        <div className={styles.settings}>
          <nav ref={nav} className={styles.nav} aria-label="Settings">
            {pages
              .filter(({ page: target }) => hasPeople || !peoplePages.has(target))
              .map(({ page: target, title, Icon }) => (
                <button
                  key={target}
                  data-apart={target === 'preferences' || undefined}
                  type="button"
                  className={styles.link}
                  aria-current={target === page ? 'page' : undefined}
                  onClick={() => show({ kind: 'settings', page: target })}
                >
                  <Icon aria-hidden="true" />
                  {title}
                </button>
              ))}
          </nav>
          <div ref={scroller} className={styles.page}>
            {looksOnly && <OnlyLooking />}
            {page === 'groups' && <GroupsPage state={state} item={item} />}
            {page === 'managers' && <ManagersPage state={state} item={item} />}
            {page === 'registry' && <RegistryPage state={state} item={item} />}
            {page === 'sessions' && <SessionsPage />}
            {page === 'people' && <PeoplePage />}
            {page === 'sign-in' && <SignInPage state={state} />}
            {page === 'rights' && <RightsPage state={state} />}
            {page === 'certificates' && <CertificatesPage />}
            {page === 'history' && <HistoryPage />}
            {page === 'audit' && <AuditPage />}
            {page === 'preferences' && <PreferencesPage />}
            {page === 'about' && <AboutPage />}
          </div>
          {(isDraftPage || state.isChanged) && (
            <WhatIfPanel state={state} withHosts={page !== 'sign-in' && page !== 'rights'} />
          )}
        </div>
        <ConflictDialog state={state} />
        <AlertDialog
          open={wanted !== undefined && !state.isSaving}
          title="Discard your changes?"
          text="What you changed in the settings is not saved."
          confirmLabel="Discard"
          onConfirm={() => {
            store.discard();
            decide(true);
          }}
          onCancel={() => decide(false)}
        />
      </ManagerChecksProvider>
    </WhatIfProvider>
  );
}
