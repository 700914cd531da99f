import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from './posixPattern.ts';

const matches = (pattern: string, line: string) => compilePattern(pattern)?.matches(line);

describe('POSIX patterns', () => {
  it.each([
    ['[Ll]ogin:', 'proxima login: ', true],
    ['login: $', 'proxima LOGIN: ', true],
    ['login: $', 'login: x', false],
    ['^Password', 'Enter Password', false],
    ['^$', '', true],
    ['(user|account) ?name[[:space:]]*:', 'Account name  :', true],
    ['a{2,3}b', 'ab', false],
    ['a{2,3}b', 'xaaab', true],
    ['^a{2}$', 'aaa', false],
    ['^(ab)+$', 'ababab', true],
    ['^[^a-c]+$', 'xyz', true],
    ['^[^a-c]+$', 'xbz', false],
    ['[]x]', ']', true],
    [String.raw`\$ $`, 'proxima:~$ ', true],
    [String.raw`^\d+\s\w$`, '42 a', true],
    [String.raw`\bin\b`, 'login', false],
    [String.raw`\bin\b`, 'log in now', true],
    ['(?:a|b)c', 'bc', true],
    ['ü', 'MÜLLER', true],
    ['a|', 'zzz', true],
  ])('%s in “%s”: %s', (pattern, line, expected) => {
    expect(matches(pattern, line)).toBe(expected);
  });

  it.each([
    '(',
    ')',
    '[a',
    '*a',
    String.raw`(a)\1`,
    '(?=a)',
    'a{300}',
    'a{3,2}',
    '((a{255}){255}){255}',
    '[[:nope:]]',
  ])('does not take %s', (pattern) => expect(compilePattern(pattern)).toBeUndefined());

  it('agrees with JavaScript where both know the syntax', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      'c',
      '.',
      '[ab]',
      '[^b]',
      '(a|bc)',
      '(ab)*',
      'a+',
      'c?',
      'b{2}',
      '^',
      '$',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 }),
        (pieces, line) => {
          const pattern = pieces.join('');
          expect(matches(pattern, line)).toBe(new RegExp(pattern, 'i').test(line));
        },
      ),
      { numRuns: 500 },
    );
  });
});
