import { ArrowDown, ArrowUp, EllipsisVertical, Pencil, Plus, RotateCw, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import type { Access, IdentityProvider } from '../../../../shared/model/access.ts';
import { tellSubject } from '../../../../shared/model/accessChanges.ts';
import {
  addRoleRule,
  editAccess,
  moveProvider,
  putProvider,
  removeProvider,
  removeRoleRule,
} from '../../../app/accessEdits.ts';
import type { AccessEdit } from '../../../app/accessEdits.ts';
import { capitalise } from '../../../app/checkedDraft.ts';
import { managedBy, useSettingsStore } from '../../../app/settings.ts';
import type { SettingsState } from '../../../app/settings.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { Button } from '../../../ui/Button.tsx';
import { IconButton } from '../../../ui/IconButton.tsx';
import { Menu } from '../../../ui/Menu.tsx';
import { showToast } from '../../../ui/Toast.tsx';
import { VisuallyHidden } from '../../../ui/VisuallyHidden.tsx';
import { LockNote } from '../LockNote.tsx';
import { Page } from '../records/Page.tsx';
import { AddRuleDialog } from './AddRuleDialog.tsx';
import { Findings } from './Findings.tsx';
import { ProviderDialog } from './ProviderDialog.tsx';
import { formOfProvider, kindNames, newProviderForm, placeOf } from './providerForm.ts';
import type { ProviderForm } from './providerForm.ts';
import { useProviderCheck } from './useProviderCheck.ts';
import rowStyles from '../managers/ManagersPage.module.css';
import styles from './SignInPage.module.css';

const mostProviders = 16;

/** Where people sign in from, in the order in which they are offered, and who gets which role by it. */
export function SignInPage({ state }: { state: SettingsState }) {
  const { access } = state.draft;
  const store = useSettingsStore();
  const lockedBy = managedBy(state.saved, 'access');
  const isLocked = lockedBy !== undefined;
  const [opened, setOpened] = useState<{ readonly form: ProviderForm; readonly isNew: boolean }>();
  const [announcement, setAnnouncement] = useState('');

  const move = (provider: IdentityProvider, to: number) => {
    if (to < 0 || to >= access.providers.length) return;
    store.edit(editAccess(moveProvider(provider.id, to)));
    setAnnouncement(`${provider.name} is now number ${to + 1} of ${access.providers.length}.`);
  };
  const remove = (provider: IdentityProvider, index: number) => {
    store.edit(editAccess(removeProvider(provider.id)));
    const restore: AccessEdit = (next) => moveProvider(provider.id, index)(putProvider(provider)(next));
    showToast({
      title: `${provider.name} is taken out of the draft`,
      text: 'Its people can sign in until you save.',
      action: { label: 'Undo', onPress: () => store.edit(editAccess(restore)) },
    });
  };
  const add = (kind: 'oidc' | 'ldap') => setOpened({ form: newProviderForm(kind), isNew: true });

  return (
    <Page
      title="Signing in"
      text="Identity providers know who somebody is. People choose among them at the sign-in, in this order."
      actions={
        !isLocked && (
          <Menu
            trigger={
              <Button icon={<Plus aria-hidden="true" />} disabled={access.providers.length >= mostProviders}>
                Add a provider
              </Button>
            }
            groups={[
              [
                { label: 'OpenID Connect…', onSelect: () => add('oidc') },
                { label: 'LDAP…', onSelect: () => add('ldap') },
              ],
            ]}
          />
        )
      }
    >
      <LockNote what="Who may sign in, and who may do what," managedBy={lockedBy} />
      <ol className={rowStyles.list} aria-label="Identity providers">
        {access.providers.map((provider, index) => (
          <ProviderRow
            key={provider.id}
            provider={provider}
            index={index}
            count={access.providers.length}
            isLocked={isLocked}
            onMove={(to) => move(provider, to)}
            onEdit={() => setOpened({ form: formOfProvider(provider), isNew: false })}
            onRemove={() => remove(provider, index)}
          />
        ))}
      </ol>
      <VisuallyHidden>
        <span role="status">{announcement}</span>
      </VisuallyHidden>
      <RoleRules access={access} isLocked={isLocked} />
      {opened !== undefined && (
        <ProviderDialog
          first={opened.form}
          isNew={opened.isNew}
          takenIds={access.providers.map(({ id }) => id)}
          onClose={() => setOpened(undefined)}
          onDone={(provider) => {
            store.edit(editAccess(putProvider(provider)));
            setOpened(undefined);
          }}
        />
      )}
    </Page>
  );
}

function ProviderRow(props: {
  provider: IdentityProvider;
  index: number;
  count: number;
  isLocked: boolean;
  onMove: (to: number) => void;
  onEdit: () => void;
  onRemove: () => void;
}) {
  const { provider, index, isLocked, onMove, onEdit } = props;
  const { name, kind } = provider;
  const check = useProviderCheck(provider, undefined);
  const isLocal = kind === 'local';
  return (
    <li className={rowStyles.row}>
      <div className={`${rowStyles.main} ${styles.main}`}>
        <div className={rowStyles.words}>
          <span className={rowStyles.line}>
            {isLocked ? (
              <span className={rowStyles.name}>{name}</span>
            ) : (
              <button type="button" className={rowStyles.name} onClick={onEdit}>
                {name}
              </button>
            )}
            <Badge>{kindNames[kind]}</Badge>
          </span>
          <span className={rowStyles.details}>{placeOf(provider)}</span>
        </div>
        {!isLocked && (
          <span className={rowStyles.tools}>
            {!isLocal && (
              <IconButton
                label={`Check ${name} now`}
                icon={<RotateCw />}
                disabled={check.isRunning}
                focusableWhenDisabled
                onClick={check.run}
              />
            )}
            <IconButton
              label={`Move ${name} up`}
              icon={<ArrowUp />}
              disabled={index === 0}
              focusableWhenDisabled
              onClick={() => onMove(index - 1)}
            />
            <IconButton
              label={`Move ${name} down`}
              icon={<ArrowDown />}
              disabled={index === props.count - 1}
              focusableWhenDisabled
              onClick={() => onMove(index + 1)}
            />
            <Menu
              trigger={<IconButton label={`More for ${name}`} icon={<EllipsisVertical />} />}
              groups={[
                [{ label: 'Edit…', icon: <Pencil />, onSelect: onEdit }],
                [
                  {
                    label: isLocal ? 'Remove (never: nobody is locked out)' : 'Remove',
                    icon: <Trash2 />,
                    destructive: true,
                    disabled: isLocal,
                    onSelect: props.onRemove,
                  },
                ],
              ]}
            />
          </span>
        )}
      </div>
      {check.found !== undefined && (
        <div className={rowStyles.steps}>
          <Findings found={check.found} />
        </div>
      )}
    </li>
  );
}

/** Roles by rule; local accounts have theirs beside. */
function RoleRules({ access, isLocked }: { access: Access; isLocked: boolean }) {
  const store = useSettingsStore();
  const [isAdding, setAdding] = useState(false);
  return (
    <section className={styles.rules} aria-label="Who gets which role">
      <div className={styles.header}>
        <div>
          <h4 className={styles.heading}>Who gets which role</h4>
          <p className={styles.text}>
            Everybody who may sign in is a user. These are more than that, beside the accounts that say so
            themselves.
          </p>
        </div>
        {!isLocked && (
          <Button icon={<Plus aria-hidden="true" />} onClick={() => setAdding(true)}>
            Add a rule…
          </Button>
        )}
      </div>
      {access.roleRules.length === 0 ? (
        <p className={styles.text}>No rules.</p>
      ) : (
        <ul className={rowStyles.list}>
          {access.roleRules.map((rule) => {
            const told = tellSubject(rule.subject);
            const who = rule.subject.kind === 'group' ? `Everybody in ${told}` : capitalise(told);
            return (
              <li key={JSON.stringify(rule)} className={`${rowStyles.row} ${styles.rule}`}>
                <span className={styles.who}>
                  {who} is <strong>{rule.role}</strong>
                </span>
                {!isLocked && (
                  <IconButton
                    label={`Remove the rule: ${who}, ${rule.role}`}
                    icon={<X />}
                    onClick={() => store.edit(editAccess(removeRoleRule(rule)))}
                  />
                )}
              </li>
            );
          })}
        </ul>
      )}
      {isAdding && (
        <AddRuleDialog
          onClose={() => setAdding(false)}
          onAdd={(rule) => {
            store.edit(editAccess(addRoleRule(rule)));
            setAdding(false);
          }}
        />
      )}
    </section>
  );
}
