import { ChevronRight, Clock, Folder, Lock, Star } from 'lucide-react';
import { useId } from 'react';
import type { HTMLAttributes, Ref } from 'react';
import { protocolTraits } from '../../../shared/model/protocol.ts';
import { Badge } from '../../ui/Badge.tsx';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import type { ListRow } from './listRows.ts';
import { ProtocolIcon } from '../../ui/ProtocolIcon.tsx';
import styles from './Rows.module.css';

type RowElement = HTMLAttributes<HTMLDivElement> & { ref: Ref<HTMLDivElement> | undefined };

const sectionIcons = { favourites: Star, recent: Clock, vault: Folder } as const;
const count = new Intl.NumberFormat('en');

export function FolderRow({
  row,
  folders,
  element,
}: {
  row: Extract<ListRow, { kind: 'folder' }>;
  folders: number;
  element: RowElement;
}) {
  const { section } = row;
  const Icon = sectionIcons[section.kind];
  return (
    <div
      {...element}
      className={`${styles.row} ${styles.folder}`}
      role="treeitem"
      aria-level={1}
      aria-posinset={row.position + 1}
      aria-setsize={folders}
      aria-expanded={section.open}
    >
      <ChevronRight className={styles.chevron} aria-hidden="true" />
      <Icon className={styles.sectionIcon} aria-hidden="true" />
      <span className={styles.folderName}>{section.label}</span>
      <span className={styles.count}>
        <VisuallyHidden>, </VisuallyHidden>
        {count.format(section.entries.length)}
        <VisuallyHidden> hosts</VisuallyHidden>
      </span>
    </div>
  );
}

export function HostRow({
  row,
  live,
  mayOpen,
  vaultName,
  onFavourite,
  element,
}: {
  row: Extract<ListRow, { kind: 'host' }>;
  live: boolean;
  mayOpen: boolean;
  /** Said where the row isn't under its vault. */
  vaultName: string | undefined;
  onFavourite: () => void;
  element: RowElement;
}) {
  const { host } = row.entry;
  const { label } = protocolTraits[host.protocol];
  const wordsId = useId();
  return (
    <div
      {...element}
      data-locked={!mayOpen || undefined}
      className={`${styles.row} ${styles.host} ${row.section === undefined ? '' : styles.inFolder}`}
      role="treeitem"
      aria-level={row.section === undefined ? 1 : 2}
      aria-posinset={row.position + 1}
      aria-setsize={row.siblings}
      aria-labelledby={wordsId}
    >
      <span className={styles.protocol} title={label}>
        <ProtocolIcon protocol={host.protocol} />
        {live && <span className={styles.live} title="A session is open" />}
      </span>
      <span id={wordsId} className={styles.words}>
        <span className={styles.name}>{host.name}</span>{' '}
        <span className={styles.details}>
          <span className={styles.address}>{host.address}</span>{' '}
          {vaultName !== undefined && <span className={styles.vault}>{vaultName} </span>}
          <span className={styles.tags}>
            {host.tags.map((tag) => (
              <Badge key={tag}>{tag} </Badge>
            ))}
          </span>
          <VisuallyHidden>
            , {label}
            {live && ', session open'}
            {!mayOpen && ', you may not open it'}
            {host.favourite && ', favourite'}
          </VisuallyHidden>
        </span>
      </span>
      {!mayOpen && (
        <span className={styles.locked} title="You may see this host, but not open it">
          <Lock aria-hidden="true" />
        </span>
      )}
      <button
        type="button"
        tabIndex={-1}
        className={styles.star}
        data-on={host.favourite || undefined}
        aria-label={host.favourite ? `Remove ${host.name} from favourites` : `Add ${host.name} to favourites`}
        onClick={(event) => {
          event.stopPropagation();
          onFavourite();
        }}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        <Star aria-hidden="true" />
      </button>
    </div>
  );
}
