import { PanelLeftClose, Plus, SearchX } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { z } from 'zod';
import { useFrame } from '../../app/frame.ts';
import { useHostActions } from '../../app/hostActions.ts';
import { createHostSearch } from '../../app/hostSearch.ts';
import { useHosts, useHostsStore } from '../../app/hosts.ts';
import { mayEditSome, useOwnAccess } from '../../app/ownAccess.ts';
import { useStored } from '../../app/stored.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { SearchField } from '../../ui/SearchField.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import { FileDrop } from './FileDrop.tsx';
import { useListDialogs } from './hostCommands.ts';
import type { Reveal } from './hostCommands.ts';
import { HostList } from './HostList.tsx';
import type { HostListHandle } from './HostList.tsx';
import { rowsOfFound, rowsOfSections } from './listRows.ts';
import { useListMenus } from './menus.tsx';
import { sectionsOf, vaultKey } from './sections.ts';
import { useOpenHost } from './useOpenHost.ts';
import styles from './HostsPanel.module.css';

const count = new Intl.NumberFormat('en');

/** The left pane: search, and the hosts in their folders. */
export function HostsPanel() {
  const { lists, complete } = useHosts();
  const store = useHostsStore();
  const { searchAsked, collapsePane } = useFrame();
  const { newHost } = useHostActions();
  const openHost = useOpenHost();
  const mayEdit = mayEditSome(useOwnAccess());
  const { revealed } = useListDialogs();
  const menus = useListMenus();
  const [query, setQuery] = useState('');
  const [folders, setFolders] = useStored('proxima.folders', z.record(z.string(), z.boolean()), {});
  const searchField = useRef<HTMLInputElement>(null);
  const list = useRef<HostListHandle>(null);
  const [search] = useState(createHostSearch);

  useEffect(() => {
    // The first keystroke after a change of the list then finds everything ready.
    const idle = requestIdleCallback(() => search(lists, ''));
    return () => cancelIdleCallback(idle);
  }, [search, lists]);

  useEffect(() => {
    if (searchAsked === 0) return;
    searchField.current?.focus();
    searchField.current?.select();
  }, [searchAsked]);

  const sections = useMemo(() => sectionsOf(lists, folders), [lists, folders]);
  const isSearching = query.trim() !== '';
  const rows = useMemo(
    () => (isSearching ? rowsOfFound(search(lists, query)) : rowsOfSections(sections)),
    [isSearching, search, lists, query, sections],
  );

  const shownReveal = useRef<Reveal>(undefined);
  useEffect(() => {
    if (revealed === undefined || revealed === shownReveal.current) return;
    const host = store.find(revealed.hostId);
    // It may come with the next change of the list; an open folder and the whole list come with the next drawing.
    if (host === undefined) return;
    const key = vaultKey(host.vaultId);
    setQuery('');
    if (folders[key] !== true) setFolders({ ...folders, [key]: true });
    if (list.current?.show(`${key}/${host.id}`) === true) shownReveal.current = revealed;
  }, [revealed, store, folders, setFolders, rows]);

  const changeQuery = (next: string) => {
    setQuery(next);
    list.current?.reset();
  };

  const isEmpty = complete && lists.all.length === 0 && lists.vaults.length <= 1;
  return (
    <FileDrop>
      <header className={styles.header}>
        <SearchField
          ref={searchField}
          label="Search hosts"
          placeholder="Search hosts"
          shortcut="/"
          value={query}
          onChange={changeQuery}
          onDown={() => list.current?.focus()}
          onEnter={() => {
            const [best] = search(lists, query);
            if (best === undefined) return;
            openHost(best.host.id);
            // The session takes the keyboard from nobody who is writing.
            searchField.current?.blur();
          }}
        />
        <Menu trigger={<IconButton label="New" icon={<Plus />} />} groups={menus.ofList} />
        <span className={styles.collapse}>
          <IconButton
            label="Hide the hosts"
            shortcut="Mod+B"
            icon={<PanelLeftClose />}
            onClick={collapsePane}
          />
        </span>
      </header>
      {isEmpty ? (
        <EmptyState
          title="No hosts yet"
          text={
            mayEdit
              ? 'A double-click opens a host, once you have saved one.'
              : 'Nobody has granted you hosts yet. Ask an administrator of Proxima.'
          }
        >
          {mayEdit && <Button onClick={() => newHost()}>New host…</Button>}
        </EmptyState>
      ) : isSearching && rows.count === 0 ? (
        <EmptyState
          icon={<SearchX />}
          title="Nothing found"
          text="Every word has to be in the name, the address, a tag or the vault of a host."
        >
          <Button onClick={() => changeQuery('')}>Clear the search</Button>
        </EmptyState>
      ) : (
        <HostList
          ref={list}
          rows={rows}
          vaults={lists.vaults}
          folders={sections.length}
          onToggle={(key, open) => setFolders({ ...folders, [key]: open })}
          onType={(text) => {
            changeQuery(query + text);
            searchField.current?.focus();
          }}
          onLeave={() => searchField.current?.focus()}
        />
      )}
      <div className={styles.footer} role="status">
        {!complete && <Spinner size={12} />}
        {isSearching && complete
          ? `${count.format(rows.count)} of ${count.format(lists.all.length)} hosts`
          : `${complete ? '' : 'Loading: '}${count.format(lists.all.length)} ${lists.all.length === 1 ? 'host' : 'hosts'}`}
      </div>
    </FileDrop>
  );
}
