import { useViews } from './views.ts';
import type { SettingsPlace } from './views.ts';
import { settingsWindowAddress } from './windowKind.ts';
import { tellWindows } from './windowMessages.ts';

/** Shows the settings: in the desktop app in their own window, in a browser here. Without a place as they were left. */
export function useOpenSettings(): (place?: SettingsPlace) => void {
  const { show } = useViews();
  return (place) => {
    const { page, item } = place ?? {};
    if (window.proximaDesktop !== true) return show(place ?? { kind: 'settings', page: 'groups' });
    // The desktop app has one such window: one that is there comes to the front.
    window.open(settingsWindowAddress(place ?? { kind: 'settings', page: 'groups' }), '_blank');
    tellWindows({
      kind: 'show-settings',
      ...(page !== undefined && { page }),
      ...(item !== undefined && { item }),
    });
  };
}
