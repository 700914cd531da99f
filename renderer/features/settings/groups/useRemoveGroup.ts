import { useSettingsStore } from '../../../app/settings.ts';
import { removeGroup } from '../../../app/settingsEdits.ts';
import { showToast } from '../../../ui/Toast.tsx';

/** Takes a group out of the draft, and offers to bring it back. */
export function useRemoveGroup(): (groupId: string) => void {
  const store = useSettingsStore();
  return (groupId) => {
    const draft = store.getState()?.draft;
    const group = draft?.groups.find(({ id }) => id === groupId);
    if (draft === undefined || group === undefined) return;
    const removed = removeGroup(draft, groupId);
    store.edit(() => removed.draft);
    showToast({
      title: `${group.name} is taken out of the draft`,
      text: 'Nothing is deleted before you save.',
      action: {
        label: 'Undo',
        onPress: () =>
          store.edit((next) => (next.groups.some(({ id }) => id === groupId) ? next : removed.undo(next))),
      },
    });
  };
}
