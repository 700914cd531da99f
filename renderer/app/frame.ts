import { createContext, use } from 'react';

interface Frame {
  /** Grows by one whenever the search is to get the focus. */
  readonly searchAsked: number;
  focusSearch(): void;
  collapsePane(): void;
}

export const FrameContext = createContext<Frame>({
  searchAsked: 0,
  focusSearch: () => undefined,
  collapsePane: () => undefined,
});

export const useFrame = (): Frame => use(FrameContext);
