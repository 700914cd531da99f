import { fill, instruct, rectangle } from './frame.ts';
import { type Scenes } from './scenes.ts';

/** Lines, curves, arcs, their caps, joins, and colours. */
export function addPaths({ background, half, add }: Scenes): void {
  for (const cap of [0, 1, 2, 3]) {
    for (const join of [0, 1, 2, 3]) {
      for (const thickness of [1, 2, 12, 0]) {
        add(
          `cstroke cap ${cap} join ${join} thickness ${thickness}`,
          ...background,
          instruct('start', 0, 40, 40),
          instruct('line', 0, 150, 60),
          instruct('line', 0, 60, 100),
          instruct('line', 0, 240, 180),
          instruct('cstroke', 14, 0, cap, join, thickness, 255, 255, 255, 200),
        );
      }
    }
  }
  for (const limit of ['1', '2.5', '10', '0', '-3', 'NaN', 'many']) {
    add(
      `miter limit ${limit}`,
      ...background,
      instruct('set', 0, 'miter-limit', limit),
      instruct('start', 0, 40, 140),
      instruct('line', 0, 150, 60),
      instruct('line', 0, 180, 150),
      instruct('cstroke', 14, 0, 0, 1, 16, 255, 0, 0, 255),
    );
  }
  add(
    'set of what nobody knows',
    instruct('set', 0, 'multi-touch', 5),
    instruct('set', 0, 'unheard-of', 'x'),
    ...background,
  );
  for (const [from, to] of [
    ['0', '6.283185307179586'],
    ['0.5', '2.25'],
    ['-1', '4'],
    ['3', '1'],
  ] as const) {
    for (const negative of [0, 1]) {
      const arc = instruct('arc', 0, 150, 120, 70, from, to, negative);
      add(
        `arc ${from} ${to} ${negative}, filled`,
        ...background,
        arc,
        instruct('close', 0),
        fill(14, 0, 240, 80, 20, 180),
      );
      add(
        `arc ${from} ${to} ${negative}, stroked`,
        ...background,
        arc,
        instruct('cstroke', 14, 0, 1, 2, 7, 20, 80, 240, 180),
      );
    }
  }
  for (let step = 0; step < 6; step += 1) {
    const curve = [
      instruct('start', 0, 20, 200),
      instruct('curve', 0, 60 * step, 10, 330 - 50 * step, 20 * step, 300, 210),
    ];
    add(
      `curve ${step}, stroked`,
      ...background,
      ...curve,
      instruct('cstroke', 14, 0, 2, 0, 3 + step, 255, 255, 0, 255),
    );
    add(`curve ${step}, filled`, ...background, ...curve, instruct('close', 0), fill(14, 0, 255, 0, 255, 90));
  }
  add(
    'a path is filled again after it was stroked',
    ...background,
    rectangle(0, 60, 60, 90, 70),
    instruct('cstroke', 14, 0, 0, 0, 20, 255, 255, 255, 128),
    fill(14, 0, 255, 0, 0, 128),
  );
  add(
    'a path of several pieces',
    ...background,
    rectangle(0, 30, 30, 120, 120),
    rectangle(0, 60, 60, 60, 60),
    instruct('arc', 0, 200, 120, 50, 0, 5, 0),
    instruct('line', 0, 260, 200),
    fill(14, 0, 255, 160, 0, 200),
  );
  add(
    'lines without a start',
    ...background,
    instruct('reset', 0),
    instruct('line', 0, 100, 100),
    instruct('line', 0, 200, 50),
    instruct('cstroke', 14, 0, 0, 0, 5, 0, 0, 0, 255),
  );
  add(
    'a line from a rectangle without an area',
    ...background,
    ...half(1),
    instruct('move', 1, 0, 90, 60, 1),
    rectangle(1, 10, 20, 0, 0),
    instruct('line', 1, 120, 30),
    instruct('line', 1, 60, 110),
    fill(14, 1, 255, 255, 255, 255),
    instruct('dispose', 1),
  );
  add('the same on a layer that stays', ...half(1), instruct('move', 1, 0, 90, 60, 1));
  add(
    'a line from a rectangle without an area, alone',
    rectangle(1, 10, 20, 0, 0),
    instruct('line', 1, 120, 30),
    instruct('line', 1, 60, 110),
    fill(14, 1, 255, 255, 255, 255),
  );
  add('the layer goes', instruct('dispose', 1));
  add(
    'transfer from a buffer without a size',
    ...background,
    instruct('dispose', -3),
    instruct('transfer', -3, -20, -10, 60, 60, 12, 0, 40, 40),
    instruct('copy', -3, -20, -10, 60, 60, 14, 0, 40, 40),
  );
  add(
    'a curve without a start',
    ...background,
    instruct('curve', 0, 10, 10, 200, 30, 250, 220),
    instruct('cstroke', 14, 0, 0, 0, 5, 0, 0, 0, 255),
  );
  add(
    'close without a path',
    ...background,
    instruct('close', 0),
    instruct('line', 0, 50, 50),
    instruct('line', 0, 90, 150),
    instruct('close', 0),
    instruct('cstroke', 14, 0, 0, 0, 5, 0, 0, 0, 255),
  );
  add(
    'rectangles that run backwards',
    ...background,
    rectangle(0, 200, 200, -80, -90),
    fill(14, 0, 0, 255, 255, 120),
    rectangle(0, 20, 20, 0, 90),
    instruct('cstroke', 14, 0, 0, 0, 3, 9, 9, 9, 255),
  );
  for (const alpha of [0, 1, 127, 254, 255, 300, -20]) {
    add(
      `alpha ${alpha}`,
      ...background,
      rectangle(0, 60, 60, 90, 70),
      fill(14, 0, 255, 255, 255, alpha),
      rectangle(0, 80, 90, 90, 70),
      instruct('cstroke', 14, 0, 0, 0, 20, 0, 0, 0, alpha),
    );
  }
  add('colours out of range', ...background, rectangle(0, 60, 60, 90, 70), fill(14, 0, 300, -20, 999, 255));
}
