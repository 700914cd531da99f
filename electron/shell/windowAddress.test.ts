import { expect, it } from 'vitest';
import { parseWindowAddress, urlOf } from './windowAddress.ts';

const sessionId = 'b6f3a0f2-5f4d-4b7e-9d0c-0f2f6a1f7c11';

it.each([
  ['app://proxima/', { kind: 'main' }],
  ['app://proxima/#anything', { kind: 'main' }],
  ['app://proxima/?window=settings', { kind: 'settings' }],
  ['app://proxima/?window=settings#groups/7', { kind: 'settings' }],
  [`app://proxima/?window=session&id=${sessionId}`, { kind: 'session', sessionId }],
] as const)('%s is a window of ours', (url, address) => {
  expect(parseWindowAddress(url)).toEqual(address);
  expect(parseWindowAddress(urlOf(address))).toEqual(address);
});

it.each([
  '',
  'about:blank',
  'https://evil.example/?window=settings',
  'file:///?window=settings',
  'app://evil/?window=settings',
  'app://proxima.evil/?window=settings',
  'app://proxima@evil/?window=settings',
  'app://proxima:1/?window=settings',
  'app://proxima',
  'app://proxima/index.html',
  'app://proxima/?',
  'app://proxima/?window=',
  'app://proxima/?window=main',
  'app://proxima/?window=settings&window=settings',
  'app://proxima/?window=settings&next=https://evil.example/',
  `app://proxima/?window=settings&id=${sessionId}`,
  'app://proxima/?window=session',
  'app://proxima/?window=session&id=../../etc',
  `app://proxima/?id=${sessionId}`,
  `app://proxima/?window=session&id=${sessionId}&id=${sessionId}`,
  `app://proxima/?window=session&id=${sessionId}&preload=/tmp/evil.js`,
  'javascript:alert(1)//app://proxima/',
])('%s is none', (url) => {
  expect(parseWindowAddress(url)).toBeUndefined();
});
