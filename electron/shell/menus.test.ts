import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { drawBadge, showBadge, type BadgeParts } from './badge.ts';
import { type MenuActions, menuTemplate, setMenu, trayTemplate } from './menus.ts';
import type { LiveSession } from './sessionsView.ts';
import { createTray, type TrayParts } from './tray.ts';
import { readTrayImage } from './trayImage.ts';

type MenuItemConstructorOptions = ReturnType<typeof menuTemplate>[number];

const sessions: readonly LiveSession[] = [
  { id: 'one', name: 'Accounting' },
  { id: 'two', name: 'R&D' },
];

function record() {
  const done: string[] = [];
  const actions: MenuActions = {
    showMain: () => void done.push('main'),
    showSettings: () => void done.push('settings'),
    showSession: (id) => void done.push(id),
    quit: () => void done.push('quit'),
  };
  return { done, actions };
}

const flatten = (items: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
  items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flatten(item.submenu) : [])]);

const click = (items: readonly MenuItemConstructorOptions[], label: string) => {
  const item = flatten(items).find((candidate) => candidate.label === label);
  if (!item) throw new Error(`no ${label}`);
  (item.click as () => void)();
};

/** Roles whose accelerators Electron sets by itself (Electron, “Menu Item Roles”) are left to macOS. */
const rolesWithoutKeys = ['about'];

describe('the menu', () => {
  it.each(['win32', 'linux'] as const)('of %s takes no key from a session', (platform) => {
    const items = flatten(menuTemplate(platform, sessions, record().actions));
    expect(items.filter((item) => item.accelerator !== undefined)).toEqual([]);
    expect(items.filter(({ role }) => role !== undefined && !rolesWithoutKeys.includes(role))).toEqual([]);
  });

  it('of macOS is that of every app there', () => {
    const { actions } = record();
    const template = menuTemplate('darwin', sessions, actions);
    expect(template.map(({ label, role }) => label ?? role)).toEqual(['Proxima', 'editMenu', 'Window']);
    const appMenu = template[0]?.submenu as MenuItemConstructorOptions[];
    expect(appMenu.flatMap(({ label, role, type }) => (type === 'separator' ? [] : (label ?? role)))).toEqual(
      ['about', 'Settings…', 'services', 'hide', 'hideOthers', 'unhide', 'quit'],
    );
    const keys = flatten(template).flatMap(({ accelerator }) => accelerator ?? []);
    expect(keys).toEqual(['Cmd+,']);
  });

  it.each(['win32', 'linux', 'darwin'] as const)('of %s leads to settings and sessions', (platform) => {
    const { done, actions } = record();
    const template = menuTemplate(platform, sessions, actions);
    click(template, platform === 'darwin' ? 'Settings…' : '&Settings…');
    click(template, 'Accounting');
    click(template, 'R&&D');
    click(template, platform === 'darwin' ? 'Hosts and sessions' : '&Hosts and sessions');
    expect(done).toEqual(['settings', 'one', 'two', 'main']);
    // macOS' own item quits there.
    if (platform !== 'darwin') click(template, '&Quit');
    expect(done).toHaveLength(platform === 'darwin' ? 4 : 5);
  });

  it('lists so many sessions, and how many more there are', () => {
    const many = Array.from({ length: 45 }, (_, index) => ({ id: String(index), name: `Host ${index}` }));
    const { done, actions } = record();
    const template = menuTemplate('linux', many, actions);
    expect(flatten(template).filter(({ label }) => label?.startsWith('Host '))).toHaveLength(30);
    click(template, '15 more…');
    expect(done).toEqual(['main']);
  });

  it('is put in place', () => {
    let menu: unknown;
    const double = {
      setApplicationMenu: (given: unknown) => {
        menu = given;
      },
      buildFromTemplate: (template: unknown) => ({ template }),
    };
    setMenu(double as unknown as Parameters<typeof setMenu>[0], []);
    expect(menu).toEqual({ template: [] });
  });
});

describe('the tray', () => {
  class TrayDouble extends EventEmitter {
    toolTip = '';
    menu: MenuItemConstructorOptions[] = [];
    setToolTip = (text: string) => {
      this.toolTip = text;
    };
    setContextMenu = (menu: MenuItemConstructorOptions[]) => {
      this.menu = menu;
    };
    constructor() {
      super();
      trays.push(this);
    }
  }
  const trays: TrayDouble[] = [];

  it('shows live sessions, and leads to them', () => {
    const { done, actions } = record();
    const show = createTray({
      Tray: TrayDouble,
      Menu: { buildFromTemplate: (template: unknown) => template },
      image: {},
      actions,
    } as unknown as TrayParts);
    const [tray] = trays;
    show([]);
    expect(tray?.toolTip).toBe('Proxima: no live session');
    expect(tray?.menu).toEqual(trayTemplate([], expect.anything() as MenuActions).map(likeIt));
    show(sessions);
    expect(tray?.toolTip).toBe('Proxima: 2 live sessions');
    click(tray?.menu ?? [], 'R&&D');
    click(tray?.menu ?? [], 'Quit');
    click(tray?.menu ?? [], 'Settings…');
    tray?.emit('click');
    expect(done).toEqual(['two', 'quit', 'settings', 'main']);
  });

  it.each([
    ['linux', false],
    ['win32', false],
    ['darwin', true],
  ] as const)('has an icon for %s, sharp on dense screens', (platform, isTemplate) => {
    const done: unknown[] = [];
    const image = {
      addRepresentation: (options: { scaleFactor: number; dataURL: string }) =>
        done.push(options.scaleFactor, sizeOf(options.dataURL)),
      setTemplateImage: (given: boolean) => done.push(given),
    };
    const images = {
      createFromDataURL: (dataUrl: string) => {
        done.push(sizeOf(dataUrl));
        return image;
      },
    };
    readTrayImage(images as unknown as Parameters<typeof readTrayImage>[0], platform);
    expect(done).toEqual([16, 2, 32, isTemplate]);
  });
});

/** Two templates are alike where all but what they do is. */
const likeIt = (item: MenuItemConstructorOptions): unknown => ({
  ...item,
  ...(item.click && { click: expect.any(Function) }),
});

/** The width of a PNG (its IHDR comes first: https://www.w3.org/TR/png-3/#11IHDR). */
function sizeOf(dataUrl: string): number {
  const [kind, content = ''] = dataUrl.split(',');
  expect(kind).toBe('data:image/png;base64');
  return Buffer.from(content, 'base64').readUInt32BE(16);
}

describe('the badge', () => {
  function show(platform: NodeJS.Platform, count: number) {
    const counts: number[] = [];
    const overlays: [unknown, string][] = [];
    showBadge(
      {
        app: { setBadgeCount: (given: number) => counts.push(given) > 0 },
        nativeImage: {
          createFromBitmap: (pixels: Buffer, size: object) => ({ length: pixels.length, ...size }),
        },
        platform,
        windows: () => [{ setOverlayIcon: (icon: unknown, text: string) => overlays.push([icon, text]) }],
      } as unknown as BadgeParts,
      count,
    );
    return { counts, overlays };
  }

  it.each(['linux', 'darwin'] as const)('of %s is a number', (platform) => {
    expect(show(platform, 3)).toEqual({ counts: [3], overlays: [] });
    expect(show(platform, 0).counts).toEqual([0]);
  });

  it('of Windows is a picture over the icon of each window', () => {
    expect(show('win32', 2)).toEqual({
      counts: [],
      overlays: [[{ length: 4096, width: 32, height: 32 }, '2 live sessions']],
    });
    expect(show('win32', 1).overlays[0]?.[1]).toBe('One live session');
    expect(show('win32', 0).overlays).toEqual([[null, '']]);
  });

  it('is a disc with the number in it', () => {
    const drawn = (count: number) => {
      const pixels = drawBadge(count);
      return Array.from({ length: 32 }, (_, y) =>
        Array.from({ length: 32 }, (_unused, x) => {
          const [blue = 0, , , opacity = 0] = pixels.subarray((y * 32 + x) * 4);
          return opacity === 0 ? ' ' : blue === 255 ? '#' : '.';
        }).join(''),
      );
    };
    expect(drawn(7)[0]?.trim()).toMatch(/^\.+$/);
    expect(drawn(7)[0]?.startsWith(' ')).toBe(true);
    // The 7's upper stroke, three dots of four pixels.
    expect(drawn(7)[8]?.replaceAll('.', ' ').trim()).toBe('############');
    for (const count of [1, 10, 42, 99, 100, 12_345])
      expect(drawn(count).some((row) => row.includes('#'))).toBe(true);
    expect(drawn(100)).toEqual(drawn(5_000));
    expect(drawn(12)).not.toEqual(drawn(21));
  });
});
