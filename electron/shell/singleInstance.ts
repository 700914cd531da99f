import type { App } from 'electron';

/**
 * Makes sure that one process owns the data folder. Returns `false` in a second one, which then has to quit; the first is told by
 * `onSecondStart` what that was started with. Nothing of it is to be believed: any program of this person can send it.
 */
export function claimSingleInstance(
  app: Pick<App, 'requestSingleInstanceLock' | 'on'>,
  onSecondStart: (argv: unknown, folder: unknown) => void,
): boolean {
  if (!app.requestSingleInstanceLock()) return false;
  app.on('second-instance', (_event, argv: unknown, folder: unknown) => onSecondStart(argv, folder));
  return true;
}
