import { expect, it } from 'vitest';
import { compareVersions } from './version.ts';

it('orders versions as Semantic Versioning §11 says', () => {
  const ordered = [
    '0.9.9',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '1.2.0',
    '1.10.0',
    '2.0.0',
  ];
  ordered.forEach((left, one) => {
    ordered.forEach((right, other) => {
      expect([left, right, Math.sign(compareVersions(left, right) ?? NaN)]).toEqual([
        left,
        right,
        Math.sign(one - other),
      ]);
    });
  });
  expect(compareVersions('1.0.0+1', '1.0.0+2')).toBe(0);
});

it.each(['', '1', '1.0', 'v1.0.0', '01.0.0', '1.0.0-', '1.0.0 ', '1.0.0.0', '../1.0.0', '99999999999.0.0'])(
  'takes %j for none',
  (text) => expect(compareVersions(text, '1.0.0')).toBeUndefined(),
);
