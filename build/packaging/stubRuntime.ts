import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type System = 'linux' | 'darwin' | 'win32';

/** A sentinel, the version of the wire and its length, before the fuses themselves (electron/fuses, README). */
const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** As Electron ships them: RunAsNode, NODE_OPTIONS and inspect arguments on, the rest off, `file:` privileges on. */
const shippedFuses = '10110001';

/**
 * Makes what looks like an unpacked Electron to electron-builder, without a line of Electron in it: the names, the property
 * lists, a fuse wire to be flipped, and for Windows an executable with resources to be edited. It proves how packages are
 * put together, and nothing about how they run.
 */
export function makeStubRuntime(folder: string, system: System, version: string): void {
  write(join(folder, 'version'), version);
  write(join(folder, 'LICENSE'), 'Stub of a licence\n');
  write(join(folder, 'LICENSES.chromium.html'), '<p>Stub of Chromium’s licences</p>\n');
  if (system === 'darwin') makeMacRuntime(folder);
  else {
    write(join(folder, 'resources.pak'), 'stub');
    write(join(folder, 'locales/en-US.pak'), 'stub');
    write(join(folder, 'resources/default_app.asar'), 'stub');
    if (system === 'win32') write(join(folder, 'electron.exe'), composeExecutable());
    else {
      write(join(folder, 'electron'), composeBinary(), 0o755);
      write(join(folder, 'chrome-sandbox'), 'stub', 0o755);
    }
  }
}

const frameworkPath = 'Contents/Frameworks/Electron Framework.framework/Electron Framework';
const helpers = ['', ' (Renderer)', ' (GPU)', ' (Plugin)'];

/** The path of the file with the fuses, in what was packed. */
export function findFusedFile(packed: string, system: System): string {
  if (system === 'darwin') return join(packed, 'Proxima.app', frameworkPath);
  return join(packed, system === 'win32' ? 'Proxima.exe' : 'proxima');
}

/** The wire as it's in the file: `0` off, `1` on, in the order of FuseV1Options. @throws where there's none. */
export function readFuses(file: string): string {
  const bytes = readFileSync(file);
  const start = bytes.indexOf(fuseSentinel);
  const length = bytes[start + fuseSentinel.length + 1];
  if (start === -1 || length === undefined) throw new Error(`${file} has no fuses`);
  const first = start + fuseSentinel.length + 2;
  return bytes.toString('latin1', first, first + length);
}

function makeMacRuntime(folder: string): void {
  const app = join(folder, 'Electron.app');
  const contents = join(app, 'Contents');
  write(join(contents, 'Info.plist'), composePropertyList('Electron', 'com.github.Electron'));
  write(join(contents, 'MacOS/Electron'), 'stub', 0o755);
  write(join(contents, 'Resources/default_app.asar'), 'stub');
  write(join(contents, 'Resources/electron.icns'), 'stub');
  write(join(app, frameworkPath), composeBinary(), 0o755);
  for (const helper of helpers) {
    const name = `Electron Helper${helper}`;
    const inside = join(contents, 'Frameworks', `${name}.app`, 'Contents');
    write(join(inside, 'Info.plist'), composePropertyList(name, 'com.github.Electron.helper'));
    write(join(inside, 'MacOS', name), 'stub', 0o755);
  }
}

function composeBinary(): Buffer {
  return Buffer.from(
    `stub of Electron\0${fuseSentinel}\x01${String.fromCharCode(shippedFuses.length)}${shippedFuses}`,
  );
}

/** Any executable with one set of version information will do; 7-Zip's comes with the packager. */
function composeExecutable(): Buffer {
  const file = fileURLToPath(new URL('../../node_modules/7zip-bin/win/x64/7za.exe', import.meta.url));
  return Buffer.concat([readFileSync(file), composeBinary()]);
}

function composePropertyList(name: string, identifier: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>CFBundleExecutable</key><string>${name}</string>
  <key>CFBundleIdentifier</key><string>${identifier}</string>
  <key>CFBundleName</key><string>${name}</string>
</dict>
</plist>
`;
}

function write(file: string, content: string | Buffer, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}
