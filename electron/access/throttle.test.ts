import { describe, expect, it } from 'vitest';
import { createThrottle, throttledAddressOf } from './throttle.ts';

let time = 1_000_000;
const create = (keyLimit = 1_000) => createThrottle({ burst: 3, refillMs: 1_000, keyLimit, now: () => time });

describe('tries', () => {
  it('are a burst per key, then one more per refill', () => {
    const throttle = create();
    const take = (key = 'here') => throttle.take(key);
    expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
    expect(take('there')).toBe(true);
    time += 1_000;
    expect([take(), take()]).toEqual([true, false]);
    throttle.giveBack('here');
    expect([take(), take()]).toEqual([true, false]);
    time += 3_000;
    expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
  });

  it('are remembered of so many keys only', () => {
    const throttle = create(10);
    for (let count = 0; count < 4; count++) throttle.take('first');
    expect(throttle.take('first')).toBe(false);
    for (let count = 0; count < 10; count++) throttle.take(`other ${count}`);
    expect(throttle.take('first')).toBe(true);
  });
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['', ''],
])('%s is throttled as %s', (address, key) => {
  expect(throttledAddressOf(address)).toBe(key);
});
