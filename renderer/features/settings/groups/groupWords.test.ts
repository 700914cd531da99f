import { expect, test } from 'vitest';
import { tellRules } from './groupWords.ts';

const vaultName = (id: string) => id.toUpperCase();
const rule = { key: 'x', vaultIds: [], addresses: '', domains: '' };

test('rules are told as they match: all fields of a rule, any of the rules', () => {
  const selectors = [
    { ...rule, vaultIds: ['lab'], addresses: '10.0.0.0/24\n10.0.1.x' },
    { ...rule, domains: '*.corp.example' },
    rule,
  ];
  expect(tellRules({ selectors }, vaultName)).toBe(
    'vault LAB and 10.0.0.0/24 or 10.0.1.x; or *.corp.example',
  );
});

test('a group without a rule says what that means', () => {
  expect(tellRules({ selectors: [rule] }, vaultName)).toMatch(/^No rule/);
});
