import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeKey, fingerprintOf, parsePublicKey } from './hostKey.ts';
import { findKnownKeys, judgeHostKey, parseKnownHosts } from './knownHostLines.ts';
import { openKnownHosts } from './knownHostsFile.ts';

const run = promisify(execFile);
const first = ssh2.utils.generateKeyPairSync('ed25519').public;
const second = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).public;
const keyOf = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64');

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'proxima-known-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the lines of known_hosts', () => {
  const linesFor = (text: string, hostname: string, port = 22) =>
    findKnownKeys(parseKnownHosts(text), hostname, port).map(({ line }) => line);

  it('finds hosts by name, port, pattern and list, and not by what is negated', () => {
    const text = [
      `a.example,10.0.0.1 ${first}`,
      `[a.example]:2222 ${first}`,
      `*.example,!b.example ${second}`,
      `10.0.?.1 ${second}`,
      `A.Example ${first} comment`,
    ].join('\n');
    expect(linesFor(text, 'a.example')).toEqual([1, 3, 5]);
    expect(linesFor(text, 'a.example', 2222)).toEqual([2]);
    expect(linesFor(text, 'b.example')).toEqual([]);
    expect(linesFor(text, '10.0.0.1')).toEqual([1, 4]);
    expect(linesFor(text, '10.0.10.1')).toEqual([]);
  });

  it('passes over comments, damage, authorities and keys that are none', () => {
    const text = [
      '# c',
      '',
      'x',
      'h ssh-ed25519',
      'h ssh-ed25519 %%%',
      `@cert-authority h ${first}`,
      `@odd h ${first}`,
    ];
    expect(linesFor([...text, `h ${first}`, 'h ssh-ed25519 AAAAC3NzaC1'].join('\n'), 'h')).toEqual([8]);
  });

  it('finds names that OpenSSH has hashed', async () => {
    const file = join(folder, 'hashed');
    await writeFile(file, `a.example ${first}\n[a.example]:2222 ${second}\n`);
    await run('ssh-keygen', ['-H', '-f', file]);
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain('example');
    expect(linesFor(text, 'a.example')).toEqual([1]);
    expect(linesFor(text, 'a.example', 2222)).toEqual([2]);
    expect(linesFor(text, 'b.example')).toEqual([]);
  });

  it('judges keys', () => {
    const known = (text: string) => parseKnownHosts(text);
    expect(judgeHostKey([], keyOf(first)).kind).toBe('unknown');
    expect(judgeHostKey(known(`h ${second}\nh ${first}`), keyOf(first)).kind).toBe('known');
    expect(judgeHostKey(known(`h ${first}\n@revoked h ${first}`), keyOf(first)).kind).toBe('revoked');
    expect(judgeHostKey(known(`@revoked h ${second}`), keyOf(first)).kind).toBe('unknown');
    const other = ssh2.utils.generateKeyPairSync('ed25519').public;
    expect(judgeHostKey(known(`h ${second}\nh ${other}`), keyOf(first))).toMatchObject({
      kind: 'changed',
      expected: { line: 2 },
    });
  });

  it('takes any text, and patterns of any kind in little time', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'a1@#*?!|,[]: \n\0='.split(''), ` ${first}`) }),
        fc.string(),
        (text, hostname) => {
          findKnownKeys(parseKnownHosts(text), hostname, 22);
        },
      ),
    );
    const before = performance.now();
    linesFor(`${'*a'.repeat(500)} ${first}`, 'a'.repeat(250));
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it('writes fingerprints as OpenSSH does', async () => {
    const file = join(folder, 'key.pub');
    await writeFile(file, `${second}\n`);
    const { stdout } = await run('ssh-keygen', ['-lf', file]);
    expect(stdout).toContain(fingerprintOf(keyOf(second)));
    expect(describeKey(keyOf(second))).toMatch(/^ECDSA key SHA256:/);
    expect(parsePublicKey('AAAA')).toBeUndefined();
  });
});

describe('the file of known hosts', () => {
  it('remembers for the owner only, once, and what OpenSSH understands', async () => {
    const file = join(folder, 'fresh');
    const hosts = openKnownHosts(file);
    expect(await hosts.find('h', 22)).toEqual({ ok: true, value: [] });
    await Promise.all([
      hosts.remember('h', 22, keyOf(first)),
      hosts.remember('h', 22, keyOf(first)),
      hosts.remember('::1', 2222, keyOf(second)),
    ]);
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(2);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { stdout } = await run('ssh-keygen', ['-F', '[::1]:2222', '-f', file]);
    expect(stdout).toContain(second.split(' ')[1]);
  });

  it('keeps lines that it does not understand, and ends the one before', async () => {
    const file = join(folder, 'odd');
    await writeFile(file, '\u0000damaged ###\r\n# last line without an end');
    await openKnownHosts(file).remember('h', 22, keyOf(first));
    const text = await readFile(file, 'utf8');
    expect(text.startsWith('\u0000damaged ###\r\n# last line without an end\nh ssh-ed25519 ')).toBe(true);
  });

  it('fails for a file that is too large, and leaves it as it is', async () => {
    const file = join(folder, 'large');
    await writeFile(file, '#'.repeat(1_048_576 - 20));
    const hosts = openKnownHosts(file);
    expect((await hosts.find('h', 22)).ok).toBe(true);
    expect(await hosts.remember('h', 22, keyOf(first))).toMatchObject({ failure: { code: 'store_failed' } });
    await writeFile(file, '#'.repeat(1_048_577));
    expect(await hosts.find('h', 22)).toMatchObject({ failure: { code: 'store_failed' } });
  });

  it('fails where it can not be written', async () => {
    const hosts = openKnownHosts(join(folder, 'missing', 'known_hosts'));
    expect(await hosts.remember('h', 22, keyOf(first))).toMatchObject({ failure: { code: 'store_failed' } });
  });
});
