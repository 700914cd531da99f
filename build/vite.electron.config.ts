import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const roots = ['main', 'headless'].filter((name) => existsSync(`${root}/electron/${name}.ts`));

/** The two programs of the host process, and its worker threads. Everything is bundled but what comes with Electron or has a native part. */
export default defineConfig({
  root,
  publicDir: false,
  ssr: { target: 'node', noExternal: true },
  build: {
    ssr: true,
    target: 'node20',
    outDir: 'dist/electron',
    emptyOutDir: false,
    sourcemap: true,
    minify: false,
    rolldownOptions: {
      input: {
        ...Object.fromEntries(roots.map((name) => [name, `electron/${name}.ts`])),
        whatIfWorker: 'electron/whatIf/worker.ts',
        passwordWorker: 'electron/access/passwordWorker.ts',
      },
      // The last two are optional accelerators that ws looks for and does without.
      external: ['electron', 'electron-updater', 'keytar', 'bufferutil', 'utf-8-validate'],
      output: { format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
});
