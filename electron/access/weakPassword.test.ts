import { expect, it } from 'vitest';
import { isWeakPassword } from './weakPassword.ts';

it.each([
  'password1234',
  'Password1234',
  'correct horse battery staple',
  'aaaaaaaaaaaaaaaa',
  'abababababababab',
  'grace.hopper',
  'Grace.Hopper1906',
  'grace.hoppergrace.hopper',
])('%s is weak', (password) => {
  expect(isWeakPassword(password, 'grace.hopper')).toBe(true);
});

it.each([
  'violet tractor seven moons',
  'grace.hopper likes ships',
  'xK3#9vQ!mZ2p',
  '密码学是一门艺术与科学呀',
])('%s is not', (password) => {
  expect(isWeakPassword(password, 'grace.hopper')).toBe(false);
});
