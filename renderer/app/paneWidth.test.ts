import { expect, test } from 'vitest';
import { clampPaneWidth, paneLimits } from './paneWidth.ts';

test('keeps the pane usable whatever was stored', () => {
  expect(clampPaneWidth(10)).toBe(paneLimits.least);
  expect(clampPaneWidth(9999)).toBe(paneLimits.most);
  expect(clampPaneWidth(300.4)).toBe(300);
  expect(clampPaneWidth(Number.NaN)).toBe(paneLimits.usual);
});
