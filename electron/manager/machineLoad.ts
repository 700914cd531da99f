import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import type { ManagerLoad } from '../../shared/model/managerLoad.ts';

/** How busy this machine is. Windows has no load average: its processors count as idle there. */
export function readMachineLoad(): ManagerLoad['machine'] {
  const [lastMinute = 0] = loadavg();
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    processors: round(lastMinute / Math.max(1, availableParallelism())),
    memory: round(Math.min(1, Math.max(0, 1 - freemem() / totalmem()))),
  };
}
