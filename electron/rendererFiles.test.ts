import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRendererFiles } from './rendererFiles.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-renderer-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'assets/main-3f2a.js'), 'export {};');
});
afterEach(() => rm(folder, { recursive: true }));

it('reads a built renderer', async () => {
  await writeFile(join(folder, 'index.html'), '<!doctype html>');
  await writeFile(join(folder, 'icon.svg'), '<svg/>');
  const files = await readRendererFiles(folder);
  expect([...files.keys()].toSorted()).toEqual(['/', '/assets/main-3f2a.js', '/icon.svg', '/index.html']);
  expect(files.get('/')).toMatchObject({
    contentType: 'text/html; charset=utf-8',
    cacheControl: 'no-store',
  });
  expect(files.get('/icon.svg')).toMatchObject({ contentType: 'image/svg+xml', cacheControl: 'no-store' });
  const script = files.get('/assets/main-3f2a.js');
  expect(script).toMatchObject({ contentType: 'text/javascript; charset=utf-8' });
  expect(script?.cacheControl).toContain('immutable');
  expect(Buffer.from(script?.bytes ?? []).toString()).toBe('export {};');
});

it('does not do without a page', async () => {
  await expect(readRendererFiles(folder)).rejects.toThrow('no index.html');
});
