import type { Menu } from 'electron';

/**
 * Takes away Electron's own menu: its shortcuts (Ctrl+W, Ctrl+R) belong to the session that is typed into. macOS needs a menu for
 * the clipboard to work at all; its shortcuts use Cmd.
 */
export function setMenus(
  menu: Pick<typeof Menu, 'setApplicationMenu' | 'buildFromTemplate'>,
  platform: NodeJS.Platform,
): void {
  menu.setApplicationMenu(
    platform === 'darwin'
      ? menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }])
      : null,
  );
}
