import type { Configuration } from 'electron-builder';

/** How the packages are made; the sizes of the icons are drawn beforehand, so that nothing has to be downloaded. */
const configuration: Configuration = {
  appId: 'org.proxima.desktop',
  productName: 'Proxima',
  directories: { output: 'out/package', buildResources: 'build/icons' },
  files: ['package.json', 'dist/{electron,renderer}/**', '!**/*.map'],
  asar: true,
  npmRebuild: false,
  // The binary can run nothing but this app: not as plain Node, not with a debugger, not with other code in its place.
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  },
  linux: { target: 'tar.gz', icon: '.', category: 'Network', executableName: 'proxima' },
  mac: { target: 'zip', icon: 'icon.icns', category: 'public.app-category.utilities' },
  win: { target: 'zip', icon: 'icon.ico' },
};

export default configuration;
