import { fileTypes, optInSchemes, ownScheme } from './associations.ts';

/** A value under HKEY_LOCAL_MACHINE or HKEY_CURRENT_USER, whichever the installation is for. */
interface RegistryValue {
  readonly key: string;
  /** Empty: the key's default value. */
  readonly name: string;
  /** `{exe}` stands for the path of the app. */
  readonly value: string;
  /** Whether the key has values of others, so that uninstalling takes this value and not the key. */
  readonly isShared: boolean;
}

const capabilities = 'Software\\Proxima\\Capabilities';
const classes = 'Software\\Classes';
const linkClass = 'Proxima.Link';
/** What comes after `--` is no switch of Chromium's, whatever a link says. The app writes the same for the schemes that it is chosen for. */
const command = '"{exe}" "--" "%1"';

/**
 * What makes Windows list the app under Default Apps (Microsoft, “Registering an Application for Use with Default
 * Programs”). Only its own link and its own kind of file are opened with it from the start.
 */
const registration: readonly RegistryValue[] = [
  ...describeClass(linkClass, 'Proxima link', true),
  ...describeClass(ownScheme, 'URL:Proxima link', true),
  ...fileTypes.flatMap(({ extension, name, isOwn }) => [
    ...describeClass(classOf(extension), name, false),
    shared(`${classes}\\.${extension}\\OpenWithProgids`, classOf(extension), ''),
    ...(isOwn ? [shared(`${classes}\\.${extension}`, '', classOf(extension))] : []),
    own(`${capabilities}\\FileAssociations`, `.${extension}`, classOf(extension)),
  ]),
  own(capabilities, 'ApplicationName', 'Proxima'),
  own(capabilities, 'ApplicationDescription', 'Opens remote desktops and shells on your hosts'),
  own(capabilities, 'ApplicationIcon', '{exe},0'),
  ...[ownScheme, ...optInSchemes].map((scheme) => own(`${capabilities}\\URLAssociations`, scheme, linkClass)),
  shared('Software\\RegisteredApplications', 'Proxima', capabilities),
];

/** What electron-builder's NSIS script takes in: `SHELL_CONTEXT` is the machine or the person, as was chosen. */
export function composeNsisInclude(): string {
  const write = registration.map(
    ({ key, name, value }) => `  WriteRegStr SHELL_CONTEXT '${key}' '${name}' '${writePath(value)}'`,
  );
  const ownKeys = [...new Set(registration.filter(({ isShared }) => !isShared).map(({ key }) => key))];
  const roots = ownKeys.filter((key) => !ownKeys.some((other) => key.startsWith(`${other}\\`)));
  const remove = [
    ...roots.map((key) => `  DeleteRegKey SHELL_CONTEXT '${key}'`),
    ...registration
      .filter(({ isShared }) => isShared)
      .map(({ key, name }) => `  DeleteRegValue SHELL_CONTEXT '${key}' '${name}'`),
  ];
  return [
    '!macro customInstall',
    ...write,
    refresh,
    '!macroend',
    '!macro customUnInstall',
    ...remove,
    ...optInSchemes.flatMap(composeRelease),
    refresh,
    '!macroend',
    '',
  ].join('\n');
}

/** A scheme that the person chose Proxima for, in the app, is given back; not one that another app has by now. */
function composeRelease(scheme: string): string[] {
  const key = `${classes}\\${scheme}`;
  return [
    '  Push $0',
    `  ReadRegStr $0 HKCU '${key}\\shell\\open\\command' ''`,
    `  \${if} $0 == '${writePath(command)}'`,
    `    DeleteRegKey HKCU '${key}'`,
    '  ${endif}',
    '  Pop $0',
  ];
}

function writePath(value: string): string {
  return value.replaceAll('{exe}', '$INSTDIR\\${APP_EXECUTABLE_FILENAME}');
}

/** SHChangeNotify(SHCNE_ASSOCCHANGED, SHCNF_IDLIST, …): Explorer reads associations anew. */
const refresh = "  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'";

/** An MSI is updated by whoever installed it, for the whole machine: the app in it isn't told where updates are. */
export function dropFeedFromWix(project: string): string {
  return project.replace(/\s*<Component[^>]*>\s*<File Name="app-update\.yml"[^>]*\/>\s*<\/Component>/, '');
}

/**
 * Adds them to the WiX project that electron-builder wrote; Windows Installer removes them with the rest.
 *
 * @throws where that project has no place for them, which a new version of electron-builder might bring about.
 */
export function addAssociationsToWix(project: string): string {
  const place = /<ComponentGroup Id="ProductComponents"[^>]*>/.exec(project);
  if (!place || !/<File [^>]*Id="mainExecutable"/.test(project))
    throw new Error('The MSI’s project looks different from what its associations are made for');
  const values = registration.map(({ key, name, value }, index) => {
    const path = value.replaceAll('{exe}', '[#mainExecutable]');
    const named = name === '' ? '' : ` Name="${escapeXml(name)}"`;
    const keyPath = index === 0 ? ' KeyPath="yes"' : '';
    return `        <RegistryValue Root="HKMU" Key="${escapeXml(key)}"${named} Type="string" Value="${escapeXml(path)}"${keyPath}/>`;
  });
  const component = [
    '      <Component Id="ProximaAssociations" Guid="*">',
    ...values,
    '      </Component>',
  ].join('\n');
  const end = place.index + place[0].length;
  return `${project.slice(0, end)}\n${component}${project.slice(end)}`;
}

function describeClass(name: string, description: string, isLink: boolean): RegistryValue[] {
  const key = `${classes}\\${name}`;
  return [
    own(key, '', description),
    ...(isLink ? [own(key, 'URL Protocol', '')] : []),
    own(`${key}\\DefaultIcon`, '', '{exe},0'),
    own(`${key}\\shell\\open\\command`, '', command),
  ];
}

function classOf(extension: string): string {
  return `Proxima.${extension}`;
}

function own(key: string, name: string, value: string): RegistryValue {
  return { key, name, value, isShared: false };
}

function shared(key: string, name: string, value: string): RegistryValue {
  return { key, name, value, isShared: true };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
