import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/**
 * The renderer, for Electron's own protocol and the gateway alike. Its strict Content Security Policy allows neither
 * inline scripts nor data: URLs, so nothing is inlined.
 */
export default defineConfig({
  root: fileURLToPath(new URL('../renderer', import.meta.url)),
  base: './',
  plugins: [react()],
  build: {
    target: ['chrome120', 'firefox120', 'safari17'],
    outDir: '../dist/renderer',
    emptyOutDir: false,
    sourcemap: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2_000,
    modulePreload: { polyfill: false },
  },
});
