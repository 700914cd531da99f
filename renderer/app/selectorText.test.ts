import { expect, test } from 'vitest';
import { entriesOf, problemInAddresses, problemInDomains } from './selectorText.ts';

test('entries stand one a line or between commas', () => {
  expect(entriesOf(' 10.0.0.1\n\n10.0.0.2, 10.0.0.3;10.0.0.1 ')).toEqual([
    '10.0.0.1',
    '10.0.0.2',
    '10.0.0.3',
  ]);
  expect(entriesOf(' \n,')).toEqual([]);
});

test.each([
  '10.0.0.0/24',
  '10.0.0.x/24',
  '10.0.0.*',
  '10.0.0.5-10.0.0.9',
  '10.0.0.5-9',
  'fd00::/8',
  '10.0.0.7',
  '',
])('%s is taken for addresses', (text) => expect(problemInAddresses(text)).toBeUndefined());

test.each([
  ['10.0.0.0/33', /0 to 32/],
  ['fd00::/129', /0 to 128/],
  ['10.0.0.x/16', /eight bits/],
  ['10.0.0.9-10.0.0.5', /ends before it begins/],
  ['10.0.0.9-fd00::1', /one kind of address/],
  ['10.0.0.1-banana', /end is not an address/],
  ['web.corp.example', /Names belong under Domains/],
  ['10.0.0', /is not an address/],
])('%s is refused for addresses, and the words say why', (text, why) => {
  expect(problemInAddresses(`10.0.0.1\n${text}`)).toMatch(why);
  expect(problemInAddresses(text)).toContain(text);
});

test.each(['*.corp.example', 'db-*.corp.example', 'web', 'bücher.example', '*'])(
  '%s is taken for domains',
  (text) => expect(problemInDomains(text)).toBeUndefined(),
);

test.each([
  ['10.0.0.1', /Addresses belong/],
  ['https://corp.example', /name alone/],
  ['corp..example', /is not a name/],
  ['a b', /is not a name/],
])('%s is refused for domains', (text, why) => expect(problemInDomains(text)).toMatch(why));
