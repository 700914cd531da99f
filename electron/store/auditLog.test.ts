import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../auditCommand.ts';
import { createAuditLog } from './auditLog.ts';

let folder: string;
const log = { info: () => undefined, error: () => undefined };
const logPath = () => join(folder, 'audit.ndjson');
const tipPath = () => join(folder, 'audit.tip.json');
const open = () => createAuditLog({ folder, log, now: () => 1_700_000_000_000 });
const entry = (what: string) => ({ who: 'Ada', what, details: [`${what} „ü“ 😀`] });

async function append(...whats: string[]) {
  const audit = open();
  for (const what of whats) expect(await audit.append(entry(what))).toEqual({ ok: true, value: undefined });
}

async function read(audit = open()) {
  const result = await audit.read();
  if (!result.ok) throw new Error(result.failure.detail);
  return result.value;
}

const lines = async () => (await readFile(logPath(), 'utf8')).split('\n').slice(0, -1);
const writeLines = (all: readonly string[]) => writeFile(logPath(), all.map((line) => `${line}\n`).join(''));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-audit-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('is empty and intact at first, and touches nothing', async () => {
  expect(await read()).toEqual({ records: [], intact: true });
  await expect(stat(logPath())).rejects.toThrow('ENOENT');
});

it('keeps who, when and what across restarts, newest first, each record with the hash of the one before', async () => {
  await append('one', 'two');
  await append('three');
  const { records, intact } = await read();
  expect(intact).toBe(true);
  expect(records.map(({ number, what }) => [number, what])).toEqual([
    [3, 'three'],
    [2, 'two'],
    [1, 'one'],
  ]);
  expect(records[0]).toMatchObject({ who: 'Ada', at: 1_700_000_000_000, details: ['three „ü“ 😀'] });
  expect(records[0]!.previousHash).toBe(records[1]!.hash);
  expect(records[2]!.previousHash).toBe('0'.repeat(64));
  expect((await stat(logPath())).mode & 0o777).toBe(0o600);
});

it('takes appends that come at once one after the other', async () => {
  const audit = open();
  await Promise.all(Array.from({ length: 20 }, (_, index) => audit.append(entry(String(index)))));
  const { records, intact } = await read(audit);
  expect(intact).toBe(true);
  expect(records.map(({ what }) => what).toReversed()).toEqual(
    Array.from({ length: 20 }, (_, index) => String(index)),
  );
});

it('shortens what is too long to be kept', async () => {
  const audit = open();
  const details = Array.from({ length: 300 }, () => '😀'.repeat(400));
  expect((await audit.append({ who: 'w'.repeat(300), what: 'x'.repeat(300), details })).ok).toBe(true);
  const { records, intact } = await read(audit);
  expect(intact).toBe(true);
  expect(records[0]!.details).toHaveLength(200);
  expect(records[0]!.details.at(-1)).toBe('and 101 more');
});

describe('a log that was tampered with', () => {
  it('has its first changed record named, whichever byte was changed', async () => {
    await append('one', 'two', 'three');
    const bytes = await readFile(logPath());
    const lineAt = (offset: number) => bytes.subarray(0, offset).filter((byte) => byte === 10).length + 1;
    for (let offset = 0; offset < bytes.length - 1; offset += 1) {
      const flipped = Buffer.from(bytes);
      flipped[offset]! ^= 1;
      await writeFile(logPath(), flipped);
      const { intact, brokenAt } = await read();
      expect({ offset, intact, brokenAt }).toEqual({ offset, intact: false, brokenAt: lineAt(offset) });
    }
  });

  it.each<[string, (all: string[]) => string[], number]>([
    ['taken out of the middle', (all) => all.toSpliced(1, 1), 2],
    ['taken from the front', (all) => all.slice(1), 1],
    ['moved', (all) => [all[0]!, all[2]!, all[1]!, all[3]!], 2],
    ['written twice', (all) => [all[0]!, all[0]!, ...all.slice(1)], 2],
    ['cut off the end', (all) => all.slice(0, 2), 3],
    ['all deleted', () => [], 1],
    ['followed by something else', (all) => [...all, '{}'], 5],
    ['written with other white space', (all) => all.map((line) => line.replace(',', ', ')), 1],
  ])('is found with a record %s, and stays so after it goes on', async (_, tamper, expected) => {
    await append('one', 'two', 'three', 'four');
    await writeLines(tamper(await lines()));
    expect(await read()).toMatchObject({ intact: false, brokenAt: expected });
    await append('five', 'six');
    expect(await read()).toMatchObject({ intact: false, brokenAt: expected });
  });

  it('is found where the note of its newest record was deleted or spoilt, also after it goes on', async () => {
    await append('one', 'two');
    for (const spoil of [() => rm(tipPath()), () => writeFile(tipPath(), '{"number":1}')]) {
      await spoil();
      expect((await read()).intact).toBe(false);
      await append('three');
      expect(await read()).toMatchObject({ intact: false, brokenAt: 3 });
    }
  });

  it('is found while Proxima runs, and the next record does not hide it', async () => {
    const audit = open();
    for (const what of ['one', 'two', 'three']) await audit.append(entry(what));
    await rm(logPath());
    await rm(tipPath());
    expect(await read(audit)).toMatchObject({ intact: false, brokenAt: 1 });
    expect((await audit.append(entry('four'))).ok).toBe(true);
    expect(await read()).toMatchObject({ intact: false, brokenAt: 1 });
  });

  it('is found whatever is done to its lines', async () => {
    await append('one', 'two', 'three', 'four', 'five');
    const all = await lines();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(...all), fc.string()), { maxLength: 7 }),
        async (mixed) => {
          const text = mixed.map((line) => `${line}\n`).join('');
          await writeFile(logPath(), text);
          const { intact } = await read();
          expect(intact).toBe(text === all.map((line) => `${line}\n`).join(''));
        },
      ),
      { numRuns: 200 },
    );
  });
});

it('forgives a last line that a crash cut at any byte, and goes on after it', async () => {
  await append('one');
  const before = await readFile(logPath());
  const tip = await readFile(tipPath());
  await append('two');
  const after = await readFile(logPath());
  for (let length = before.length; length <= after.length; length += 1) {
    await writeFile(logPath(), after.subarray(0, length));
    await writeFile(tipPath(), tip);
    expect((await read()).intact).toBe(true);
    await append('three');
    const { records, intact } = await read();
    expect(intact).toBe(true);
    expect(records.map(({ what }) => what)).toEqual(
      length === after.length ? ['three', 'two', 'one'] : ['three', 'one'],
    );
  }
});

it('fails with audit_unwritable where it can not be read or written, and tries anew the next time', async () => {
  const audit = open();
  await mkdir(logPath());
  expect(await audit.append(entry('one'))).toMatchObject({ failure: { code: 'audit_unwritable' } });
  expect(await audit.read()).toMatchObject({ failure: { code: 'audit_unwritable' } });
  await rm(logPath(), { recursive: true });
  expect((await audit.append(entry('one'))).ok).toBe(true);
  await rm(tipPath());
  await mkdir(join(tipPath(), 'in-the-way'), { recursive: true });
  expect(await audit.append(entry('two'))).toMatchObject({ failure: { code: 'audit_unwritable' } });
  await rm(tipPath(), { recursive: true });
  expect((await audit.append(entry('three'))).ok).toBe(true);
  // The second one was written: a record comes before its change.
  expect(await read(audit)).toMatchObject({ intact: true, records: { length: 3 } });
});

const canLimit =
  process.platform === 'linux' && (await stat('/usr/bin/prlimit').catch(() => undefined)) !== undefined;

it.skipIf(!canLimit)('is intact after a disk that got full in the middle of a record', async () => {
  const audit = open();
  await audit.append(entry('one'));
  const { size } = await stat(logPath());
  const limit = (bytes: number | 'unlimited') =>
    execFileSync('/usr/bin/prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
  limit(size + 100);
  try {
    expect(await audit.append(entry('two'))).toMatchObject({ failure: { code: 'audit_unwritable' } });
  } finally {
    limit('unlimited');
  }
  expect((await stat(logPath())).size).toBe(size);
  expect((await audit.append(entry('three'))).ok).toBe(true);
  const { records, intact } = await read(audit);
  expect(intact).toBe(true);
  expect(records.map(({ what }) => what)).toEqual(['three', 'one']);
});

describe('proxima audit verify', () => {
  it('says that a whole log is intact', async () => {
    expect(await verifyAudit(folder)).toMatchObject({ exitCode: 0 });
    await append('one', 'two');
    const { sentence, exitCode } = await verifyAudit(folder);
    expect(sentence).toMatch(/is intact: 2 records, the newest of 2023-.* with the hash [0-9a-f]{64}\.$/);
    expect(exitCode).toBe(0);
  });

  it('names the record that was tampered with', async () => {
    await append('one', 'two', 'three');
    await writeLines((await lines()).map((line) => line.replace('"what":"two"', '"what":"owt"')));
    expect(await verifyAudit(folder)).toEqual({
      sentence: `The audit log in ${folder} is not intact: record 2 is the first that can't be trusted (its content does not fit its hash).`,
      exitCode: 1,
    });
  });

  it('does not take a missing folder for an intact log', async () => {
    expect(await verifyAudit(join(folder, 'none'))).toMatchObject({ exitCode: 1 });
  });
});

const appender = `
  const { createAuditLog } = await import(process.env.LOG);
  const log = { info() {}, error() {} };
  const audit = createAuditLog({ folder: process.env.FOLDER, log, now: Date.now });
  for (let count = 1; ; count += 1) {
    const result = await audit.append({ who: 'Ada', what: String(count), details: [] });
    if (!result.ok) throw new Error(result.failure.detail);
    process.stdout.write(count + '\\n');
  }
`;

it('is intact after a kill -9, and holds everything that it acknowledged', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', appender], {
    env: { ...process.env, LOG: new URL('./auditLog.ts', import.meta.url).href, FOLDER: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (acknowledged === 80) child.kill('SIGKILL');
  }
  expect(acknowledged).toBeGreaterThanOrEqual(80);
  const { records, intact } = await read();
  expect(intact).toBe(true);
  const newest = Number(records[0]!.what);
  expect(newest === acknowledged || newest === acknowledged + 1).toBe(true);
  await append('after');
  expect((await read()).intact).toBe(true);
});
