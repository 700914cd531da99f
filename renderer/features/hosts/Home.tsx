import { Plus, Search, Server } from 'lucide-react';
import { protocolTraits } from '../../../shared/model/protocol.ts';
import { useDescription } from '../../app/description.ts';
import { useFrame } from '../../app/frame.ts';
import { useHostActions } from '../../app/hostActions.ts';
import { useHosts } from '../../app/hosts.ts';
import { mayEditSome, useOwnAccess } from '../../app/ownAccess.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { ProtocolIcon } from '../../ui/ProtocolIcon.tsx';
import { useOpenHost } from './useOpenHost.ts';
import styles from './Home.module.css';

const shownHosts = 6;

/** Where no session is open: the hosts that are likely wanted, and what to do. */
export function Home() {
  const { lists, complete } = useHosts();
  const openHost = useOpenHost();
  const mayEdit = mayEditSome(useOwnAccess());
  const { newHost } = useHostActions();
  const { focusSearch } = useFrame();
  const inBrowser = useDescription()?.runsIn === 'gateway';
  const newHostKeys = inBrowser ? 'Alt+N' : 'Mod+N';

  if (!complete) return <div className={styles.home} />;
  if (lists.all.length === 0 && !mayEdit) {
    return (
      <EmptyState
        icon={<Server />}
        title="No hosts for you yet"
        text="What you may see and open is granted by an administrator of Proxima. It shows here as soon as it is."
      />
    );
  }
  if (lists.all.length === 0) {
    return (
      <EmptyState
        icon={<Server />}
        title="Add your first host"
        text="Windows desktops by RDP, servers by SSH or Telnet, anything that shares its screen by VNC. Proxima opens them through the nearest session manager."
      >
        <Button kind="primary" icon={<Plus aria-hidden="true" />} onClick={() => newHost()}>
          New host
        </Button>
      </EmptyState>
    );
  }

  const likely = [...new Set([...lists.recent, ...lists.favourites])].slice(0, shownHosts);
  return (
    <div className={styles.home}>
      <div className={styles.column}>
        <h2 className={styles.title}>
          {lists.recent.length > 0 ? 'Pick up where you left off' : 'Open a host'}
        </h2>
        {likely.length > 0 ? (
          <ul className={styles.cards}>
            {likely.map(({ host }) => (
              <li key={host.id}>
                <button type="button" className={styles.card} onClick={() => openHost(host.id)}>
                  <ProtocolIcon protocol={host.protocol} />
                  <span className={styles.words}>
                    <span className={styles.name}>{host.name}</span>
                    <span className={styles.address}>
                      {protocolTraits[host.protocol].label} · {host.address}
                    </span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        ) : (
          <p className={styles.text}>Double-click a host on the left, or search for it and press Enter.</p>
        )}
        <div className={styles.actions}>
          <Button icon={<Search aria-hidden="true" />} onClick={focusSearch}>
            Search <Kbd keys="/" />
          </Button>
          {mayEdit && (
            <Button icon={<Plus aria-hidden="true" />} onClick={() => newHost()}>
              New host <Kbd keys={newHostKeys} />
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}
