import type { Menu, NativeImage, Tray } from 'electron';
import { type MenuActions, trayTemplate } from './menus.ts';
import type { LiveSession } from './sessionsView.ts';

export interface TrayParts {
  readonly Tray: new (image: NativeImage) => Tray;
  readonly Menu: Pick<typeof Menu, 'buildFromTemplate'>;
  readonly image: NativeImage;
  readonly actions: MenuActions;
}

/** Shows Proxima in the tray. Returns how to tell it which sessions are live. */
export function createTray({
  Tray: TrayIcon,
  Menu: menu,
  image,
  actions,
}: TrayParts): (sessions: readonly LiveSession[]) => void {
  const tray = new TrayIcon(image);
  // macOS opens the menu instead; where a Linux desktop sends clicks, they mean the same as on Windows.
  tray.on('click', () => actions.showMain());
  return (sessions) => {
    tray.setToolTip(`Proxima: ${countSessions(sessions.length)}`);
    tray.setContextMenu(menu.buildFromTemplate(trayTemplate(sessions, actions)));
  };
}

const countSessions = (count: number) =>
  count === 0 ? 'no live session' : count === 1 ? 'one live session' : `${count} live sessions`;
