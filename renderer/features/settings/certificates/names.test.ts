import { expect, test } from 'vitest';
import { joinNames, splitNames } from './names.ts';

test('sorts names and addresses, whatever separates them', () => {
  expect(splitNames('gw1.corp.example, 10.0.0.5;fd00::1\n[fd00::2]  GW1.corp.example.')).toEqual({
    dnsNames: ['gw1.corp.example'],
    ipAddresses: ['10.0.0.5', 'fd00::1', 'fd00::2'],
    wrong: undefined,
  });
});

test('keeps a leading wildcard and writes umlauts as punycode', () => {
  expect(splitNames('*.corp.example bücher.example').dnsNames).toEqual([
    '*.corp.example',
    'xn--bcher-kva.example',
  ]);
});

test('leaves zones out of addresses', () => {
  expect(splitNames('fe80::1%eth0').ipAddresses).toEqual(['fe80::1']);
});

test.each(['10.0.0', 'a*.example', 'host:4822', 'https://x', '10.0.0.0/24', '-x'])(
  '%s is neither',
  (text) => {
    expect(splitNames(`ok.example ${text} later!`).wrong).toBe(text);
  },
);

test('what is joined splits into the same', () => {
  const names = { dnsNames: ['a.example', 'b'], ipAddresses: ['10.0.0.5', 'fd00::1'] };
  expect(splitNames(joinNames(names))).toEqual({ ...names, wrong: undefined });
});
