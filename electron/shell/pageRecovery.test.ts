import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { createPageRecovery, type PageRecoveryParts } from './pageRecovery.ts';

interface Asked {
  readonly message: string;
  readonly signal?: AbortSignal;
  answer(response: number): void;
}

class WindowDouble extends EventEmitter {
  reloads = 0;
  crashed = 0;
  destroyed = false;
  readonly webContents = Object.assign(new EventEmitter(), {
    reload: () => void this.reloads++,
    forcefullyCrashRenderer: () => void this.crashed++,
  });
  isDestroyed = () => this.destroyed;
  destroy = () => {
    this.destroyed = true;
  };
  die = (reason = 'crashed') =>
    void this.webContents.emit('render-process-gone', {}, { reason, exitCode: 11 });
}

let asked: Asked[];
let now: number;
let recover: (window: WindowDouble) => void;

beforeEach(() => {
  asked = [];
  now = 1_000_000;
  const dialog = {
    showMessageBox: ({ message, signal }: { message: string; signal?: AbortSignal }) =>
      new Promise((resolve) => {
        const answer = (response: number) => resolve({ response });
        signal?.addEventListener('abort', () => answer(0));
        asked.push({ message, ...(signal && { signal }), answer });
      }),
  };
  const silent = { warn: () => undefined, error: () => undefined };
  recover = createPageRecovery({
    dialog: dialog as unknown as PageRecoveryParts['dialog'],
    log: silent,
    now: () => now,
  }) as unknown as typeof recover;
});

const open = () => {
  const window = new WindowDouble();
  recover(window);
  return window;
};
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a page that fails', () => {
  it('is loaded again', () => {
    const window = open();
    window.die();
    window.die('oom');
    expect(window.reloads).toBe(2);
    expect(asked).toHaveLength(0);
  });

  it('is left alone where it ended by itself', () => {
    const window = open();
    window.die('clean-exit');
    expect(window.reloads).toBe(0);
  });

  it('again and again is loaded three times, then asked about once', async () => {
    const window = open();
    for (let count = 0; count < 6; count++) window.die();
    expect(window.reloads).toBe(3);
    expect(asked.map(({ message }) => message)).toEqual(['Proxima’s window fails again and again.']);
    asked[0]?.answer(1);
    await settle();
    expect(window.destroyed).toBe(true);
    window.die();
    expect(asked).toHaveLength(1);
  });

  it('again and again has a new chance where its person wants it', async () => {
    const window = open();
    for (let count = 0; count < 4; count++) window.die();
    asked[0]?.answer(0);
    await settle();
    expect(window).toMatchObject({ reloads: 4, destroyed: false });
    window.die();
    expect(window.reloads).toBe(5);
  });

  it('now and then is always loaded again', () => {
    const window = open();
    for (let count = 0; count < 20; count++) {
      window.die();
      now += 30_000;
    }
    expect(window.reloads).toBe(20);
  });

  it('together with others is asked about once for all of them', async () => {
    const several = [open(), open(), open()];
    for (let count = 0; count < 4; count++) for (const window of several) window.die();
    expect(asked).toHaveLength(1);
    asked[0]?.answer(0);
    await settle();
    expect(several.map(({ reloads }) => reloads)).toEqual([4, 4, 4]);
  });
});

describe('a page that does not answer', () => {
  it('is waited for', async () => {
    const window = open();
    window.emit('unresponsive');
    window.emit('unresponsive');
    expect(asked.map(({ message }) => message)).toEqual(['Proxima’s window does not answer.']);
    asked[0]?.answer(0);
    await settle();
    expect(window.crashed).toBe(0);
    window.emit('unresponsive');
    expect(asked).toHaveLength(2);
  });

  it('is ended where its person wants that, and so comes back', async () => {
    const window = open();
    window.emit('unresponsive');
    asked[0]?.answer(1);
    await settle();
    expect(window.crashed).toBe(1);
    window.die('killed');
    expect(window.reloads).toBe(1);
  });

  it('takes the question back once it answers', async () => {
    const window = open();
    window.emit('unresponsive');
    window.emit('responsive');
    expect(asked[0]?.signal?.aborted).toBe(true);
    await settle();
    expect(window.crashed).toBe(0);
  });
});
