import type { BrowserWindow, BrowserWindowConstructorOptions, Screen as ElectronScreen } from 'electron';
import type { PlaceDocument } from './placeDocument.ts';
import { findPlace, fingerprintOf, fitBounds, type WindowPlace, withPlace } from './windowPlaces.ts';
import type { WindowKind } from './windowAddress.ts';

/** What a window has to offer to be kept in its place. */
type PlacedWindow = Pick<
  BrowserWindow,
  | 'on'
  | 'once'
  | 'isDestroyed'
  | 'isMaximized'
  | 'isFullScreen'
  | 'getBounds'
  | 'getNormalBounds'
  | 'setBounds'
  | 'maximize'
>;

export interface PlaceKeeperParts {
  readonly screen: Pick<ElectronScreen, 'getAllDisplays'> & {
    on(event: 'display-added' | 'display-removed' | 'display-metrics-changed', listener: () => void): unknown;
  };
  readonly document: PlaceDocument;
}

/** Keeps each kind of window in the size and at the place that it last had on these screens. */
export interface PlaceKeeper {
  /** Where a new window of this kind opens; `undefined` leaves it to the system. */
  placeFor(kind: WindowKind): WindowPlace | undefined;
  /** From now on follows where the window is moved. */
  follow(kind: WindowKind, window: PlacedWindow): void;
}

type SizeOption = 'width' | 'height' | 'minWidth' | 'minHeight';

/** What a window is where it has no place yet. */
export const firstSizes: Readonly<
  Record<WindowKind, Required<Pick<BrowserWindowConstructorOptions, SizeOption>>>
> = {
  main: { width: 1280, height: 800, minWidth: 720, minHeight: 480 },
  settings: { width: 1080, height: 760, minWidth: 720, minHeight: 480 },
  session: { width: 1024, height: 768, minWidth: 320, minHeight: 240 },
};

/** A window that is dragged reports dozens of moves a second. */
const restMs = 500;
/** While screens come and go the system moves windows about, which isn't their person's wish. */
const screensSettleMs = 1_000;
/** How far the second window of a kind opens from the first, so that both can be seen. */
const cascadeStep = 32;

export function createPlaceKeeper({ screen, document }: PlaceKeeperParts): PlaceKeeper {
  const followed = new Map<PlacedWindow, WindowKind>();
  let settling: NodeJS.Timeout | undefined;

  const screens = () => screen.getAllDisplays();

  function remember(kind: WindowKind, window: PlacedWindow): void {
    if (settling !== undefined || window.isDestroyed() || window.isFullScreen()) return;
    const place = { ...window.getNormalBounds(), isMaximized: window.isMaximized() };
    document.save(withPlace(document.current(), fingerprintOf(screens()), kind, place));
  }

  function bringBack(): void {
    settling = undefined;
    for (const [window, kind] of followed) {
      if (window.isDestroyed() || window.isFullScreen() || window.isMaximized()) continue;
      const place = findPlace(document.current(), fingerprintOf(screens()), kind);
      // Of several torn-off windows, the place is that of the last one: they stay where the system put them.
      const wanted = place && kind !== 'session' ? boundsOf(place) : window.getBounds();
      window.setBounds(fitBounds(wanted, screens()));
    }
  }

  for (const event of ['display-added', 'display-removed', 'display-metrics-changed'] as const) {
    screen.on(event, () => {
      clearTimeout(settling);
      settling = setTimeout(bringBack, screensSettleMs);
    });
  }

  return {
    placeFor(kind) {
      const place = findPlace(document.current(), fingerprintOf(screens()), kind);
      if (!place) return undefined;
      const isTaken = [...followed.values()].filter((other) => other === kind).length;
      const bounds = { ...place, x: place.x + isTaken * cascadeStep, y: place.y + isTaken * cascadeStep };
      return { ...fitBounds(boundsOf(bounds), screens()), isMaximized: place.isMaximized };
    },
    follow(kind, window) {
      followed.set(window, kind);
      let resting: NodeJS.Timeout | undefined;
      const noteMove = () => {
        clearTimeout(resting);
        resting = setTimeout(() => remember(kind, window), restMs);
      };
      window.on('move', noteMove);
      window.on('resize', noteMove);
      window.on('maximize', noteMove);
      window.on('unmaximize', noteMove);
      window.on('close', () => {
        clearTimeout(resting);
        remember(kind, window);
      });
      window.once('closed', () => {
        clearTimeout(resting);
        followed.delete(window);
      });
    },
  };
}

const boundsOf = ({ x, y, width, height }: WindowPlace | ReturnType<PlacedWindow['getBounds']>) => ({
  x,
  y,
  width,
  height,
});
