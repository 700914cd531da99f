import { expect, it } from 'vitest';
import { tellIgnored } from './ignoredWords.ts';

it('tells nothing of nothing', () => {
  expect(tellIgnored([])).toEqual({ what: [], others: 0 });
});

it('names what matters once, and counts the rest', () => {
  const names = [
    'password 51',
    'drivestoredirect',
    'recording-path',
    'ignore-cert',
    'authentication level',
    'gatewayhostname',
    'alternate shell',
    'redirectprinters',
    'redirectclipboard',
    'desktopwidth',
    'keyboardhook',
  ];
  expect(tellIgnored(names)).toEqual({
    what: [
      'whom to trust',
      'a password or key',
      'a recording of the session',
      'access to files of this computer',
      'the use of the clipboard',
      'access to devices of this computer',
      'another way to the host',
      'a program to start',
    ],
    others: 2,
  });
});
