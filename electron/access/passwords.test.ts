import { argon2Verify } from 'hash-wasm';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { succeed } from '../../shared/contract/failure.ts';
import { costOf, doPasswordWork } from './passwordHash.ts';
import { createPasswords, createPasswordWorker } from './passwords.ts';
import { createTestPasswords, testCost } from './testAccess.ts';

describe('hashes', () => {
  it('are Argon2id with their parameters and a salt of their own in them', async () => {
    const passwords = createTestPasswords();
    const [one, other] = [await passwords.hash('a long password'), await passwords.hash('a long password')];
    expect(one).toMatchObject({
      ok: true,
      value: expect.stringMatching(/^\$argon2id\$v=19\$m=16,t=1,p=1\$/),
    });
    expect(one).not.toEqual(other);
  });

  it('are those of the reference implementation', async () => {
    // https://github.com/P-H-C/phc-winner-argon2/blob/20190702/src/test.c; its salt is shorter than ours may be.
    const hash = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
    expect(await argon2Verify({ password: 'password', hash })).toBe(true);
    expect(costOf(hash)).toBeUndefined();
    expect(costOf(hash.replace('c29tZXNhbHQ', 'AQEBAQEBAQEBAQEBAQEBAQ'))).toEqual({
      memoryKib: 256,
      iterations: 2,
      parallelism: 1,
    });
  });

  it('belong to one password, in whatever form of Unicode it is typed', async () => {
    const passwords = createTestPasswords();
    const hashed = await passwords.hash('sch\u00f6ne Gr\u00fc\u00dfe');
    const hash = hashed.ok ? hashed.value : '';
    const verify = async (password: string) => await passwords.verify(password, hash);
    expect(await verify('scho\u0308ne Gru\u0308\u00dfe')).toEqual({ ok: true, value: { isRight: true } });
    expect(await verify('schone Grusse')).toEqual({ ok: true, value: { isRight: false } });
    expect(await passwords.verify('anything', undefined)).toEqual({ ok: true, value: { isRight: false } });
  });

  it('are as much work where there is none', async () => {
    const done: string[] = [];
    const passwords = createPasswords(
      {
        async work(work) {
          done.push(work.kind === 'verify' ? `verify ${costOf(work.hash)?.memoryKib} KiB` : 'hash');
          return succeed(await doPasswordWork(work));
        },
        close: () => Promise.resolve(),
      },
      testCost,
    );
    const hashed = await passwords.hash('a long password');
    for (const hash of [undefined, undefined, hashed.ok ? hashed.value : ''])
      await passwords.verify('wrong', hash);
    expect(done).toEqual(['hash', 'hash', 'verify 16 KiB', 'verify 16 KiB', 'verify 16 KiB']);
  });

  it('are made anew once they cost more', async () => {
    const cheap = await createTestPasswords().hash('a long password');
    const passwords = createTestPasswords({ ...testCost, iterations: 2 });
    const wrong = await passwords.verify('wrong', cheap.ok ? cheap.value : '');
    expect(wrong).toEqual({ ok: true, value: { isRight: false } });
    const right = await passwords.verify('a long password', cheap.ok ? cheap.value : '');
    expect(right).toMatchObject({
      value: { isRight: true, rehashed: expect.stringContaining('m=16,t=2,p=1') },
    });
  });

  it.each(['', 'x', '$argon2id$v=19$m=9999999,t=1,p=1$AQEBAQEBAQEBAQEBAQEBAQ$+m21d7tbteefuH7Lm+E+MLLzRJL8'])(
    'are not %j, which is answered no',
    async (hash) => {
      expect(await doPasswordWork({ kind: 'verify', password: 'x', hash })).toBe(false);
    },
  );
});

describe('the thread', () => {
  let folder: string;
  let workerFile: URL;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxima-passwords-'));
    await build({
      configFile: false,
      root: fileURLToPath(new URL('../..', import.meta.url)),
      logLevel: 'silent',
      ssr: { noExternal: true },
      build: { ssr: 'electron/access/passwordWorker.ts', outDir: folder, target: 'node20' },
    });
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    workerFile = pathToFileURL(join(folder, 'passwordWorker.js'));
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const start = (file = workerFile) =>
    createPasswordWorker({ workerFile: file, log: { error: () => undefined } });

  it('does the work, while this one goes on', async () => {
    const passwords = createPasswords(start());
    const hashed = await passwords.hash('a long password');
    expect(hashed).toMatchObject({ value: expect.stringContaining('$m=19456,t=2,p=1$') });
    const hash = hashed.ok ? hashed.value : '';
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 5);
    const [right, wrong] = await Promise.all([
      passwords.verify('a long password', hash),
      passwords.verify('another', hash),
    ]);
    clearInterval(turning);
    await passwords.close();
    expect([right, wrong]).toMatchObject([{ value: { isRight: true } }, { value: { isRight: false } }]);
    expect(turns).toBeGreaterThan(5);
  });

  it('takes so much at once, and no more', async () => {
    const worker = start();
    const work = () => worker.work({ kind: 'hash', password: 'x', cost: testCost });
    const answers = await Promise.all(Array.from({ length: 40 }, work));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(32);
    expect(answers.at(-1)).toMatchObject({ failure: { code: 'sign_in_throttled' } });
    expect(await work()).toMatchObject({ ok: true });
    await worker.close();
  });

  it('fails what is open when it crashes, and starts again', async () => {
    const worker = start(new URL('nowhere.js', workerFile));
    const work = () => worker.work({ kind: 'hash', password: 'x', cost: testCost });
    expect(await work()).toMatchObject({ failure: { code: 'internal' } });
    expect(await work()).toMatchObject({ failure: { code: 'internal' } });
    await worker.close();
  });
});
