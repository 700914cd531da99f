/**
 * Where popups are put: into the open dialog, which hides everything else from screen readers, or the page's main landmark. Read
 * it while drawing the popup.
 */
export const popupParent = (): HTMLElement | null =>
  document.querySelector<HTMLElement>('[role=dialog]') ?? document.querySelector('main');
