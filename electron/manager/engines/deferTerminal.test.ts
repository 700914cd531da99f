import { describe, expect, it } from 'vitest';
import { deferTerminal } from './deferTerminal.ts';
import { createTestStage } from './session/testStage.ts';
import { createTestTerminal } from './testTerminal.ts';

function defer() {
  const stage = createTestStage();
  const terminal = createTestTerminal();
  const counts = { created: 0, closed: 0 };
  const deferred = deferTerminal(
    stage,
    () => {
      counts.created += 1;
      return terminal;
    },
    () => (counts.closed += 1),
  );
  return { stage, terminal, deferred, counts };
}

describe('a terminal that appears when there is something to see', () => {
  it('keeps what is said until it is asked something', async () => {
    const { stage, terminal, deferred, counts } = defer();
    deferred.say('first');
    deferred.say('second');
    deferred.key(0x61, true);
    deferred.resize(800, 600);
    expect(counts.created).toBe(0);
    expect(stage.width).toBe(800);
    terminal.answerWith('me');
    expect(await deferred.ask('who? ', { isSecret: false })).toBe('me');
    deferred.say('third');
    expect(terminal.text).toBe('first\nsecond\nwho? third\n');
    expect(counts.created).toBe(1);
  });

  it('never appears after the end', async () => {
    const { deferred, counts } = defer();
    deferred.close();
    await deferred.write(new Uint8Array(1));
    expect(await deferred.ask('who? ', { isSecret: false })).toBeUndefined();
    deferred.attach({ send() {}, resize() {} });
    expect(counts).toEqual({ created: 0, closed: 1 });
  });

  it('ends the session where there can be none', async () => {
    const stage = createTestStage();
    const deferred = deferTerminal(
      stage,
      () => {
        throw new Error('no font');
      },
      () => {},
    );
    expect(await deferred.ask('who? ', { isSecret: false })).toBeUndefined();
    expect(stage.ended?.reason?.status).toBe(512);
  });
});
