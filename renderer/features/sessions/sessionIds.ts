/** The ids of a tab's elements, by which ARIA and the focus find them. */
export const idsOf = (tabId: string) => ({
  tab: `session-tab-${tabId}`,
  panel: `session-panel-${tabId}`,
  field: `session-field-${tabId}`,
  title: `session-title-${tabId}`,
  hint: `session-hint-${tabId}`,
  card: `session-card-${tabId}`,
});

/** Gives the keyboard to a session once its pane is shown, or to the card that lies over it. */
export function focusSession(tabId: string): void {
  const ids = idsOf(tabId);
  requestAnimationFrame(() =>
    (document.getElementById(ids.card) ?? document.getElementById(ids.field))?.focus({ preventScroll: true }),
  );
}

/** Gives the keyboard back to the app: to the session's tab, or side by side to its title. */
export function focusTab(tabId: string): void {
  const ids = idsOf(tabId);
  (document.getElementById(ids.tab) ?? document.getElementById(ids.title))?.focus();
}
