import { Plus, SearchX, Users } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import type { Account } from '../../../../shared/model/access.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { isOwner, mayAdminister, useOwnAccess } from '../../../app/ownAccess.ts';
import { showFailure } from '../../../app/showFailure.ts';
import { useWatched } from '../../../app/useWatched.ts';
import { AlertDialog } from '../../../ui/AlertDialog.tsx';
import { Button } from '../../../ui/Button.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { showToast } from '../../../ui/Toast.tsx';
import { ListFilter } from '../records/ListFilter.tsx';
import { Loading, Page } from '../records/Page.tsx';
import { AccountDialog } from './AccountDialog.tsx';
import { AccountList } from './AccountList.tsx';
import { filterAccounts } from './accountRows.ts';
import { InvitationDialog } from './InvitationDialog.tsx';
import { watchAccounts } from './watchAccounts.ts';
import styles from './PeoplePage.module.css';

const noAccounts: readonly Account[] = [];

type Asked =
  | { readonly kind: 'new' }
  | { readonly kind: 'edit' | 'invite' | 'reset' | 'remove'; readonly account: Account }
  | { readonly kind: 'invitation'; readonly name: string; readonly path: string };

/** The accounts whose passwords are kept here. Saved at once, not with the settings. */
export function PeoplePage() {
  const client = useClient();
  const own = useOwnAccess();
  const accounts = useWatched(watchAccounts)?.accounts;
  const [query, setQuery] = useState('');
  const wanted = useDeferredValue(query);
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const found = useMemo(() => filterAccounts(accounts ?? noAccounts, wanted), [accounts, wanted]);
  const mayEdit = mayAdminister(own);

  const invite = async (name: string) => {
    close();
    const answer = await settle(client.accounts.invite({ name }));
    if (answer.ok) setAsked({ kind: 'invitation', name, path: answer.value.path });
    else showFailure(answer.failure);
  };
  const act = async (done: string, call: Promise<unknown>) => {
    close();
    const answer = await settle(call);
    if (answer.ok) showToast({ title: done });
    else showFailure(answer.failure);
  };
  const setDisabled = ({ name, displayName, groups, roles }: Account, isDisabled: boolean) =>
    void act(
      isDisabled ? `${name} is disabled and signed out` : `${name} can sign in again`,
      client.accounts.save({ name, displayName, groups, roles, isDisabled }),
    );

  const newAccount = (
    <Button kind="primary" icon={<Plus aria-hidden="true" />} onClick={() => setAsked({ kind: 'new' })}>
      New account…
    </Button>
  );
  const isFirst = own !== undefined && isOwner(own);
  return (
    <Page
      title="People"
      text="Accounts with a password of their own here. People of other identity providers need none: “Signing in” decides about those."
      actions={mayEdit && accounts !== undefined && accounts.length > 0 ? newAccount : undefined}
      fills
    >
      {accounts === undefined && <Loading>Loading the accounts</Loading>}
      {accounts?.length === 0 && (
        <EmptyState
          icon={<Users />}
          title="No accounts yet"
          text={
            isFirst
              ? 'You came in by the one-time token. Make an administrator’s account for yourself: with its name and password you can sign in on any day.'
              : 'Nobody has an account here.'
          }
        >
          {isFirst ? (
            <Button kind="primary" onClick={() => location.assign('/first-administrator')}>
              Make the administrator’s account…
            </Button>
          ) : (
            mayEdit && newAccount
          )}
        </EmptyState>
      )}
      {accounts !== undefined && accounts.length > 0 && (
        <div className={styles.list}>
          <ListFilter
            label="Filter the accounts"
            placeholder="Filter by name, group, role or state"
            value={query}
            onChange={setQuery}
            isNarrowed={wanted.trim() !== ''}
            found={found.length}
            all={accounts.length}
            noun={['account', 'accounts']}
          />
          {found.length === 0 ? (
            <EmptyState
              icon={<SearchX />}
              title="Nothing found"
              text="Every word has to be in the name, a group, a role or the state of an account."
            >
              <Button onClick={() => setQuery('')}>Clear the filter</Button>
            </EmptyState>
          ) : (
            <AccountList
              accounts={found}
              mayEdit={mayEdit}
              ownName={own?.person.id}
              onEdit={(account) => setAsked({ kind: 'edit', account })}
              onInvite={(account) => setAsked({ kind: 'invite', account })}
              onReset={(account) => setAsked({ kind: 'reset', account })}
              onRemove={(account) => setAsked({ kind: 'remove', account })}
              onDisable={setDisabled}
            />
          )}
        </div>
      )}
      {asked?.kind === 'new' && (
        <AccountDialog
          accounts={accounts ?? noAccounts}
          onClose={close}
          onSaved={(name, wantsInvitation) => (wantsInvitation ? void invite(name) : close())}
        />
      )}
      {asked?.kind === 'edit' && (
        <AccountDialog
          account={asked.account}
          accounts={accounts ?? noAccounts}
          onClose={close}
          onSaved={close}
        />
      )}
      {asked?.kind === 'invitation' && (
        <InvitationDialog name={asked.name} path={asked.path} onClose={close} />
      )}
      {asked?.kind === 'invite' && (
        <AlertDialog
          open
          title={`Invite ${asked.account.name} to choose a new password?`}
          text={`${asked.account.name} is signed out everywhere, and the sessions end. Whoever has the link can choose the password, once and within a day.`}
          confirmLabel="Make the link"
          onConfirm={() => void invite(asked.account.name)}
          onCancel={close}
        />
      )}
      {asked?.kind === 'reset' && (
        <AlertDialog
          open
          title={`Reset the second factor of ${asked.account.name}?`}
          text="Their password alone is enough then, until they set up another. Do this only if you are sure who asks."
          confirmLabel="Reset"
          onConfirm={() =>
            void act(
              `The second factor of ${asked.account.name} is reset`,
              client.accounts.resetSecondFactor({ name: asked.account.name }),
            )
          }
          onCancel={close}
        />
      )}
      {asked?.kind === 'remove' && (
        <AlertDialog
          open
          title={`Remove the account of ${asked.account.name}?`}
          text={`${asked.account.name} is signed out everywhere, and the sessions end. What was granted to the name stays in “Rights”. This can’t be undone; an account that is only disabled can come back.`}
          confirmLabel="Remove"
          onConfirm={() =>
            void act(
              `The account of ${asked.account.name} is removed`,
              client.accounts.remove({ name: asked.account.name }),
            )
          }
          onCancel={close}
        />
      )}
    </Page>
  );
}
