import { ChevronUp, CircleAlert, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { describeFailure } from '../../../../shared/contract/failure.ts';
import { useSettingsStore } from '../../../app/settings.ts';
import type { SettingsState } from '../../../app/settings.ts';
import { useShortcuts } from '../../../app/shortcuts.ts';
import { checkDraft } from '../../../app/settingsDraft.ts';
import { useViews } from '../../../app/views.ts';
import { Button } from '../../../ui/Button.tsx';
import { showToast } from '../../../ui/Toast.tsx';
import { subjectsToCheck, useManagerChecks } from '../managers/managerChecks.ts';
import { Consequences } from './Consequences.tsx';
import { ImagineManagers } from './ImagineManagers.tsx';
import { TryHost } from './TryHost.tsx';
import { useWhatIf } from './whatIf.ts';
import { formatCount } from './whatIfWords.ts';
import styles from './WhatIfPanel.module.css';

/**
 * Always there while something can be saved: what saving would change, and the button that does it. `withHosts`: where hosts go is
 * asked on this page, too.
 */
export function WhatIfPanel({ state, withHosts }: { state: SettingsState; withHosts: boolean }) {
  const store = useSettingsStore();
  const { show } = useViews();
  const checks = useManagerChecks();
  const [isOpen, setOpen] = useState(false);
  const checked = checkDraft(state.draft);
  const mayLeave = state.isChanged && !state.isSaving;

  const save = async () => {
    const [wrongManager] = checked.wrongManagers;
    const [wrongGroup] = checked.wrongGroups;
    const [wrongPool] = checked.wrongPools;
    if (!mayLeave) return;
    if (wrongGroup !== undefined) return show({ kind: 'settings', page: 'groups', item: wrongGroup });
    if (wrongManager !== undefined) return show({ kind: 'settings', page: 'managers', item: wrongManager });
    if (wrongPool !== undefined) return show({ kind: 'settings', page: 'registry', item: wrongPool });
    const change = await store.save();
    if (change === undefined) return;
    const subjects = subjectsToCheck(change.before, change.after);
    for (const subject of subjects) checks.check(subject);
    showToast({
      title: 'The settings are saved',
      ...(subjects.length > 0 && {
        text:
          subjects.length === 1
            ? 'The session manager that changed is being checked.'
            : 'The session managers that changed are being checked.',
      }),
    });
  };
  const discard = () => {
    const { draft, base } = state;
    store.discard();
    showToast({
      title: 'Your changes are discarded',
      action: {
        label: 'Undo',
        onPress: () => {
          if (store.getState()?.base.revision === base.revision) store.edit(() => draft);
          else
            showToast({
              title: 'The settings were saved again meanwhile',
              text: 'Your changes can not be brought back.',
            });
        },
      },
    });
  };
  useShortcuts({ 'Mod+S': () => void save() });

  const failure = state.failure && describeFailure(state.failure);
  return (
    <aside className={styles.panel} aria-label="What saving changes" data-open={isOpen || undefined}>
      <div className={styles.body} id="what-if-details">
        <Consequences state={state} withHosts={withHosts} />
        {withHosts && (
          <>
            <TryHost />
            <ImagineManagers />
          </>
        )}
      </div>
      <footer className={styles.bar} data-bottom-bar>
        {failure && (
          <p className={styles.failure} role="alert">
            <CircleAlert aria-hidden="true" />
            <span>
              <strong>{failure.what}</strong> {failure.safe} {failure.next}
            </span>
          </p>
        )}
        <Summary state={state} problems={checked.problems} />
        <span className={styles.toggle}>
          <Button
            kind="quiet"
            icon={<ChevronUp aria-hidden="true" />}
            aria-expanded={isOpen}
            aria-controls="what-if-details"
            onClick={() => setOpen(!isOpen)}
          >
            What if
          </Button>
        </span>
        <Button icon={<Undo2 aria-hidden="true" />} disabled={!mayLeave} onClick={discard}>
          Discard
        </Button>
        <Button kind="primary" busy={state.isSaving} disabled={!state.isChanged} onClick={() => void save()}>
          Save
        </Button>
      </footer>
    </aside>
  );
}

function Summary({ state, problems }: { state: SettingsState; problems: number }) {
  const { changes, report } = useWhatIf();
  return (
    <p className={styles.summary} role="status" data-wrong={problems > 0 || undefined}>
      {summarise()}
    </p>
  );

  function summarise(): string {
    if (problems > 0)
      return problems === 1 ? '1 field needs correction.' : `${problems} fields need correction.`;
    if (!state.isChanged) return 'Nothing to save.';
    const count = changes.value?.length ?? 0;
    const changed = count === 1 ? '1 change' : `${formatCount(count)} changes`;
    if (changes.isPending || report.isPending || report.value === undefined)
      return 'Looking at what would change…';
    const { moved } = report.value;
    if (moved === 0) return `${changed}, no host moves.`;
    return `${changed}, ${moved === 1 ? '1 host moves' : `${formatCount(moved)} hosts move`}.`;
  }
}
