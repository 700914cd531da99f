import { useDeferredValue, useState } from 'react';
import type { Access, Account } from '../../../../shared/model/access.ts';
import type { Vault } from '../../../../shared/model/host.ts';
import { useWatched } from '../../../app/useWatched.ts';
import { TextField } from '../../../ui/TextField.tsx';
import { groupsOf } from '../people/accountRows.ts';
import { watchAccounts } from '../people/watchAccounts.ts';
import { accountOf, askAbout, tellRights, tellRoles, tellWhatMay } from './whatMay.ts';
import styles from './WhatMayPanel.module.css';

const noAccounts: readonly Account[] = [];

/** “What may Ada do?”, of the draft as it is. */
export function WhatMayPanel({ access, vaults }: { access: Access; vaults: readonly Vault[] }) {
  const accounts = useWatched(watchAccounts)?.accounts ?? noAccounts;
  const [name, setName] = useState('');
  const [groups, setGroups] = useState('');
  const asked = useDeferredValue(name).trim();
  const account = accountOf(name, accounts);

  return (
    <section className={styles.panel} aria-label="What may somebody do?">
      <div>
        <h4 className={styles.heading}>What may somebody do?</h4>
        <p className={styles.text}>With the settings as they are here, saved or not.</p>
      </div>
      <div className={styles.fields}>
        <TextField
          label="Person"
          placeholder="ada, or ada@office"
          hint={
            account?.isDisabled === true
              ? 'This account is disabled: nobody signs in with it now.'
              : undefined
          }
          value={name}
          onChange={setName}
        />
        <TextField
          label="Groups"
          placeholder="operations, night shift"
          hint={
            account === undefined
              ? 'As their provider tells them, with commas between them.'
              : 'As their account has them.'
          }
          disabled={account !== undefined}
          value={account === undefined ? groups : account.groups.join(', ')}
          onChange={setGroups}
        />
      </div>
      <div role="status">{asked !== '' && tell()}</div>
    </section>
  );

  function tell() {
    const told = tellWhatMay(askAbout(asked, groupsOf(groups), accounts), access, vaults);
    const seen = told.vaults.filter(({ rights }) => rights.length > 0);
    const unseen = told.vaults.length - seen.length;
    return (
      <div className={styles.answer}>
        <p>
          <strong>{tellRoles(account?.name ?? asked, told.roles)}</strong>
        </p>
        {!told.roles.includes('administrator') && (
          <>
            {seen.length > 0 && (
              <ul className={styles.vaults}>
                {seen.map(({ vault, rights, through }) => (
                  <li key={vault.id}>
                    <strong>{vault.name}</strong>: {tellRights(rights)}
                    {through.length > 0 && (
                      <span className={styles.text}> – through {through.join('; ')}</span>
                    )}
                  </li>
                ))}
              </ul>
            )}
            {unseen > 0 && (
              <p className={styles.text}>
                {seen.length === 0
                  ? 'They see no host.'
                  : unseen === 1
                    ? 'They don’t see the one other vault.'
                    : `They don’t see the ${unseen} other vaults.`}
              </p>
            )}
          </>
        )}
      </div>
    );
  }
}
