import { Network, SearchX } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { ClusterHealth as Health } from '../../../shared/model/clusterHealth.ts';
import { useClusterHealth } from '../../app/clusterHealth.ts';
import type { ClusterHealthState } from '../../app/clusterHealth.ts';
import { useIsLost } from '../../app/connection.ts';
import { useFarmNodes } from '../../app/farmNodes.ts';
import { useSessions, useSessionStore } from '../../app/sessionsContext.tsx';
import { useShortcuts } from '../../app/shortcuts.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { SearchField } from '../../ui/SearchField.tsx';
import { Select } from '../../ui/Select.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { FarmPanel } from './FarmPanel.tsx';
import { filterNodes } from './farmWords.ts';
import { filterGroups, groupViewsOf } from './groupViews.ts';
import { ManagerList } from './ManagerList.tsx';
import { filterOpened } from './openedManagers.ts';
import { OpeningsPanel } from './OpeningsPanel.tsx';
import { RegistryPanel } from './RegistryPanel.tsx';
import { filterPools } from './registryViews.ts';
import { filterSessions, openSessionsOf, trafficOf } from './sessionRows.ts';
import { SessionTable } from './SessionTable.tsx';
import { tellSummary } from './summary.ts';
import { SummaryLine } from './SummaryLine.tsx';
import { entriesOf, eventKinds, filterEntries } from './timeLine.ts';
import type { EventKind } from './timeLine.ts';
import { TimeLine } from './TimeLine.tsx';
import styles from './ClusterHealth.module.css';

interface ClusterHealthProps {
  /** Shows a proximity group in the settings, or where session managers are added without one. */
  onLookAtRule: (groupId?: string) => void;
  /** Shows the session registry in the settings, or all sessions that it knows. */
  onShowRegistry: (page: 'registry' | 'sessions') => void;
  /** Goes back to the sessions; the one that was asked for is in front. */
  onClose: () => void;
  /** Shows a session in whichever window has it; left out, those of this window are shown here. */
  onShowSession?: (sessionId: string) => void;
}

/** The cluster-health panel: how every manager is, what runs, and what happened. */
export function ClusterHealth(props: ClusterHealthProps) {
  const state = useClusterHealth();
  return (
    <div className={styles.scroller}>
      <div className={styles.panel}>
        {state.health === undefined ? (
          <p className={styles.loading} role="status">
            <Spinner /> Asking for the state of the cluster
          </p>
        ) : state.health.managers.length === 0 ? (
          <EmptyState
            icon={<Network />}
            title="No session managers yet"
            text="Sessions run on session managers near their hosts. Add one in the settings, and its connection is checked at once."
          >
            <Button kind="primary" onClick={() => props.onLookAtRule()}>
              Open the settings
            </Button>
          </EmptyState>
        ) : (
          <Overview {...props} {...state} health={state.health} />
        )}
      </div>
    </div>
  );
}

type Part = 'managers' | 'sessions' | 'openings' | 'registry' | 'farm' | 'events';
const everyKind = 'every';

function Overview(props: ClusterHealthProps & ClusterHealthState & { health: Health }) {
  const { health, before } = props;
  const store = useSessionStore();
  const { sessions, tabs } = useSessions();
  const [part, setPart] = useState<Part>('managers');
  const [query, setQuery] = useState('');
  const [kind, setKind] = useState<EventKind>();
  const [aimed, setAimed] = useState<string>();
  const filterField = useRef<HTMLInputElement>(null);
  const focusFilter = () => filterField.current?.focus();
  useShortcuts({ '/': focusFilter, 'Mod+K': focusFilter });

  const isLost = useIsLost();
  const summary = useMemo(() => tellSummary(health), [health]);
  const groups = useMemo(() => filterGroups(groupViewsOf(health), query), [health, query]);
  const open = useMemo(() => openSessionsOf(sessions), [sessions]);
  const found = useMemo(() => filterSessions(open, query), [open, query]);
  const opened = useMemo(() => filterOpened(health.managers, query), [health, query]);
  const traffic = useMemo(() => trafficOf(health, before), [health, before]);
  const pools = useMemo(() => filterPools(health.registry.pools, query), [health, query]);
  const farm = useFarmNodes();
  const nodes = useMemo(() => filterNodes(farm, query), [farm, query]);
  const entries = useMemo(() => filterEntries(entriesOf(health), kind, query), [health, kind, query]);
  const managerCount = useMemo(
    () => new Set(groups.flatMap(({ managers }) => managers.map(({ managerId }) => managerId))).size,
    [groups],
  );

  const goTo = (next: Part, filter: string, sessionId?: string) => {
    setPart(next);
    setQuery(filter);
    setAimed(sessionId);
  };
  const clear = () => {
    setQuery('');
    setKind(undefined);
  };
  const isFiltered = query.trim() !== '';

  return (
    <>
      <SummaryLine summary={summary} asOf={isLost ? health.at : undefined} />
      <Tabs<Part>
        label="Parts of the cluster's health"
        value={part}
        onChange={(next) => goTo(next, query)}
        beside={
          <div className={styles.filter}>
            <SearchField
              ref={filterField}
              kind="filter"
              label="Filter managers, sessions, registry and events"
              placeholder="Filter"
              shortcut="/"
              value={query}
              onChange={setQuery}
            />
          </div>
        }
        tabs={[
          {
            value: 'managers',
            label: 'Managers',
            count: managerCount,
            content:
              groups.length === 0 ? (
                <NothingFound onClear={clear}>
                  Every word has to be in the name, the address, the state or the group of a manager.
                </NothingFound>
              ) : (
                <ManagerList
                  groups={groups}
                  health={health}
                  isFiltered={isFiltered}
                  onLookAtRule={props.onLookAtRule}
                  onShowSessions={(managerName) => goTo('sessions', managerName)}
                />
              ),
          },
          {
            value: 'sessions',
            label: 'Live sessions',
            count: found.length,
            content:
              found.length > 0 ? (
                <SessionTable
                  sessions={found}
                  traffic={traffic}
                  shownHere={
                    new Set(
                      props.onShowSession === undefined
                        ? tabs.map(({ sessionId }) => sessionId ?? '')
                        : open.map(({ id }) => id),
                    )
                  }
                  aimed={aimed}
                  onShow={(sessionId) => {
                    if (props.onShowSession !== undefined) return props.onShowSession(sessionId);
                    const tab = tabs.find((candidate) => candidate.sessionId === sessionId);
                    if (tab !== undefined) store.activate(tab.id);
                    props.onClose();
                  }}
                />
              ) : isFiltered && open.length > 0 ? (
                <NothingFound onClear={clear}>
                  Every word has to be in the host, the address, the manager or the group of a session.
                </NothingFound>
              ) : (
                <EmptyState title="No sessions now" text="A session that is opened shows here at once." />
              ),
          },
          {
            value: 'openings',
            label: 'Openings',
            count: opened.length,
            content:
              opened.length > 0 ? (
                <OpeningsPanel managers={opened} />
              ) : isFiltered && health.managers.some(({ openings }) => openings !== undefined) ? (
                <NothingFound onClear={clear}>
                  Every word has to be in the name or the address of a manager.
                </NothingFound>
              ) : (
                <EmptyState
                  title="Nothing was opened yet"
                  text="How soon the picture is there after a double-click shows here, with where the time goes."
                />
              ),
          },
          {
            value: 'registry',
            label: 'Registry',
            ...(health.registry.kind === 'etcd' && { count: pools.length }),
            content:
              isFiltered && health.registry.kind === 'etcd' && pools.length === 0 ? (
                <NothingFound onClear={clear}>
                  Every word has to be in the name of a pool, a member, or a process that follows it.
                </NothingFound>
              ) : (
                <RegistryPanel
                  registry={health.registry}
                  pools={pools}
                  claims={props.claims}
                  now={health.at}
                  onShowSettings={() => props.onShowRegistry('registry')}
                  onShowSessions={() => props.onShowRegistry('sessions')}
                />
              ),
          },
          ...(farm.length === 0
            ? []
            : [
                {
                  value: 'farm' as const,
                  label: 'Farm',
                  count: nodes.length,
                  content:
                    nodes.length === 0 ? (
                      <NothingFound onClear={clear}>
                        Every word has to be in the route, the address, the version or the state of a gateway.
                      </NothingFound>
                    ) : (
                      <FarmPanel all={farm} nodes={nodes} now={health.at} />
                    ),
                },
              ]),
          {
            value: 'events',
            label: 'Events',
            count: entries.length,
            content: (
              <>
                <div className={styles.kinds}>
                  <Select
                    label="Kind of event"
                    value={kind ?? everyKind}
                    onChange={(next) => setKind(next === everyKind ? undefined : (next as EventKind))}
                    options={[
                      { value: everyKind, label: 'Every kind' },
                      ...Object.entries(eventKinds).map(([value, label]) => ({ value, label })),
                    ]}
                  />
                </div>
                {entries.length > 0 ? (
                  <TimeLine
                    entries={entries}
                    now={health.at}
                    sessions={sessions}
                    onShowSession={(sessionId) => goTo('sessions', '', sessionId)}
                  />
                ) : health.events.length > 0 ? (
                  <NothingFound onClear={clear}>No event of this kind has every word.</NothingFound>
                ) : (
                  <EmptyState
                    title="Nothing has happened yet"
                    text="Managers that go down or come back, failovers and saved settings show here."
                  />
                )}
              </>
            ),
          },
        ]}
      />
    </>
  );
}

function NothingFound({ children, onClear }: { children: ReactNode; onClear: () => void }) {
  return (
    <EmptyState icon={<SearchX />} title="Nothing found" text={children}>
      <Button onClick={onClear}>Clear the filter</Button>
    </EmptyState>
  );
}
