import { createContext } from 'react';
import type { RefObject } from 'react';

/** Where popups are put: into the dialog around them, which hides everything else from screen readers, or the page's main landmark. */
export const PopupParentContext = createContext<RefObject<HTMLElement | null>>({
  get current() {
    return document.querySelector('main');
  },
});
