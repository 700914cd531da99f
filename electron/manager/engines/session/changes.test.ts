import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Rectangle } from '../stage.ts';
import { Changes } from './changes.ts';
import { createFramebuffer, movePixels, type Framebuffer } from './framebuffer.ts';
import { areaOf, clip } from './rectangle.ts';

const [width, height] = [30, 20];

const rectangle = fc.record({
  x: fc.integer({ min: -5, max: width }),
  y: fc.integer({ min: -5, max: height }),
  width: fc.integer({ min: 0, max: width }),
  height: fc.integer({ min: 0, max: height }),
});
const place = { x: fc.integer({ min: -5, max: width }), y: fc.integer({ min: -5, max: height }) };
const operation = fc.oneof(
  fc.record({ kind: fc.constant('damage' as const), area: rectangle, isPhoto: fc.boolean() }),
  fc.record({ kind: fc.constant('copy' as const), area: rectangle, ...place }),
  fc.record({ kind: fc.constant('scroll' as const), by: fc.integer({ min: -4, max: 4 }) }),
  // Takes what is pending, all of it or a few pixels only.
  fc.record({ kind: fc.constant('take' as const), user: fc.nat(2), pixels: fc.constantFrom(30, 400, 1e6) }),
  fc.record({ kind: fc.constant('settle' as const) }),
);

/** Draws the pending parts as a client does, from the picture as it is now. */
function take(changes: Changes, picture: Framebuffer, seen: Framebuffer, pixels: number) {
  for (const { from, toX, toY } of changes.takeCopies()) movePixels(seen, from, toX, toY);
  for (const region of [changes.photo, changes.exact]) {
    const area = region.take(pixels);
    if (area) draw(picture, seen, area);
  }
}

function draw(picture: Framebuffer, seen: Framebuffer, area: Rectangle) {
  for (let y = area.y; y < area.y + area.height; y++) {
    const start = y * width + area.x;
    seen.words.set(picture.words.subarray(start, start + area.width), start);
  }
}

it('whoever follows its changes has the picture, whenever it looks', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const picture = createFramebuffer(width, height);
      let color = 1;
      picture.words.forEach((_, at) => (picture.words[at] = color++));
      const drawn = new Changes();
      const users = [0, 1, 2].map(() => {
        const changes = new Changes();
        changes.damage({ x: 0, y: 0, width, height }, 'exact');
        return { changes, seen: createFramebuffer(width, height) };
      });
      const settle = () => {
        for (const { changes } of users) changes.absorb(drawn);
        drawn.clear();
      };
      const copy = (area: Rectangle, toX: number, toY: number) => {
        const move = movePixels(picture, area, toX, toY);
        if (move) drawn.copy(move);
      };
      for (const step of operations) {
        if (step.kind === 'damage') {
          const area = clip(step.area, width, height);
          if (!area) continue;
          for (let y = area.y; y < area.y + area.height; y++)
            for (let x = area.x; x < area.x + area.width; x++) picture.words[y * width + x] = color++;
          drawn.damage(area, step.isPhoto ? 'photo' : 'exact');
        } else if (step.kind === 'copy') copy(step.area, step.x, step.y);
        else if (step.kind === 'scroll') copy({ x: 0, y: 0, width, height }, 0, step.by);
        else {
          settle();
          const user = step.kind === 'take' ? users[step.user] : undefined;
          if (user && step.kind === 'take') take(user.changes, picture, user.seen, step.pixels);
        }
        for (const { changes } of users)
          expect(changes.exact.rectangles.length + changes.photo.rectangles.length).toBeLessThanOrEqual(24);
      }
      settle();
      for (const { changes, seen } of users) {
        while (!changes.isEmpty) take(changes, picture, seen, 1e6);
        expect(seen.words).toEqual(picture.words);
      }
    }),
    { numRuns: 150 },
  );
});

it('a scroll costs the lines that are new', () => {
  const changes = new Changes();
  for (let count = 0; count < 5; count++) {
    changes.copy({ from: { x: 0, y: 20, width: 800, height: 580 }, toX: 0, toY: 0 });
    changes.damage({ x: 0, y: 580, width: 800, height: 20 }, 'exact');
  }
  expect(changes.takeCopies()).toHaveLength(5);
  expect(changes.exact.rectangles).toEqual([{ x: 0, y: 500, width: 800, height: 100 }]);
});

it('endless moves stay few', () => {
  const changes = new Changes();
  for (let count = 0; count < 10_000; count++) {
    changes.copy({ from: { x: 0, y: 20, width: 100, height: 80 }, toX: 0, toY: 0 });
    changes.copy({ from: { x: count % 90, y: 0, width: 10, height: 10 }, toX: 5, toY: count % 70 });
  }
  expect(changes.exact.rectangles.length).toBeLessThanOrEqual(12);
  expect(changes.takeCopies().length).toBeLessThanOrEqual(16);
});

it('thousands of tiles stay few rectangles, without much that is not in them', () => {
  const changes = new Changes();
  for (let y = 0; y < 512; y += 16)
    for (let x = 0; x < 512; x += 16) changes.damage({ x, y, width: 16, height: 16 }, 'exact');
  const { rectangles } = changes.exact;
  expect(rectangles.length).toBeLessThanOrEqual(12);
  expect(rectangles.reduce((sum, area) => sum + areaOf(area), 0)).toBe(512 * 512);
});
