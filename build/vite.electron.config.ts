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
  // ssh2 asks for it, and modules of this format don't have it.
  define: { __dirname: 'import.meta.dirname' },
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
        localManagerWorker: 'electron/localManagerWorker.ts',
      },
      external: [
        ...['electron', 'electron-updater', 'keytar', '@napi-rs/canvas'],
        // Optional accelerators, which ws and ssh2 look for and do without.
        ...['bufferutil', 'utf-8-validate', 'cpu-features', /\bsshcrypto\.node$/],
      ],
      // Parts that several programs share have to run in the order of their imports: a polyfill comes before what needs it.
      output: {
        strictExecutionOrder: true,
        format: 'esm',
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name]-[hash].js',
      },
    },
  },
});
