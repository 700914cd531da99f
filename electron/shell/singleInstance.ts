import type { App } from 'electron';

/**
 * Makes sure that one process owns the data folder. Returns `false` in a second one, which then has to quit; the first is told by
 * `onSecondStart`, to bring its window to the front.
 */
export function claimSingleInstance(
  app: Pick<App, 'requestSingleInstanceLock' | 'on'>,
  onSecondStart: () => void,
): boolean {
  if (!app.requestSingleInstanceLock()) return false;
  app.on('second-instance', () => onSecondStart());
  return true;
}
