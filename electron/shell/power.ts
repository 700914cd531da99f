import type { PowerMonitor } from 'electron';
import type { Log } from './log.ts';

/** Calls `onWake` when the machine wakes: connections may be gone without a word, and every clock has jumped. */
export function followPower(powerMonitor: Pick<PowerMonitor, 'on'>, log: Log, onWake: () => void): void {
  powerMonitor.on('suspend', () => log.warn({}, 'The machine goes to sleep'));
  powerMonitor.on('resume', () => {
    log.warn({}, 'The machine woke up');
    onWake();
  });
}
