/**
 * Where popups are put: into the open dialog, which hides everything else from screen readers, or the page's main landmark. A ref that
 * looks anew each time a popup opens: the dialog of the last drawing may be gone by then. A toast is a dialog too, but not a modal one.
 */
export const popupParent = {
  get current(): HTMLElement | null {
    return (
      document.querySelector<HTMLElement>('[role=dialog]:not([aria-modal=false])') ??
      document.querySelector<HTMLElement>('main')
    );
  },
};
