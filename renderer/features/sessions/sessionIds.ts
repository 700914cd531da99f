/** The ids of a tab's elements, by which ARIA and the focus find them. */
export const idsOf = (tabId: string) => ({
  tab: `session-tab-${tabId}`,
  panel: `session-panel-${tabId}`,
  field: `session-field-${tabId}`,
  title: `session-title-${tabId}`,
  hint: `session-hint-${tabId}`,
});

/** Gives the keyboard to a session once its pane is shown. */
export function focusSession(tabId: string): void {
  requestAnimationFrame(() => document.getElementById(idsOf(tabId).field)?.focus({ preventScroll: true }));
}
