import {
  Copy,
  CopyPlus,
  FolderPen,
  FolderPlus,
  Link,
  Pencil,
  Play,
  Plus,
  Star,
  StarOff,
  Trash2,
} from 'lucide-react';
import { generalVault } from '../../../shared/model/host.ts';
import type { HostSummary, Vault } from '../../../shared/model/host.ts';
import { useHostActions } from '../../app/hostActions.ts';
import { useLinkActions } from '../../app/linkActions.ts';
import { mayAdminister, mayEditSome, rightsIn, useOwnAccess } from '../../app/ownAccess.ts';
import type { MenuGroups } from '../../ui/Menu.tsx';
import { useHostCommands, useListDialogs } from './hostCommands.ts';
import { useOpenHost } from './useOpenHost.ts';

/** What the list's menus offer: for a host, for a vault, and anywhere else. */
export function useListMenus() {
  const own = useOwnAccess();
  const openHost = useOpenHost();
  const { newHost, editHost } = useHostActions();
  const { nameVault } = useListDialogs();
  const { askForLink } = useLinkActions();
  const commands = useHostCommands();

  const ofList: MenuGroups = [
    [
      ...(mayEditSome(own) ? [{ label: 'New host…', icon: <Plus />, onSelect: () => newHost() }] : []),
      ...(mayAdminister(own)
        ? [{ label: 'New vault…', icon: <FolderPlus />, onSelect: () => nameVault() }]
        : []),
    ],
    [{ label: 'Open a link or file…', icon: <Link />, shortcut: 'Mod+O', onSelect: askForLink }],
  ];

  return {
    ofList,

    ofHost: (host: HostSummary): MenuGroups => {
      const rights = rightsIn(own, host.vaultId);
      const mayEdit = rights.has('edit');
      return [
        [
          {
            label: rights.has('open') ? 'Open' : 'Open (not permitted)',
            disabled: !rights.has('open'),
            icon: <Play />,
            shortcut: 'Enter',
            onSelect: () => openHost(host.id),
          },
        ],
        [
          ...(mayEdit
            ? [
                { label: 'Edit…', icon: <Pencil />, shortcut: 'F2', onSelect: () => editHost(host.id) },
                { label: 'Duplicate', icon: <CopyPlus />, onSelect: () => void commands.duplicate(host) },
              ]
            : []),
          { label: 'Copy address', icon: <Copy />, onSelect: () => void commands.copyAddress(host) },
          {
            label: host.favourite ? 'Remove from favourites' : 'Add to favourites',
            icon: host.favourite ? <StarOff /> : <Star />,
            onSelect: () => void commands.setFavourite(host, !host.favourite),
          },
        ],
        mayEdit
          ? [
              {
                label: 'Delete',
                icon: <Trash2 />,
                shortcut: 'Del',
                destructive: true,
                onSelect: () => void commands.remove(host),
              },
            ]
          : [],
      ];
    },

    ofVault: (vault: Vault, hostCount: number): MenuGroups => {
      const ofVault: MenuGroups = [
        rightsIn(own, vault.id).has('edit')
          ? [{ label: 'New host here…', icon: <Plus />, onSelect: () => newHost(vault.id) }]
          : [],
        mayAdminister(own)
          ? [
              { label: 'Rename…', icon: <FolderPen />, shortcut: 'F2', onSelect: () => nameVault(vault) },
              {
                label: hostCount > 0 ? 'Delete (only when empty)' : 'Delete',
                icon: <Trash2 />,
                destructive: true,
                disabled: hostCount > 0 || vault.id === generalVault.id,
                onSelect: () => void commands.removeVault(vault),
              },
            ]
          : [],
      ];
      return ofVault.some((group) => group.length > 0) ? ofVault : ofList;
    },
  };
}
