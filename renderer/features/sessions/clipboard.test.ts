import { expect, test } from 'vitest';
import { clipboardLimitBytes, createClipboardBridge } from './clipboard.ts';

function setUp() {
  const world = {
    local: '',
    focus: true,
    mayWrite: true,
    mayRead: true,
    ways: { toHost: true, fromHost: true },
    sent: [] as string[],
    problems: [] as string[],
  };
  const bridge = createClipboardBridge({
    writeText: async (text) => {
      if (!world.mayWrite) throw new Error('denied');
      world.local = text;
    },
    readText: async () => (world.mayRead ? world.local : undefined),
    hasFocus: () => world.focus,
    ways: () => world.ways,
    sendToHost: (text) => world.sent.push(text),
    onProblem: (problem) => world.problems.push(problem),
  });
  return { world, bridge };
}

test('text of the host gets to the local clipboard, and not back', async () => {
  const { world, bridge } = setUp();
  await bridge.received('grüße');
  expect(world.local).toBe('grüße');
  await bridge.focused();
  bridge.pasted('grüße');
  expect(world.sent).toEqual([]);
});

test('text of the host waits until its session has the keyboard', async () => {
  const { world, bridge } = setUp();
  world.focus = false;
  await bridge.received('one');
  await bridge.received('two');
  expect(world.local).toBe('');
  world.focus = true;
  await bridge.focused();
  expect(world.local).toBe('two');
});

test('a browser that denies is told of once, and the text is kept', async () => {
  const { world, bridge } = setUp();
  world.mayWrite = false;
  await bridge.received('one');
  await bridge.received('two');
  expect(world.problems).toEqual(['write-denied']);
  world.mayWrite = true;
  await bridge.focused();
  expect(world.local).toBe('two');
});

test('local text goes to the host on focus and on paste, once', async () => {
  const { world, bridge } = setUp();
  world.local = 'here';
  await bridge.focused();
  await bridge.focused();
  bridge.pasted('here');
  bridge.pasted('there');
  expect(world.sent).toEqual(['here', 'there']);
});

test('nothing is sent that may not be read', async () => {
  const { world, bridge } = setUp();
  world.local = 'secret';
  world.mayRead = false;
  await bridge.focused();
  expect(world.sent).toEqual([]);
});

test('text beyond the limit of the session manager is refused, counted in bytes', () => {
  const { world, bridge } = setUp();
  bridge.pasted('ü'.repeat(clipboardLimitBytes / 2));
  bridge.pasted('ü'.repeat(clipboardLimitBytes / 2 + 1));
  expect(world.sent).toHaveLength(1);
  expect(world.problems).toEqual(['too-long']);
});

test('what is pasted here is newer than what the host wanted to hand over', async () => {
  const { world, bridge } = setUp();
  world.focus = false;
  await bridge.received('old');
  world.focus = true;
  bridge.pasted('new');
  world.local = 'new';
  await bridge.focused();
  expect(world.local).toBe('new');
  expect(world.sent).toEqual(['new']);
});

test('a policy that lets nothing go to hosts stops pasting, and says so once', async () => {
  const { world, bridge } = setUp();
  world.ways = { toHost: false, fromHost: true };
  world.local = 'here';
  await bridge.focused();
  expect(world.problems).toEqual([]);
  bridge.pasted('here');
  bridge.pasted('again');
  expect(world.sent).toEqual([]);
  expect(world.problems).toEqual(['paste-forbidden']);
  await bridge.received('theirs');
  expect(world.local).toBe('theirs');
});

test('a policy that lets nothing come from hosts keeps the local clipboard, and says so', async () => {
  const { world, bridge } = setUp();
  world.ways = { toHost: true, fromHost: false };
  world.local = 'here';
  await bridge.received('theirs');
  expect(world.local).toBe('here');
  expect(world.problems).toEqual(['copy-forbidden']);
  await bridge.focused();
  expect(world.sent).toEqual(['here']);
});
