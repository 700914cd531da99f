import type { Menu, MenuItemConstructorOptions } from 'electron';
import type { LiveSession } from './sessionsView.ts';

/** What menus do. */
export interface MenuActions {
  showMain(): void;
  showSettings(): void;
  showSession(sessionId: string): void;
  quit(): void;
}

const separator: MenuItemConstructorOptions = { type: 'separator' };

/** Menus grow with the screen, not without end. */
const listedSessions = 30;

/**
 * The application menu. On Windows and Linux it has no accelerators at all: Ctrl+W, Ctrl+R or F11 belong to the session that is typed
 * into. On macOS it has those that every app has there, all of them with Cmd; the clipboard doesn't work without its Edit menu.
 */
export function menuTemplate(
  platform: NodeJS.Platform,
  sessions: readonly LiveSession[],
  actions: MenuActions,
): MenuItemConstructorOptions[] {
  return platform === 'darwin' ? macTemplate(sessions, actions) : barTemplate(sessions, actions);
}

function macTemplate(sessions: readonly LiveSession[], actions: MenuActions): MenuItemConstructorOptions[] {
  return [
    {
      label: 'Proxima',
      submenu: [
        { role: 'about' },
        separator,
        { label: 'Settings…', accelerator: 'Cmd+,', click: () => actions.showSettings() },
        separator,
        { role: 'services' },
        separator,
        { role: 'hide' },
        { role: 'hideOthers' },
        { role: 'unhide' },
        separator,
        { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      role: 'window',
      label: 'Window',
      submenu: [
        { role: 'minimize' },
        { role: 'zoom' },
        { role: 'togglefullscreen' },
        { role: 'close' },
        separator,
        { label: 'Hosts and sessions', click: () => actions.showMain() },
        ...sessionItems(sessions, actions),
        separator,
        { role: 'front' },
      ],
    },
  ];
}

function barTemplate(sessions: readonly LiveSession[], actions: MenuActions): MenuItemConstructorOptions[] {
  return [
    {
      label: '&File',
      submenu: [
        { label: '&Settings…', click: () => actions.showSettings() },
        separator,
        { label: '&Quit', click: () => actions.quit() },
      ],
    },
    {
      label: '&Sessions',
      submenu: [
        { label: '&Hosts and sessions', click: () => actions.showMain() },
        ...sessionItems(sessions, actions),
      ],
    },
    { label: '&Help', submenu: [{ role: 'about', label: '&About Proxima' }] },
  ];
}

/** What the tray's icon opens: live sessions, one click away. */
export function trayTemplate(
  sessions: readonly LiveSession[],
  actions: MenuActions,
): MenuItemConstructorOptions[] {
  return [
    { label: 'Open Proxima', click: () => actions.showMain() },
    ...sessionItems(sessions, actions),
    separator,
    { label: 'Settings…', click: () => actions.showSettings() },
    { label: 'Quit', click: () => actions.quit() },
  ];
}

function sessionItems(sessions: readonly LiveSession[], actions: MenuActions): MenuItemConstructorOptions[] {
  if (sessions.length === 0) return [];
  const more = sessions.length - listedSessions;
  return [
    separator,
    ...sessions.slice(0, listedSessions).map(({ id, name }) => ({
      label: escapeLabel(name),
      click: () => actions.showSession(id),
    })),
    ...(more > 0 ? [{ label: `${more} more…`, click: () => actions.showMain() }] : []),
  ];
}

/** In a label `&` marks the letter that chooses it. */
const escapeLabel = (name: string) => name.replaceAll('&', '&&').slice(0, 80);

/** Puts the template in place. */
export function setMenu(
  menu: Pick<typeof Menu, 'setApplicationMenu' | 'buildFromTemplate'>,
  template: MenuItemConstructorOptions[],
): void {
  menu.setApplicationMenu(menu.buildFromTemplate(template));
}
