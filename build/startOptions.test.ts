import { expect, it } from 'vitest';
import { parseStartOptions } from './startOptions.ts';

it('opens a window on the own folder by default', () => {
  expect(parseStartOptions([])).toEqual({ noOpen: false, demo: false });
});

it.each([
  [['--no-open'], { noOpen: true, demo: false }],
  [['--', '--demo'], { noOpen: false, demo: true }],
  [['--data', '/tmp/somewhere', '--no-open'], { noOpen: true, demo: false, dataFolder: '/tmp/somewhere' }],
  [['--data=relative'], { noOpen: false, demo: false, dataFolder: 'relative' }],
])('understands %j', (args, options) => {
  expect(parseStartOptions(args)).toEqual(options);
});

it('leaves it at the usage when asked for it', () => {
  expect(parseStartOptions(['--no-open', '--help'])).toBeUndefined();
});

it.each([[['--noopen']], [['word']], [['--data']], [['--data=']], [['--demo', '--data', '/tmp/x']]])(
  'refuses %j',
  (args) => {
    expect(() => parseStartOptions(args)).toThrow();
  },
);
