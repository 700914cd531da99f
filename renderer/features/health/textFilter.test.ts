import { expect, test } from 'vitest';
import { matchesWords } from './textFilter.ts';

test('every word has to be somewhere, in any order and case', () => {
  const texts = ['guacd-West', undefined, '10.0.0.5'];
  expect(matchesWords('west 10.0', texts)).toBe(true);
  expect(matchesWords('  ', texts)).toBe(true);
  expect(matchesWords('west east', texts)).toBe(false);
});

test('a word does not run from one text into the next', () => {
  expect(matchesWords('ab', ['a', 'b'])).toBe(false);
});
