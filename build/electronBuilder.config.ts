import type { AfterPackContext, Configuration } from 'electron-builder';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { System } from './packaging/stubRuntime.ts';
import { fileTypes, optInSchemes, ownScheme } from './packaging/associations.ts';
import { addAssociationsToWix, dropFeedFromWix } from './packaging/windowsAssociations.ts';

/** Where packages are left: under dist/, of which a build replaces only its own two folders. */
export const packageFolder = 'dist/packages';
/** What a package carries beside the app; made anew before each packaging. */
export const billFolder = 'out/packaging';
export const billFiles = ['sbom.cdx.json', 'licences.txt'] as const;

/**
 * Which of keytar's binaries go along, as part of an extended glob. Both of macOS', so that the two halves of the universal app hold
 * the same files: keytar takes the one that fits.
 */
const prebuilds: Readonly<Record<System, string>> = {
  linux: 'linux-${arch}',
  darwin: 'darwin-x64|darwin-arm64',
  win32: 'win32-${arch}',
};

/** Which of the canvas library's binaries, each a package of its own; npm installs the one of the system that it runs on. */
const canvases: Readonly<Record<System, string>> = {
  linux: 'canvas-linux-${arch}-gnu',
  darwin: 'canvas-darwin-x64|canvas-darwin-arm64',
  win32: 'canvas-win32-${arch}-msvc',
};

/** What of the fonts' package is drawn with. */
export const fontFiles = 'DejaVuSansMono*|DejaVuSans.ttf';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How the packages are made. Nothing in it is secret: electron-builder itself reads certificates and their passwords from
 * the environment (docs/install.md names them all).
 *
 * @throws with a sentence where the feed's address isn't an https:// one.
 */
export function composeConfiguration(system: System, environment: Environment = process.env): Configuration {
  const isMacSigned = Boolean(environment['CSC_LINK'] || environment['CSC_NAME']);
  const maker = readMaker(environment);
  const canNotarise = Boolean(environment['APPLE_API_KEY'] || environment['APPLE_APP_SPECIFIC_PASSWORD']);
  return {
    appId: 'org.proxima.desktop',
    productName: 'Proxima',
    copyright: 'Copyright © The Proxima authors',
    directories: { output: packageFolder, buildResources: 'build/icons' },
    extraMetadata: {
      homepage: maker.homepage,
      author: { name: maker.name, email: maker.email },
      desktopName: 'proxima.desktop',
    },
    files: [
      'package.json',
      'dist/{electron,renderer}/**',
      // The gateway is a package of its own.
      '!dist/electron/headless.js',
      '!**/*.{map,inputs,cc,h,m,gyp,ts,mts,cts,md}',
      '!**/node_modules/keytar/{src,script,build}{,/**}',
      '!**/node_modules/node-addon-api/**',
      `!**/node_modules/keytar/prebuilds/!(${prebuilds[system]}){,/**}`,
      `!**/node_modules/@napi-rs/!(canvas|${canvases[system]}){,/**}`,
      '!**/node_modules/dejavu-fonts-ttf/{fontconfig,NEWS,BUGS,*.txt}{,/**}',
      `!**/node_modules/dejavu-fonts-ttf/ttf/!(${fontFiles})`,
    ],
    asar: { smartUnpack: false },
    asarUnpack: ['**/*.node'],
    npmRebuild: false,
    extraResources: [
      ...billFiles.map((name) => ({ from: `${billFolder}/${name}`, to: name })),
      // Templates for whoever manages machines.
      { from: 'docs/policy', to: 'policy' },
      { from: 'docs/policy.schema.json', to: 'policy/policy.schema.json' },
    ],
    publish: composeFeed(environment['PROXIMA_UPDATE_FEED']),
    // The binary can run nothing but this app: not as plain Node, not with a debugger, not with other code in its place.
    electronFuses: {
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
      // An Apple processor runs no binary whose signature doesn't fit; a real signature comes afterwards.
      resetAdHocDarwinSignature: process.platform === 'darwin' && !isMacSigned,
    },
    afterExtract: ({ appOutDir }) => removeDefaultApp(appOutDir),
    afterPack: (context) => allowOnlySecureLoads(context),
    linux: {
      target: ['AppImage', 'deb', 'rpm', 'tar.gz'],
      icon: '.',
      category: 'Network',
      synopsis: 'Opens remote desktops and shells through the nearest session manager',
      executableName: 'proxima',
      syncDesktopName: true,
      vendor: 'Proxima',
      // A desktop entry only says what it can open: none of these becomes the default by that.
      mimeTypes: [ownScheme, ...optInSchemes].map((scheme) => `x-scheme-handler/${scheme}`),
      fileAssociations: fileTypes.map(({ extension, name, mimeType }) => ({
        ext: extension,
        name,
        description: name,
        mimeType,
      })),
    },
    rpm: {
      depends: [
        ...[
          'gtk3',
          'libnotify',
          'nss',
          'libXScrnSaver',
          '(libXtst or libXtst6)',
          'xdg-utils',
          'at-spi2-core',
        ],
        ...['(libuuid or libuuid1)', 'libsecret'],
      ],
    },
    deb: { packageCategory: 'net', recommends: ['gnome-keyring | kwalletmanager | keepassxc'] },
    mac: {
      target: [
        { target: 'dmg', arch: 'universal' },
        { target: 'zip', arch: 'universal' },
      ],
      icon: 'icon.icns',
      category: 'public.app-category.utilities',
      minimumSystemVersion: '12.0',
      x64ArchFiles: '**/node_modules/{keytar/prebuilds,@napi-rs/canvas-darwin-*}/**',
      hardenedRuntime: true,
      gatekeeperAssess: false,
      entitlements: 'build/packaging/entitlements.plist',
      entitlementsInherit: 'build/packaging/entitlements.inherit.plist',
      ...(!isMacSigned && { identity: null }),
      notarize: isMacSigned && canNotarise,
      extendInfo: {
        NSMicrophoneUsageDescription:
          'A remote desktop may be given this microphone once you have allowed it for that session.',
        CFBundleURLTypes: [
          {
            CFBundleURLName: 'Proxima link',
            CFBundleTypeRole: 'Viewer',
            CFBundleURLSchemes: [ownScheme],
            LSHandlerRank: 'Owner',
          },
          {
            CFBundleURLName: 'Remote host link',
            CFBundleTypeRole: 'Viewer',
            CFBundleURLSchemes: [...optInSchemes],
            LSHandlerRank: 'Alternate',
          },
        ],
      },
      fileAssociations: fileTypes.map(({ extension, name, isOwn }) => ({
        ext: extension,
        name,
        role: 'Viewer' as const,
        rank: isOwn ? ('Owner' as const) : ('Alternate' as const),
      })),
    },
    dmg: { sign: false },
    // Windows' Default Apps offers what an app says it can open; both installers register that (packaging/), and nothing else.
    win: {
      target: ['nsis', 'msi', 'zip'],
      icon: 'icon.ico',
      verifyUpdateCodeSignature: true,
    },
    nsis: {
      artifactName: 'Proxima-Setup-${version}.${ext}',
      oneClick: false,
      perMachine: false,
      selectPerMachineByDefault: false,
      allowElevation: true,
      allowToChangeInstallationDirectory: true,
      deleteAppDataOnUninstall: false,
      include: `${billFolder}/installer.nsh`,
    },
    msi: {
      artifactName: 'Proxima-${version}.${ext}',
      oneClick: false,
      perMachine: true,
      upgradeCode: '6F0B4C0E-6C0B-4E59-9C6E-5B0E5B7F2A41',
    },
    msiProjectCreated: (file) => {
      writeFileSync(file, addAssociationsToWix(dropFeedFromWix(readFileSync(file, 'utf8'))));
    },
  };
}

/** Who answers for the packages. @throws with a sentence where that isn't a name and an address. */
export function readMaker(environment: Environment = process.env) {
  const text = environment['PROXIMA_MAINTAINER'] || 'Proxima <packages@proxima.example>';
  const [, name, email] = /^([^<>]+?) *<([^<> ]+@[^<> ]+)>$/.exec(text) ?? [];
  if (name === undefined || email === undefined)
    throw new Error(`PROXIMA_MAINTAINER takes “Name <mail@host>”, not ${text}`);
  return { name, email, homepage: environment['PROXIMA_HOMEPAGE'] || 'https://proxima.example/' };
}

/** Without a feed the app is packed without an address to look at, and never looks for updates by itself. */
function composeFeed(url: string | undefined): Exclude<Configuration['publish'], undefined> {
  if (url === undefined || url === '') return null;
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:')
    throw new Error(`PROXIMA_UPDATE_FEED takes an https:// address of a folder, not ${url}`);
  return { provider: 'generic', url, channel: 'latest' };
}

/** The page that a bare Electron shows; electron-builder leaves it in a distribution that it was given unpacked. */
function removeDefaultApp(folder: string): void {
  for (const resources of ['resources', 'Electron.app/Contents/Resources'])
    rmSync(join(folder, resources, 'default_app.asar'), { force: true });
}

/** electron-builder lets macOS load anything in plain text; only its updater's own connection to loopback needs that. */
function allowOnlySecureLoads({ electronPlatformName, appOutDir, packager }: AfterPackContext): void {
  if (electronPlatformName !== 'darwin') return;
  const file = join(appOutDir, `${packager.appInfo.productFilename}.app`, 'Contents/Info.plist');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/(<key>NSAllowsArbitraryLoads<\/key>\s*)<true ?\/>/, '$1<false/>'));
}
