import { expect, test } from 'vitest';
import { failureOf } from '../../../../shared/contract/failure.ts';
import { tellFailure } from './certificateWords.ts';

test('invalid input is told by what is wrong with it', () => {
  expect(tellFailure(failureOf('input_invalid', 'the passphrase is wrong'))).toEqual({
    what: 'The passphrase is wrong.',
    safe: 'Nothing was changed.',
    next: 'Correct it, and try again.',
  });
});

test('a missing keychain is about keys here, and never asks for passwords', () => {
  for (const code of ['secrets_unavailable', 'secrets_unreadable'] as const) {
    const words = tellFailure(failureOf(code));
    expect(words.what).toMatch(/private key/);
    expect(Object.values(words).join(' ')).not.toMatch(/password/);
  }
});

test('every other failure has the words of the table', () => {
  expect(tellFailure(failureOf('store_failed', 'ENOSPC')).what).toMatch(/written to disk/);
});
