import type { App } from 'electron';
import { type ForeignScheme, foreignSchemeSchema } from '../../shared/model/linkProposal.ts';

export interface LinkSchemesParts {
  readonly app: Pick<
    App,
    'isPackaged' | 'setAsDefaultProtocolClient' | 'isDefaultProtocolClient' | 'removeAsDefaultProtocolClient'
  >;
  /** What is started for a link. */
  readonly executable: string;
}

/** Everything after it is text: a link can't be taken for a switch of Chromium's. Only Windows lets an app say so. */
const noMoreSwitches = ['--'];

/**
 * Makes Proxima the system's choice for `proxima:` links, and for those of other schemes that the person wants; gives the rest back where
 * it had them. A copy that isn't installed leaves the system alone.
 */
export function claimLinkSchemes(
  { app, executable }: LinkSchemesParts,
  wanted: readonly ForeignScheme[],
): void {
  if (!app.isPackaged) return;
  for (const scheme of ['proxima', ...foreignSchemeSchema.options] as const) {
    const isOurs = app.isDefaultProtocolClient(scheme, executable, noMoreSwitches);
    const isWanted = scheme === 'proxima' || wanted.includes(scheme);
    if (isWanted && !isOurs) app.setAsDefaultProtocolClient(scheme, executable, noMoreSwitches);
    if (!isWanted && isOurs) app.removeAsDefaultProtocolClient(scheme, executable, noMoreSwitches);
  }
}
