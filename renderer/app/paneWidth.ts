/** Limits of the left pane, in CSS pixels. */
export const paneLimits = { least: 220, most: 520, usual: 296 } as const;

/** Keeps a width within the limits; whatever isn't a number becomes the usual width. */
export function clampPaneWidth(width: number): number {
  if (!Number.isFinite(width)) return paneLimits.usual;
  return Math.round(Math.min(paneLimits.most, Math.max(paneLimits.least, width)));
}
