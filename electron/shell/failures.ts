import type { App, Dialog } from 'electron';
import type { Log } from './log.ts';

export interface FailureParts {
  readonly process: Pick<NodeJS.Process, 'on'>;
  readonly app: Pick<App, 'on' | 'exit'>;
  readonly dialog: Pick<Dialog, 'showErrorBox'>;
  /** The log, once there is one. */
  readonly log: () => Log | undefined;
}

const exitCodeOfFailure = 1;

/**
 * What happens when this process itself fails: it is logged, told once, and the process ends. It doesn't close its sessions in order, so
 * that the next start offers what was open (HostProcess, recovery).
 */
export function handleOwnFailures({ process, app, dialog, log }: FailureParts): void {
  let isEnding = false;
  process.on('uncaughtException', (error) => {
    log()?.error({ reason: error.stack ?? String(error) }, 'An error reached nobody');
    if (isEnding) return;
    isEnding = true;
    dialog.showErrorBox(
      'Proxima has to end',
      `Something went wrong inside Proxima (${error.message}). What you saved is safe. Start Proxima again: it offers to reopen what was open. The log in its data folder says more.`,
    );
    app.exit(exitCodeOfFailure);
  });
  process.on('unhandledRejection', (error) => {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log()?.error({ reason }, 'A promise failed, and nobody looked');
  });
  app.on('child-process-gone', (_event, { type, reason, exitCode, name }) => {
    if (reason !== 'clean-exit') log()?.error({ type, reason, exitCode, name }, 'A helper process ended');
  });
}
