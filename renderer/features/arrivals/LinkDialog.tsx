import { useEffect, useState } from 'react';
import { describeFailure } from '../../../shared/contract/failure.ts';
import type { Failure } from '../../../shared/contract/failure.ts';
import type { LinkAnswer, LinkProposal } from '../../../shared/model/linkProposal.ts';
import { generalVault } from '../../../shared/model/host.ts';
import { protocolTraits } from '../../../shared/model/protocol.ts';
import { settle, useClient } from '../../app/connection.ts';
import { useHosts } from '../../app/hosts.ts';
import { useSessionStore } from '../../app/sessionsContext.tsx';
import { useViews } from '../../app/views.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { Select } from '../../ui/Select.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { LinkFacts } from './LinkFacts.tsx';
import { checkCredential, credentialOf, emptyCredential } from './typedCredential.ts';
import type { TypedCredential } from './typedCredential.ts';
import styles from './LinkDialog.module.css';

const formId = 'link-form';

/** Whoever clicks or types while it comes up hasn't read it. */
const armAfterMs = 700;

function useIsArmed(): boolean {
  const [isArmed, setArmed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setArmed(true), armAfterMs);
    return () => clearTimeout(timer);
  }, []);
  return isArmed;
}

const sources: Readonly<Record<LinkProposal['source'], string>> = {
  proxima: 'A link of Proxima asks for this host.',
  ssh: 'An ssh:// link asks for this host.',
  rdp: 'An rdp:// link asks for this host.',
  vnc: 'A vnc:// link asks for this host.',
  telnet: 'A telnet:// link asks for this host.',
  'rdp-file': 'A Remote Desktop file asks for this host.',
  'proxima-file': 'A file of Proxima asks for this host.',
};

/** Shows what a link or a file asks for. Nothing is opened or saved before its person presses a button of this dialog. */
export function LinkDialog(props: {
  proposal: LinkProposal;
  /** How many more wait. */
  waiting: number;
  onDone: () => void;
}) {
  const { proposal, waiting, onDone } = props;
  const client = useClient();
  const store = useSessionStore();
  const { show } = useViews();
  const { vaults } = useHosts().lists;
  const isArmed = useIsArmed();
  const isSaved = proposal.hostId !== undefined;
  const [saves, setSaves] = useState(false);
  const [name, setName] = useState(proposal.name);
  const [vaultId, setVaultId] = useState(generalVault.id);
  const [typed, setTyped] = useState<TypedCredential>(emptyCredential(proposal));
  const [signsIn, setSignsIn] = useState(!isSaved);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const hasName = name.trim() !== '';

  const cancel = () => {
    // Where this doesn't get through, the host process asks again.
    void settle(client.links.dismiss({ proposalId: proposal.id }));
    onDone();
  };
  const accept = async () => {
    setTried(true);
    if (!isArmed || busy || (saves && !hasName)) return;
    setBusy(true);
    show({ kind: 'work' });
    const answer: LinkAnswer = saves
      ? { kind: 'save-and-open', name: name.trim(), vaultId }
      : { kind: 'open' };
    const credential = credentialOf(proposal, typed);
    const opened = await store.openAccepted(proposal.hostId ?? proposal.id, (display) =>
      settle(
        client.links.accept({
          proposalId: proposal.id,
          answer,
          display,
          ...(credential !== undefined && { credential }),
        }),
      ),
    );
    setBusy(false);
    if (opened.ok) onDone();
    else setFailure(opened.failure);
  };

  const traits = protocolTraits[proposal.protocol];
  const words = failure && describeFailure(failure);
  return (
    <Dialog
      open
      onClose={cancel}
      width="large"
      initialFocus="dialog"
      title={saves ? 'Save and open this host?' : 'Open this host?'}
      description={`${sources[proposal.source]} ${waiting === 0 ? '' : waiting === 1 ? 'One more waits.' : `${waiting} more wait.`}`}
      footer={
        <>
          {words && (
            <p className={styles.failure} role="alert">
              <strong>{words.what}</strong> {words.safe} {words.next}
            </p>
          )}
          <Button onClick={cancel}>Cancel</Button>
          {!isSaved && !saves && (
            <Button disabled={!isArmed || busy} onClick={() => setSaves(true)}>
              Save and open…
            </Button>
          )}
          <Button kind="primary" type="submit" form={formId} busy={busy} disabled={!isArmed}>
            {saves ? 'Save and open' : 'Open'}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void accept();
        }}
      >
        <LinkFacts proposal={proposal} />
        {saves && (
          <div className={styles.pair}>
            <TextField
              label="Name"
              value={name}
              onChange={setName}
              error={tried && !hasName ? 'Enter a name.' : undefined}
              autoFocus
            />
            <Select
              label="Vault"
              value={vaultId}
              onChange={setVaultId}
              options={vaults.map((vault) => ({ value: vault.id, label: vault.name }))}
            />
          </div>
        )}
        <Disclosure
          title={isSaved ? 'Sign in as somebody else' : 'Sign in'}
          note="for this session only, stored nowhere"
          open={signsIn}
          onToggle={setSignsIn}
        >
          <div className={styles.pair}>
            {traits.wantsUsername && (
              <TextField
                label="User name"
                value={typed.username}
                onChange={(username) => setTyped({ ...typed, username })}
              />
            )}
            {traits.wantsDomain && (
              <TextField
                label="Domain"
                value={typed.domain}
                onChange={(domain) => setTyped({ ...typed, domain })}
              />
            )}
            <TextField
              label="Password"
              type="password"
              autoComplete="new-password"
              value={typed.password}
              onChange={(password) => setTyped({ ...typed, password })}
              error={checkCredential(typed)}
            />
          </div>
        </Disclosure>
      </form>
    </Dialog>
  );
}
