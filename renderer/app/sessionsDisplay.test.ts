import { expect, test } from 'vitest';
import { displayFor, fitScale, remoteSize } from './sessionsDisplay.ts';

test('asks for device pixels, with a width that RDP takes as it is', () => {
  expect(remoteSize({ width: 803, height: 601 }, 1)).toEqual({ width: 800, height: 601 });
  expect(remoteSize({ width: 800.5, height: 600.25 }, 2)).toEqual({ width: 1600, height: 1201 });
});

test('never asks for more than three device pixels per CSS pixel, nor for less than one', () => {
  expect(remoteSize({ width: 500, height: 400 }, 4)).toEqual({ width: 1500, height: 1200 });
  expect(remoteSize({ width: 500, height: 400 }, 0.5)).toEqual({ width: 500, height: 400 });
});

test('stays within what a host accepts', () => {
  expect(remoteSize({ width: 10, height: 10 }, 1)).toEqual({ width: 200, height: 200 });
  expect(remoteSize({ width: 9000, height: 9000 }, 1)).toEqual({ width: 8192, height: 8192 });
});

test('describes the screen for an opening', () => {
  expect(displayFor({ width: 1000, height: 700 }, 1.5, 'Europe/Berlin')).toEqual({
    width: 1500,
    height: 1050,
    dpi: 144,
    timezone: 'Europe/Berlin',
  });
  expect(displayFor({ width: 1000, height: 700 }, 1, undefined)).not.toHaveProperty('timezone');
});

test('shows a picture sharp where it fits, and whole where it does not', () => {
  expect(fitScale({ width: 1600, height: 1200 }, { width: 800, height: 600 }, 2)).toBe(0.5);
  expect(fitScale({ width: 1024, height: 768 }, { width: 512, height: 600 }, 1)).toBe(0.5);
  expect(fitScale({ width: 640, height: 480 }, { width: 1280, height: 960 }, 1)).toBe(1);
  expect(fitScale({ width: 0, height: 0 }, { width: 800, height: 600 }, 1)).toBe(1);
});
