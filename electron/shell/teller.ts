import type { Dialog } from 'electron';

/** Tells the person a sentence. While one is shown, others aren't: whatever floods Proxima doesn't flood the screen. */
export function createTeller(dialog: Pick<Dialog, 'showMessageBox'>): (sentence: string) => void {
  let isShown = false;
  return (sentence) => {
    if (isShown) return;
    isShown = true;
    const shown = dialog.showMessageBox({
      type: 'warning',
      title: 'Proxima',
      message: sentence,
      buttons: ['OK'],
    });
    void shown.finally(() => {
      isShown = false;
    });
  };
}
