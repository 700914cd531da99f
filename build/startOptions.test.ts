import { expect, it } from 'vitest';
import { parseStartOptions } from './startOptions.ts';

it('opens a window on the own folder by default', () => {
  expect(parseStartOptions([])).toEqual({ noOpen: false, demo: false, engine: 'auto' });
});

it.each([
  [['--no-open'], { noOpen: true, demo: false, engine: 'auto' }],
  [['--', '--demo'], { noOpen: false, demo: true, engine: 'auto' }],
  [
    ['--data', '/tmp/somewhere', '--no-open'],
    { noOpen: true, demo: false, engine: 'auto', dataFolder: '/tmp/somewhere' },
  ],
  [['--engine', 'built-in'], { noOpen: false, demo: false, engine: 'built-in' }],
  [['--data=relative'], { noOpen: false, demo: false, engine: 'auto', dataFolder: 'relative' }],
])('understands %j', (args, options) => {
  expect(parseStartOptions(args)).toEqual(options);
});

it('leaves it at the usage when asked for it', () => {
  expect(parseStartOptions(['--no-open', '--help'])).toBeUndefined();
});

it.each([
  [['--noopen']],
  [['word']],
  [['--data']],
  [['--engine', 'none']],
  [['--data=']],
  [['--demo', '--data', '/tmp/x']],
])('refuses %j', (args) => {
  expect(() => parseStartOptions(args)).toThrow();
});
