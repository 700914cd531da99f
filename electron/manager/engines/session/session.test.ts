import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Engine, EngineHandshake, EngineJoin } from '../../engine.ts';
import { createBuiltInEngine } from '../builtInEngine.ts';
import type { Stage } from '../stage.ts';
import { createTestProtocol, fill, testHandshake, testJoin, type TestHost } from './testProtocol.ts';
import { watch, type TestViewer } from './testViewer.ts';

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

async function open(more: Partial<EngineHandshake> = {}) {
  const protocol = createTestProtocol();
  const engine = createBuiltInEngine({ protocols: [protocol], version: '1.0.0' });
  engines.push(engine);
  const opened = await engine.open(testHandshake(more), new AbortController().signal);
  if (!opened.ok) throw new Error('not opened');
  const host = protocol.hosts[0] as TestHost;
  return { host, stage: host.stage, viewer: watch(opened.value) };
}

async function join(viewer: TestViewer, more: Partial<EngineJoin> = {}) {
  const joined = await viewer.connection.join(testJoin(more));
  if (!joined.ok) throw new Error('not joined');
  return watch(joined.value);
}

async function openShown(more: Partial<EngineHandshake> = {}) {
  const opened = await open(more);
  opened.stage.finishFrame();
  await opened.viewer.until('sync');
  return opened;
}

const whole = (stage: Stage) => ({ x: 0, y: 0, width: stage.width, height: stage.height });

/** What a viewer has drawn is the picture, now or soon. */
async function expectSame(viewer: TestViewer, stage: Stage) {
  await vi.waitFor(
    async () => {
      const drawn = await viewer.draw();
      expect([drawn.width, drawn.height]).toEqual([stage.width, stage.height]);
      expect(Buffer.from(drawn.pixels).equals(Buffer.from(stage.pixels))).toBe(true);
    },
    { timeout: 3_000, interval: 20 },
  );
}

const area = fc.record({
  x: fc.integer({ min: -4, max: 60 }),
  y: fc.integer({ min: -4, max: 44 }),
  width: fc.integer({ min: 0, max: 64 }),
  height: fc.integer({ min: 0, max: 48 }),
});
const user = fc.nat(2);
const operation = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('fill' as const), area, color: fc.nat(0xffffff) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('noise' as const), area, seed: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('photo' as const), area, seed: fc.nat() }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('copy' as const),
      area,
      x: fc.integer({ min: -4, max: 60 }),
      y: fc.integer({ min: -4, max: 44 }),
    }),
  },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('finish' as const) }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 20) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pause' as const), user, isPaused: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('slow' as const), user, isSlow: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('resize' as const),
      width: fc.integer({ min: 1, max: 90 }),
      height: fc.integer({ min: 1, max: 60 }),
    }),
  },
);

function drawNoise(stage: Stage, { x, y, width, height }: ReturnType<typeof whole>, seed: number) {
  const { pixels } = stage;
  let state = seed;
  for (let row = Math.max(0, y); row < Math.min(stage.height, y + height); row++) {
    for (let column = Math.max(0, x); column < Math.min(stage.width, x + width); column++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
      const at = (row * stage.width + column) * 4;
      pixels[at] = (state >> 16) & 0xff;
      pixels[at + 1] = (state >> 8) & 0xff;
      pixels[at + 2] = (state >> 20) & 0xff;
    }
  }
}

describe('the picture', () => {
  it('is the same for everybody in the end, whatever is drawn and however slow they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 60 }), async (operations) => {
        const { stage, viewer } = await openShown({ image: ['image/png', 'image/jpeg'] });
        const viewers = [
          viewer,
          await join(viewer),
          await join(viewer, { image: ['image/jpeg'], readOnly: true }),
        ];
        for (const step of operations) {
          switch (step.kind) {
            case 'fill':
              fill(stage, step.area, step.color);
              break;
            case 'noise':
            case 'photo':
              drawNoise(stage, step.area, step.seed);
              stage.damage(step.area, step.kind === 'photo' ? 'photo' : 'exact');
              break;
            case 'copy':
              stage.copy(step.area, step.x, step.y);
              break;
            case 'finish':
              stage.finishFrame();
              break;
            case 'wait':
              await sleep(step.ms);
              break;
            case 'pause':
              if (step.isPaused) viewers[step.user]?.connection.pause();
              else viewers[step.user]?.connection.resume();
              break;
            case 'slow':
              viewers[step.user]?.setAcknowledging(!step.isSlow);
              break;
            case 'resize':
              stage.resize(step.width, step.height);
          }
        }
        stage.finishFrame();
        for (const one of viewers) {
          one.setAcknowledging(true);
          one.connection.resume();
        }
        for (const one of viewers) await expectSame(one, stage);
        viewer.connection.close();
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  it('is whole for a large one as well, in several parts', async () => {
    const { stage, viewer } = await openShown({ display: { width: 1600, height: 1000, dpi: 96 } });
    drawNoise(stage, whole(stage), 7);
    stage.damage(whole(stage));
    stage.finishFrame();
    await expectSame(viewer, stage);
    expect(viewer.all('img').length).toBeGreaterThan(5);
  });

  it('comes at once after a rest', async () => {
    const { stage, viewer } = await openShown();
    await sleep(40);
    await viewer.forget();
    fill(stage, { x: 1, y: 1, width: 9, height: 18 }, 0xffffff);
    stage.finishFrame();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(viewer.heard.map(([opcode]) => opcode)).toEqual(['rect', 'cfill', 'sync']);
  });

  it('has no more than about sixty frames a second', async () => {
    const { stage, viewer } = await openShown();
    await viewer.forget();
    const startedAt = performance.now();
    for (let count = 0; count < 2_000 || performance.now() - startedAt < 100; count++) {
      fill(stage, { x: 0, y: 0, width: 4, height: 4 }, count);
      stage.finishFrame();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const frames = viewer.all('sync').length;
    expect(frames).toBeGreaterThan(1);
    expect(frames).toBeLessThanOrEqual((performance.now() - startedAt) / 16 + 1);
  });

  it('waits in no queue for a user who is paused', async () => {
    const { stage, viewer } = await openShown();
    await viewer.forget();
    viewer.connection.pause();
    for (let count = 0; count < 10; count++) {
      drawNoise(stage, whole(stage), count);
      stage.damage(whole(stage));
      stage.finishFrame();
      await sleep(5);
    }
    expect(viewer.heard).toEqual([]);
    expect(viewer.connection.unsentBytes).toBe(0);
    viewer.connection.resume();
    await expectSame(viewer, stage);
    expect(viewer.all('img')).toHaveLength(1);
  });

  it('is right where it is moved before its frame is finished, and seen by somebody meanwhile', async () => {
    const { stage, viewer } = await openShown();
    viewer.connection.pause();
    drawNoise(stage, whole(stage), 5);
    stage.damage(whole(stage));
    stage.finishFrame();
    await sleep(5);
    stage.copy({ x: 0, y: 8, width: 64, height: 40 }, 0, 0);
    viewer.connection.resume();
    await viewer.until('img');
    stage.finishFrame();
    await expectSame(viewer, stage);
    stage.copy({ x: 0, y: 8, width: 64, height: 40 }, 0, 0);
    stage.finishFrame();
    await expectSame(viewer, stage);
  });

  it('is moved rather than drawn where it scrolls', async () => {
    const { stage, viewer } = await openShown();
    drawNoise(stage, whole(stage), 3);
    stage.damage(whole(stage));
    stage.finishFrame();
    await expectSame(viewer, stage);
    await viewer.forget();
    stage.copy({ x: 0, y: 16, width: 64, height: 32 }, 0, 0);
    fill(stage, { x: 0, y: 32, width: 64, height: 16 }, 0x112233);
    stage.finishFrame();
    await viewer.until('sync');
    expect(viewer.heard).toMatchObject([
      ['copy', '0', '0', '16', '64', '32', '14', '0', '0', '0'],
      ['rect', '0', '0', '32', '64', '16'],
      ['cfill', '14', '0', '17', '34', '51', '255'],
      ['sync', expect.stringMatching(/^\d{13}$/)],
    ]);
    await expectSame(viewer, stage);
  });

  it('of a photo is lossy while it moves, and exact once it stands still', async () => {
    const { stage, viewer } = await openShown({ image: ['image/png', 'image/jpeg', 'image/webp'] });
    const exactly = await join(viewer);
    await exactly.until('sync');
    await Promise.all([viewer.forget(), exactly.forget()]);
    for (let count = 0; count < 3; count++) {
      drawNoise(stage, whole(stage), count);
      stage.damage(whole(stage), 'photo');
      stage.finishFrame();
      await sleep(20);
    }
    expect(viewer.all('img').map((image) => image[4])).toEqual(Array(3).fill('image/jpeg'));
    expect(exactly.all('img').map((image) => image[4])).toEqual(Array(3).fill('image/png'));
    await expectSame(exactly, stage);
    await expectSame(viewer, stage);
    expect(
      viewer
        .all('img')
        .map((image) => image[4])
        .at(-1),
    ).toBe('image/png');
    expect(exactly.all('img')).toHaveLength(3);
  });

  it('waits for a user who acknowledges nothing, and goes on from there', async () => {
    const { stage, viewer } = await openShown();
    viewer.setAcknowledging(false);
    for (let count = 0; count < 40; count++) {
      drawNoise(stage, whole(stage), count);
      stage.damage(whole(stage));
      stage.finishFrame();
      await sleep(17);
    }
    const bytes = viewer.heardBytes;
    expect(viewer.all('sync').length).toBeLessThanOrEqual(17);
    expect(bytes).toBeLessThan(400_000);
    viewer.setAcknowledging(true);
    await expectSame(viewer, stage);
    expect(viewer.heardBytes - bytes).toBeLessThan(40_000);
  }, 10_000);
});

describe('whenTaken', () => {
  const isResolved = async (promise: Promise<void>) => {
    let isDone = false;
    void promise.then(() => (isDone = true));
    await sleep(60);
    return isDone;
  };

  it('resolves where nobody lags behind, and waits for whoever does', async () => {
    const { stage, viewer } = await open();
    expect(await isResolved(stage.whenTaken())).toBe(true);
    stage.finishFrame();
    await viewer.until('sync');
    expect(await isResolved(stage.whenTaken())).toBe(true);
    viewer.connection.pause();
    fill(stage, whole(stage), 0x123456);
    stage.finishFrame();
    const taken = stage.whenTaken();
    expect(await isResolved(taken)).toBe(false);
    viewer.connection.resume();
    expect(await isResolved(taken)).toBe(true);
  });

  it('resolves where nobody is there any more', async () => {
    const { stage, viewer } = await openShown();
    viewer.connection.pause();
    fill(stage, whole(stage), 0x123456);
    stage.finishFrame();
    const taken = stage.whenTaken();
    viewer.connection.close();
    expect(await isResolved(taken)).toBe(true);
  });

  it('needs one user who keeps up', async () => {
    const { stage, viewer } = await openShown();
    const other = await join(viewer);
    await other.until('sync');
    other.connection.pause();
    fill(stage, whole(stage), 0x123456);
    stage.finishFrame();
    expect(await isResolved(stage.whenTaken())).toBe(true);
  });
});

describe('what else is shown', () => {
  it('a cursor, drawn into a buffer', async () => {
    const { stage, viewer } = await openShown();
    const pixels = new Uint8ClampedArray(4 * 4 * 4).fill(255);
    stage.setCursor({ kind: 'picture', picture: { width: 4, height: 4, pixels }, hotspotX: 1, hotspotY: 2 });
    expect(await viewer.until('cursor')).toEqual(['cursor', '1', '2', '-1', '0', '0', '4', '4']);
    const [image] = viewer.all('img').filter((instruction) => instruction[3] === '-1');
    expect(image).toEqual(['img', '1', '12', '-1', 'image/png', '0', '0']);
    const joined = await join(viewer);
    await joined.until('cursor');
    stage.setCursor({ kind: 'hidden' });
    await vi.waitFor(() => expect(viewer.all('cursor').at(-1)?.slice(-2)).toEqual(['1', '1']));
  });

  it('a name, the clipboard and arguments, the latest of each', async () => {
    const { stage, viewer } = await openShown();
    viewer.connection.pause();
    for (let count = 0; count < 1_000; count++) {
      stage.setName(`title ${count}`);
      stage.setClipboard(`text ü ${count}`);
      stage.tellArgument('font-size', String(count));
    }
    viewer.connection.resume();
    const clipboard = await viewer.until('clipboard');
    expect(clipboard).toEqual(['clipboard', '1', 'text/plain']);
    expect(viewer.streamOf(clipboard).toString()).toBe('text ü 999');
    expect(viewer.all('name')).toEqual([['name', 'title 999']]);
    const [told, ...others] = viewer.all('argv');
    expect(others).toEqual([]);
    expect(told && viewer.streamOf(told).toString()).toBe('999');
  });

  it('arguments and the name also to who joins, where its version knows them', async () => {
    const { stage, viewer } = await openShown();
    stage.tellArgument('color-scheme', 'green-black');
    stage.setName('a title');
    const [joined, old] = [await join(viewer), await join(viewer, { version: '' })];
    expect((await joined.until('argv'))[3]).toBe('color-scheme');
    await Promise.all([joined.until('name'), old.until('name')]);
    expect(old.all('argv')).toEqual([]);
  });

  it('no more than 256 KB of clipboard, and no half characters', async () => {
    const { stage, viewer } = await openShown();
    stage.setClipboard('😀'.repeat(100_000));
    const begin = await viewer.until('clipboard');
    const text = viewer.streamOf(begin).toString();
    expect(Buffer.byteLength(text)).toBe(262_144);
    expect(text).toBe('😀'.repeat(65_536));
  });

  it('the pointer of others', async () => {
    const { host, viewer } = await openShown();
    const other = await join(viewer);
    await other.until('sync');
    viewer.send(['mouse', '5000', '7', '1']);
    expect((await other.until('mouse')).slice(0, 4)).toEqual(['mouse', '63', '7', '1']);
    await sleep(40);
    expect(viewer.all('mouse')).toEqual([]);
    expect(host.calls).toEqual(['mouse 63 7 1']);
  });

  it('nothing is asked of an owner who does not know how to answer, or has gone', async () => {
    const old = await open({ version: 'VERSION_1_1_0' });
    expect(await old.stage.ask(['password'])).toBeUndefined();
    expect(old.viewer.all('required')).toEqual([]);
    const { stage, viewer } = await openShown();
    await join(viewer);
    const asked = stage.ask(['password']);
    viewer.connection.close();
    expect(await asked).toBeUndefined();
    expect(await stage.ask(['password'])).toBeUndefined();
  });
});

describe('an end', () => {
  it('reaches paused users once they listen again, behind the last picture of those who do', async () => {
    const { host, stage, viewer } = await openShown();
    const other = await join(viewer);
    await other.until('sync');
    await other.forget();
    other.connection.pause();
    fill(stage, whole(stage), 0xff0000);
    stage.finishFrame();
    stage.end({ status: 520, text: 'The host closed the connection.' });
    await viewer.until('error');
    expect(viewer.heard.at(-2)?.[0]).toBe('sync');
    expect(other.heard).toEqual([]);
    other.connection.resume();
    expect(await other.until('error')).toEqual(['error', 'The host closed the connection.', '520']);
    await vi.waitFor(() =>
      expect([viewer.hasEnded, other.hasEnded, host.isClosed]).toEqual([true, true, true]),
    );
    expect(await viewer.connection.join(testJoin())).toMatchObject({ failure: { code: 'session_closed' } });
    stage.end();
    fill(stage, whole(stage), 1);
    stage.finishFrame();
    expect(await stage.ask(['password'])).toBeUndefined();
  });

  it('comes with the last user', async () => {
    const { host, viewer } = await openShown();
    const other = await join(viewer);
    viewer.connection.close();
    viewer.connection.close();
    await sleep(5);
    expect(host.isClosed).toBe(false);
    other.send(['disconnect']);
    await vi.waitFor(() => expect([other.hasEnded, host.isClosed]).toEqual([true, true]));
  });
});
