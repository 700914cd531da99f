/**
 * Where popups are put: into the open dialog, which hides everything else from screen readers, or the page's main landmark. A ref that
 * looks anew each time a popup opens: the dialog of the last drawing may be gone by then.
 */
export const popupParent = {
  get current(): HTMLElement | null {
    return (
      document.querySelector<HTMLElement>('[role=dialog]') ?? document.querySelector<HTMLElement>('main')
    );
  },
};
