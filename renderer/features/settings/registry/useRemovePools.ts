import { useSettingsStore } from '../../../app/settings.ts';
import { removePools } from '../../../app/settingsEdits.ts';
import { showToast } from '../../../ui/Toast.tsx';

/** Takes pools out of the draft, and offers to bring them back. */
export function useRemovePools(): (poolIds: readonly string[]) => void {
  const store = useSettingsStore();
  return (poolIds) => {
    const draft = store.getState()?.draft;
    const pools = draft?.pools.filter(({ id }) => poolIds.includes(id)) ?? [];
    const [first] = pools;
    if (draft === undefined || first === undefined) return;
    const removed = removePools(draft, poolIds);
    store.edit(() => removed.draft);
    showToast({
      title:
        pools.length === 1
          ? `${first.name} is taken out of the draft`
          : `${pools.length} pools are taken out of the draft`,
      text: 'Nothing is deleted before you save, and never anything in a cluster.',
      action: { label: 'Undo', onPress: () => store.edit(removed.undo) },
    });
  };
}
