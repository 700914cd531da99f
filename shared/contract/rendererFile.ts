/** One file of the built renderer, with what it is served as. */
export interface RendererFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** The built renderer by URL path: `/` is the page. Nothing outside of it can be served, because nothing is looked up on disk. */
export type RendererFiles = ReadonlyMap<string, RendererFile>;

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  webmanifest: 'application/manifest+json',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  wasm: 'application/wasm',
  txt: 'text/plain; charset=utf-8',
};

/** How a file is served, by its path in the renderer's folder (with `/`). Files in `assets/` carry a hash of their content in the name. */
export function rendererFileOf(path: string, bytes: Uint8Array<ArrayBuffer>): RendererFile {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return {
    bytes,
    contentType: contentTypes[extension] ?? 'application/octet-stream',
    cacheControl: path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
  };
}
