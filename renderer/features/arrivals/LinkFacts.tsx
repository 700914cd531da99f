import { Bookmark, FilterX } from 'lucide-react';
import type { LinkProposal } from '../../../shared/model/linkProposal.ts';
import { protocolTraits } from '../../../shared/model/protocol.ts';
import { useHosts, useHostsStore } from '../../app/hosts.ts';
import { ProtocolIcon } from '../../ui/ProtocolIcon.tsx';
import { tellIgnored } from './ignoredWords.ts';
import styles from './LinkFacts.module.css';

const list = new Intl.ListFormat('en');

/** Where a link or a file leads, as whom, through what, and what of it isn't taken. */
export function LinkFacts({ proposal }: { proposal: LinkProposal }) {
  const { protocol, address, port, username, domain, groupName, managerName } = proposal;
  return (
    <>
      <div className={styles.host}>
        <ProtocolIcon protocol={protocol} />
        <p className={styles.words}>
          <strong>{proposal.name}</strong>
          <SavedWhere proposal={proposal} />
        </p>
      </div>
      <dl className={styles.facts}>
        <dt>Address</dt>
        <dd className={styles.address}>{address}</dd>
        <dt>Port</dt>
        <dd>{port}</dd>
        <dt>Protocol</dt>
        <dd>{protocolTraits[protocol].label}</dd>
        <dt>User</dt>
        <dd>{username === '' ? 'Not given' : domain === '' ? username : `${domain}\\${username}`}</dd>
        <dt>Runs through</dt>
        <dd>
          {managerName ?? 'No session manager is free now'}, in the proximity group “{groupName}”
        </dd>
      </dl>
      <Ignored names={proposal.ignored} />
    </>
  );
}

function SavedWhere({ proposal }: { proposal: LinkProposal }) {
  const { lists } = useHosts();
  const host = useHostsStore().find(proposal.hostId ?? '');
  if (proposal.hostId === undefined) return <span className={styles.muted}>Not among your saved hosts</span>;
  const vault = lists.vaults.find(({ id }) => id === host?.vaultId)?.name;
  return (
    <span className={styles.muted}>
      <Bookmark aria-hidden="true" /> Your saved host{vault !== undefined && ` in “${vault}”`}, opened as you
      saved it
    </span>
  );
}

function Ignored({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  const { what, others } = tellIgnored(names);
  const counted = what.length === 0 ? `${others}` : `${others} other`;
  const parts = [...what, ...(others === 0 ? [] : [`${counted} ${others === 1 ? 'setting' : 'settings'}`])];
  return (
    <div className={styles.ignored}>
      <FilterX aria-hidden="true" />
      <div>
        <p>Proxima does not take from it: {list.format(parts)}.</p>
        {names.length > 1 && (
          <details>
            <summary>All {names.length} by name</summary>
            <p className={styles.names}>{names.join(', ')}</p>
          </details>
        )}
      </div>
    </div>
  );
}
