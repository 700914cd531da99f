import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type FailureParts, handleOwnFailures } from './failures.ts';
import { claimLinkSchemes, type LinkSchemesParts } from './linkSchemes.ts';
import { followPower } from './power.ts';

describe('link schemes', () => {
  function system(isPackaged = true, ours: readonly string[] = []) {
    const owned = new Set(ours);
    const calls: unknown[][] = [];
    const app = {
      isPackaged,
      isDefaultProtocolClient: (scheme: string) => owned.has(scheme),
      setAsDefaultProtocolClient: (...call: unknown[]) => {
        calls.push(['set', ...call]);
        owned.add(String(call[0]));
      },
      removeAsDefaultProtocolClient: (...call: unknown[]) => {
        calls.push(['remove', ...call]);
        owned.delete(String(call[0]));
      },
    };
    const parts = { app, executable: '/opt/proxima' } as unknown as LinkSchemesParts;
    return { owned, calls, parts };
  }

  it('are our own always, others as their person says', () => {
    const { owned, calls, parts } = system();
    claimLinkSchemes(parts, []);
    expect([...owned]).toEqual(['proxima']);
    claimLinkSchemes(parts, ['ssh', 'rdp']);
    expect([...owned]).toEqual(['proxima', 'ssh', 'rdp']);
    claimLinkSchemes(parts, ['rdp']);
    expect([...owned]).toEqual(['proxima', 'rdp']);
    // A link can't be taken for a switch.
    expect(calls.every((call) => JSON.stringify(call[3]) === '["--"]')).toBe(true);
  });

  it('of other programs are left alone', () => {
    const { calls, parts } = system(true, ['proxima']);
    claimLinkSchemes(parts, []);
    expect(calls).toEqual([]);
  });

  it('are not taken by a copy that is not installed', () => {
    const { calls, parts } = system(false);
    claimLinkSchemes(parts, ['ssh']);
    expect(calls).toEqual([]);
  });
});

describe('failures of the main process', () => {
  function start() {
    const process = new EventEmitter();
    const app = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
    const exits: number[] = [];
    const told: string[] = [];
    const logged: string[] = [];
    const log = (details: object, text: string) => void logged.push(`${text} ${JSON.stringify(details)}`);
    handleOwnFailures({
      process,
      app,
      dialog: { showErrorBox: (_title: string, text: string) => told.push(text) },
      log: () => ({ warn: log, error: log }),
    } as unknown as FailureParts);
    return { process, app, exits, told, logged };
  }

  it('end it once, with a word and a code', () => {
    const { process, exits, told, logged } = start();
    process.emit('uncaughtException', new Error('the first'));
    process.emit('uncaughtException', new Error('the second'));
    expect(exits).toEqual([1]);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('the first');
    expect(logged).toHaveLength(2);
  });

  it('that are promises are logged, and sessions go on', () => {
    const { process, exits, logged } = start();
    process.emit('unhandledRejection', new Error('nobody looked'));
    process.emit('unhandledRejection', 'text');
    expect(exits).toEqual([]);
    expect(logged).toHaveLength(2);
  });

  it('of its helpers are logged', () => {
    const { app, logged } = start();
    app.emit('child-process-gone', {}, { type: 'GPU', reason: 'crashed', exitCode: 5 });
    app.emit('child-process-gone', {}, { type: 'Utility', reason: 'clean-exit', exitCode: 0 });
    expect(logged).toEqual([expect.stringContaining('GPU')]);
  });
});

it('whoever cares hears that the machine woke up', () => {
  const monitor = new EventEmitter();
  let wakes = 0;
  const silent = { warn: () => undefined, error: () => undefined };
  followPower(monitor as unknown as Parameters<typeof followPower>[0], silent, () => wakes++);
  monitor.emit('suspend');
  expect(wakes).toBe(0);
  monitor.emit('resume');
  expect(wakes).toBe(1);
});
