import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Closing, type ClosingParts, createClosing } from './closing.ts';

interface Question {
  readonly message: string;
  readonly buttons: readonly string[];
  readonly defaultId: number;
  answer(button: string): Promise<void>;
}

/** Electron's app as far as quitting goes: `before-quit`, then each window is closed, then it is over. */
class AppDouble extends EventEmitter {
  windows: WindowDouble[] = [];
  isOver = false;
  quit() {
    if (this.isOver || isPrevented(this, 'before-quit')) return;
    for (const window of [...this.windows]) if (!window.close()) return;
    this.isOver = true;
  }
}

class WindowDouble extends EventEmitter {
  readonly webContents = new EventEmitter();
  isOpen = true;
  readonly #app: AppDouble;
  constructor(from: AppDouble) {
    super();
    this.#app = from;
    from.windows.push(this);
  }
  /** Whether it is closed now. */
  close(): boolean {
    if (isPrevented(this, 'close')) return false;
    if (!this.isOpen) return true;
    this.isOpen = false;
    this.#app.windows = this.#app.windows.filter((other) => other !== this);
    this.emit('closed');
    if (this.#app.windows.length === 0) this.#app.emit('window-all-closed');
    return true;
  }
}

function isPrevented(emitter: EventEmitter, event: string): boolean {
  let prevented = false;
  emitter.emit(event, {
    preventDefault: () => {
      prevented = true;
    },
  });
  return prevented;
}

let app: AppDouble;
let powerMonitor: EventEmitter;
let questions: Question[];
let unloadAnswer: number;
let live: number;
let keepsInTray: boolean;
let closing: Closing;
let main: WindowDouble;

function start(platform: NodeJS.Platform = 'linux'): void {
  app = new AppDouble();
  powerMonitor = new EventEmitter();
  questions = [];
  unloadAnswer = 1;
  live = 0;
  keepsInTray = false;
  const dialog = {
    showMessageBox: (options: { message: string; buttons: string[]; defaultId: number }) =>
      new Promise((resolve) => {
        const answer = (button: string) => {
          resolve({ response: options.buttons.indexOf(button) });
          return new Promise<void>((settled) => {
            setImmediate(settled);
          });
        };
        questions.push({ ...options, answer });
      }),
    showMessageBoxSync: () => unloadAnswer,
  };
  closing = createClosing({
    app,
    dialog,
    powerMonitor,
    platform,
    liveSessions: () => live,
    keepsInTray: () => keepsInTray,
  } as unknown as ClosingParts);
  main = openMain();
}

function openMain(): WindowDouble {
  const window = new WindowDouble(app);
  closing.follow(window as unknown as Parameters<Closing['follow']>[0]);
  closing.followMain(window as unknown as Parameters<Closing['followMain']>[0]);
  return window;
}

beforeEach(() => start());

describe('without live sessions', () => {
  it('closing the main window ends Proxima, with its other windows', () => {
    const settings = new WindowDouble(app);
    main.close();
    expect(app.isOver).toBe(true);
    expect(settings.isOpen).toBe(false);
    expect(questions).toEqual([]);
  });

  it('closing it leaves Proxima in the tray, where that is wanted', () => {
    keepsInTray = true;
    main.close();
    expect(main.isOpen).toBe(false);
    expect(app.isOver).toBe(false);
    app.quit();
    expect(app.isOver).toBe(true);
  });

  it('quitting asks nothing', () => {
    app.quit();
    expect(app.isOver).toBe(true);
    expect(questions).toEqual([]);
  });

  it('macOS keeps the app when its windows are closed', () => {
    start('darwin');
    main.close();
    expect(app.isOver).toBe(false);
    app.quit();
    expect(app.isOver).toBe(true);
  });
});

describe('with live sessions', () => {
  beforeEach(() => {
    live = 3;
  });

  it('closing the main window asks once, with their number; not again while quitting', async () => {
    main.close();
    expect(main.isOpen).toBe(true);
    main.close();
    expect(questions).toHaveLength(1);
    expect(questions[0]).toMatchObject({
      message: '3 sessions are live. Quit Proxima?',
      buttons: ['Quit', 'Keep in the tray', 'Cancel'],
      defaultId: 2,
    });
    await questions[0]?.answer('Quit');
    expect(app.isOver).toBe(true);
    expect(questions).toHaveLength(1);
  });

  it('quitting asks as well, and only once', async () => {
    live = 1;
    app.quit();
    app.quit();
    expect(questions.map(({ message }) => message)).toEqual(['One session is live. Quit Proxima?']);
    await questions[0]?.answer('Cancel');
    expect(app.isOver).toBe(false);
    expect(main.isOpen).toBe(true);
    app.quit();
    expect(questions).toHaveLength(2);
    await questions[1]?.answer('Quit');
    expect(app.isOver).toBe(true);
  });

  it('Proxima may stay in the tray this once', async () => {
    main.close();
    await questions[0]?.answer('Keep in the tray');
    expect(main.isOpen).toBe(false);
    expect(app.isOver).toBe(false);
    expect(questions).toHaveLength(1);

    const again = openMain();
    again.close();
    expect(questions).toHaveLength(2);
    expect(again.isOpen).toBe(true);
  });

  it('Proxima stays in the tray without a question, where that is the preference', () => {
    keepsInTray = true;
    main.close();
    expect(main.isOpen).toBe(false);
    expect(app.isOver).toBe(false);
    expect(questions).toEqual([]);
  });

  it('on macOS closing asks nothing, and quitting has no tray to offer', () => {
    start('darwin');
    live = 3;
    main.close();
    expect(main.isOpen).toBe(false);
    app.quit();
    expect(app.isOver).toBe(false);
    expect(questions[0]?.buttons).toEqual(['Quit', 'Cancel']);
  });

  it('nobody is asked when the system ends, or somebody has asked already', () => {
    const endings: (() => void)[] = [
      () => powerMonitor.emit('shutdown'),
      () => main.emit('session-end', {}),
      () => closing.stopAsking(),
    ];
    for (const end of endings) {
      start();
      live = 3;
      end();
      app.quit();
      expect(app.isOver).toBe(true);
      expect(questions).toEqual([]);
    }
  });
});

describe('a page with unsaved changes', () => {
  it('is asked about, and may be left', () => {
    unloadAnswer = 0;
    expect(isPrevented(main.webContents, 'will-prevent-unload')).toBe(true);
  });

  it('that stays takes the quitting back', () => {
    live = 1;
    closing.stopAsking();
    expect(isPrevented(main.webContents, 'will-prevent-unload')).toBe(false);
    app.quit();
    expect(questions).toHaveLength(1);
  });
});
