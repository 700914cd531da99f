import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { Access, Right, Subject } from '../../../../shared/model/access.ts';
import { tellSubject } from '../../../../shared/model/accessChanges.ts';
import {
  compareSubjects,
  editAccess,
  isSameSubject,
  setRight,
  subjectsGranted,
} from '../../../app/accessEdits.ts';
import { capitalise } from '../../../app/checkedDraft.ts';
import { useHosts } from '../../../app/hosts.ts';
import { managedBy, useSettingsStore } from '../../../app/settings.ts';
import type { SettingsState } from '../../../app/settings.ts';
import { Button } from '../../../ui/Button.tsx';
import { Segments } from '../../../ui/Segments.tsx';
import { Select } from '../../../ui/Select.tsx';
import { LockNote } from '../LockNote.tsx';
import { Page } from '../records/Page.tsx';
import { AddSubjectDialog } from './AddSubjectDialog.tsx';
import { RightsTable } from './RightsTable.tsx';
import { rowsOfSubject, rowsOfVault } from './rightsRows.ts';
import type { RightsRow } from './rightsRows.ts';
import { WhatMayPanel } from './WhatMayPanel.tsx';
import styles from './RightsPage.module.css';

const everyone: Subject = { kind: 'everyone' };
const allVaults = 'all';
const keyOf = (subject: Subject) => JSON.stringify(subject);

/** Who may do what with the hosts of which vault: for one vault at a time, or for one person or group. */
export function RightsPage({ state }: { state: SettingsState }) {
  const { access } = state.draft;
  const { vaults } = useHosts().lists;
  const store = useSettingsStore();
  const lockedBy = managedBy(state.saved, 'access');
  const isLocked = lockedBy !== undefined;
  const [by, setBy] = useState<'vault' | 'subject'>('vault');
  const [vault, setVault] = useState(allVaults);
  const [subject, setSubject] = useState<Subject>(everyone);
  /** Shown though nothing is granted to them yet, or any more. */
  const [added, setAdded] = useState<readonly Subject[]>([]);
  const [isAdding, setAdding] = useState(false);

  const subjects = allSubjects(access, added);
  const vaultId = vault === allVaults ? undefined : vault;
  const set = (row: RightsRow, right: Right, on: boolean) => {
    // A row whose last right goes stays where it is, with the focus in it.
    setAdded(withSubject(added, row.subject));
    store.edit(editAccess(setRight(row.subject, row.vaultId, right, on)));
  };

  return (
    <Page
      title="Rights"
      text="What people may do with the hosts of a vault. Administrators may do everything, whatever stands here; auditors see every host."
      actions={
        !isLocked && (
          <Button icon={<Plus aria-hidden="true" />} onClick={() => setAdding(true)}>
            Add a person or group…
          </Button>
        )
      }
    >
      <LockNote what="Who may sign in, and who may do what," managedBy={lockedBy} />
      <div className={styles.choice}>
        <Segments
          label="Show the rights"
          value={by}
          onChange={setBy}
          options={[
            { value: 'vault', label: 'By vault' },
            { value: 'subject', label: 'By person or group' },
          ]}
        />
        <div className={styles.select}>
          {by === 'vault' ? (
            <Select
              label="Vault"
              value={vault}
              onChange={setVault}
              options={[
                { value: allVaults, label: 'All vaults, also later ones' },
                ...vaults.map(({ id, name }) => ({ value: id, label: name })),
              ]}
            />
          ) : (
            <Select
              label="Person or group"
              value={keyOf(subject)}
              onChange={(key) => setSubject(subjects.find((other) => keyOf(other) === key) ?? everyone)}
              options={subjects.map((other) => ({
                value: keyOf(other),
                label: capitalise(tellSubject(other)),
              }))}
            />
          )}
        </div>
      </div>
      <RightsTable
        label={by === 'vault' ? 'Who may do what in the vault' : `What ${tellSubject(subject)} may do`}
        firstColumn={by === 'vault' ? 'Who' : 'Vault'}
        rows={
          by === 'vault'
            ? rowsOfVault(access, vaultId, subjects, added)
            : rowsOfSubject(access, subject, vaults)
        }
        isLocked={isLocked}
        onSet={set}
      />
      {access.grants.length === 0 && (
        <p className={styles.text}>
          Nothing is granted yet: only administrators open hosts, and only they and auditors see any.
        </p>
      )}
      <WhatMayPanel access={access} vaults={vaults} />
      {isAdding && (
        <AddSubjectDialog
          onClose={() => setAdding(false)}
          onAdd={(next) => {
            setAdding(false);
            setAdded(withSubject(added, next));
            setSubject(subjects.find((other) => isSameSubject(other, next)) ?? next);
          }}
        />
      )}
    </Page>
  );
}

const withSubject = (subjects: readonly Subject[], subject: Subject) =>
  subjects.some((other) => isSameSubject(other, subject)) ? subjects : [...subjects, subject];

/** Everyone, and whoever is granted something or was added. */
const allSubjects = (access: Access, added: readonly Subject[]): readonly Subject[] =>
  [everyone, ...added].reduce(withSubject, subjectsGranted(access)).toSorted(compareSubjects);
