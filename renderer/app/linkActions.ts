import { createContext, use } from 'react';

/** What other features may ask of links and files, so that no feature imports another. The arrivals feature provides it. */
interface LinkActions {
  /** Asks for a link, or a file. */
  askForLink(): void;
  /** Reads a file that was dropped, and asks about what is in it. */
  takeFile(file: File): void;
}

export const LinkActionsContext = createContext<LinkActions>({
  askForLink: () => undefined,
  takeFile: () => undefined,
});

export const useLinkActions = (): LinkActions => use(LinkActionsContext);
