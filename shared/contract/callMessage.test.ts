import { expect, test } from 'vitest';
import { isCallMessage } from './callMessage.ts';

test('a call and its end are calls; an end carries nothing', () => {
  expect(isCallMessage('{"i":"6","p":{"u":"/whatIf/allHosts","b":{"json":{}}}}')).toBe(true);
  expect(isCallMessage('{"i":"6","t":4}')).toBe(true);
});

test.each(['{"i":"6"}', '{"i":"6","t":3,"p":{}}', '{"i":"6","p":{"u":"/a/../b","b":{}}}', 'no JSON'])(
  '%s is none',
  (text) => expect(isCallMessage(text)).toBe(false),
);
