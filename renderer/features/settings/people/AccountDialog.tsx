import { useState } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import { accountSchema, personNameSchema } from '../../../../shared/model/access.ts';
import type { Account, Role } from '../../../../shared/model/access.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { Checkbox } from '../../../ui/Checkbox.tsx';
import { Fieldset } from '../../../ui/Fieldset.tsx';
import { FormDialog } from '../../../ui/FormDialog.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { groupsOf } from './accountRows.ts';

const roles = [
  {
    role: 'administrator',
    label: 'Administrator',
    hint: 'Changes the settings, the accounts and the rights, and may do everything in every vault.',
  },
  {
    role: 'auditor',
    label: 'Auditor',
    hint: 'Sees all settings, records and hosts, and changes none of them.',
  },
] as const satisfies readonly { role: Role; label: string; hint: string }[];

/** A new account, or one to edit; its name never changes. */
export function AccountDialog(props: {
  /** Absent for a new one. */
  account?: Account;
  accounts: readonly Account[];
  onClose: () => void;
  onSaved: (name: string, wantsInvitation: boolean) => void;
}) {
  const { account } = props;
  const client = useClient();
  const [name, setName] = useState(account?.name ?? '');
  const [displayName, setDisplayName] = useState(account?.displayName ?? '');
  const [groups, setGroups] = useState(account?.groups.join(', ') ?? '');
  const [chosen, setChosen] = useState<readonly Role[]>(account?.roles ?? ['user']);
  const [wantsInvitation, setWantsInvitation] = useState(true);
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();

  const parsedName = personNameSchema.safeParse(name);
  const isTaken =
    account === undefined &&
    props.accounts.some((other) => other.name.toLowerCase() === name.trim().toLowerCase());
  const areGroupsRight = accountSchema.shape.groups.safeParse([...groupsOf(groups)]).success;
  const isDisplayNameRight = accountSchema.shape.displayName.safeParse(displayName).success;
  const nameError = isTaken
    ? 'There is an account of this name.'
    : parsedName.success
      ? undefined
      : 'Enter a name of up to 128 characters.';

  const save = async () => {
    setTried(true);
    if (nameError !== undefined || !areGroupsRight || !isDisplayNameRight || isBusy) return;
    setBusy(true);
    setFailure(undefined);
    const answer = await settle(
      client.accounts.save({
        name: name.trim(),
        displayName: displayName.trim(),
        groups: [...groupsOf(groups)],
        roles: [...chosen],
        isDisabled: account?.isDisabled ?? false,
      }),
    );
    setBusy(false);
    if (answer.ok) props.onSaved(name.trim(), account === undefined && wantsInvitation);
    else setFailure(answer.failure);
  };

  return (
    <FormDialog
      title={account === undefined ? 'New account' : `Edit the account of ${account.name}`}
      submitLabel={account === undefined ? 'Make the account' : 'Save'}
      width="large"
      busy={isBusy}
      onSubmit={() => void save()}
      onClose={props.onClose}
    >
      {failure !== undefined && <FailureNote failure={failure} />}
      {account === undefined && (
        <TextField
          label="Name"
          hint="For signing in, such as “ada”. It never changes; upper and lower case are the same."
          error={isTried ? nameError : undefined}
          value={name}
          onChange={setName}
        />
      )}
      <TextField
        label="Name to show"
        placeholder="Ada Lovelace"
        error={isTried && !isDisplayNameRight ? 'At most 200 characters.' : undefined}
        value={displayName}
        onChange={setDisplayName}
      />
      <TextField
        label="Groups"
        placeholder="operations, night shift"
        hint="With commas between them. Rights can be granted to a group."
        error={isTried && !areGroupsRight ? 'At most 100 groups, each of up to 128 characters.' : undefined}
        value={groups}
        onChange={setGroups}
      />
      <Fieldset title="Roles" text="Everybody is a user: what they see and open is granted in “Rights”.">
        {roles.map(({ role, label, hint }) => (
          <Checkbox
            key={role}
            label={label}
            hint={hint}
            checked={chosen.includes(role)}
            onChange={(on) => setChosen(on ? [...chosen, role] : chosen.filter((other) => other !== role))}
          />
        ))}
      </Fieldset>
      {account === undefined && (
        <Checkbox
          label="Make a link to choose the password"
          hint="To give to this person. It can be made later, too."
          checked={wantsInvitation}
          onChange={setWantsInvitation}
        />
      )}
    </FormDialog>
  );
}
