import { describe, expect, it } from 'vitest';
import { PixelBudget } from './pixelBudget.ts';

const none = { width: 0, height: 0 };

describe('PixelBudget', () => {
  it('has room for 128 million pixels, and has it again when they are given back', () => {
    const budget = new PixelBudget();
    const screen = { width: 8_192, height: 8_192 };
    expect(budget.exchange(none, screen)).toBe(true);
    expect(budget.exchange(none, screen)).toBe(true);
    expect(budget.exchange(none, { width: 1, height: 1 })).toBe(false);
    expect(budget.exchange(screen, none)).toBe(true);
    expect(budget.exchange(none, { width: 1, height: 1 })).toBe(true);
    expect(budget.exchange(none, screen)).toBe(false);
  });

  it('refuses edges that no canvas has, however few pixels that are', () => {
    const budget = new PixelBudget();
    expect(budget.exchange(none, { width: 32_767, height: 1 })).toBe(true);
    expect(budget.exchange(none, { width: 1, height: 32_768 })).toBe(false);
    expect(budget.exchange(none, { width: 30_000, height: 30_000 })).toBe(false);
  });
});
