import { z } from 'zod';

/** The remote protocols that Proxima opens; also the only names ever sent in a Guacamole `select` for a new connection. */
export const protocols = ['rdp', 'ssh', 'telnet', 'vnc'] as const;
export const protocolSchema = z.enum(protocols);
export type Protocol = z.infer<typeof protocolSchema>;

/** How one connection parameter of guacd is presented and defaulted. `name` is the Guacamole argument name. */
export interface ProtocolSetting {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly input:
    | { readonly kind: 'text'; readonly placeholder?: string; readonly multiline?: true }
    | { readonly kind: 'number'; readonly minimum: number; readonly maximum: number }
    | { readonly kind: 'switch' }
    | { readonly kind: 'choice'; readonly choices: readonly (readonly [value: string, label: string])[] };
  /** Sent when the host doesn't say otherwise; `''` sends guacd's own default. */
  readonly fallback: string;
}

export interface ProtocolTraits {
  readonly label: string;
  readonly defaultPort: number;
  readonly wantsUsername: boolean;
  readonly wantsDomain: boolean;
  readonly wantsPrivateKey: boolean;
  readonly settings: readonly ProtocolSetting[];
}

const terminalSettings: readonly ProtocolSetting[] = [
  {
    name: 'color-scheme',
    label: 'Colours',
    input: {
      kind: 'choice',
      choices: [
        ['gray-black', 'Grey on black'],
        ['black-white', 'Black on white'],
        ['green-black', 'Green on black'],
        ['white-black', 'White on black'],
      ],
    },
    fallback: 'gray-black',
  },
  {
    name: 'font-size',
    label: 'Font size',
    hint: 'points',
    input: { kind: 'number', minimum: 6, maximum: 48 },
    fallback: '12',
  },
  { name: 'font-name', label: 'Font', input: { kind: 'text', placeholder: 'monospace' }, fallback: '' },
  {
    name: 'scrollback',
    label: 'Scrollback',
    hint: 'lines',
    input: { kind: 'number', minimum: 0, maximum: 100_000 },
    fallback: '10000',
  },
  {
    name: 'backspace',
    label: 'Backspace sends',
    input: {
      kind: 'choice',
      choices: [
        ['127', 'Delete (Ctrl-?)'],
        ['8', 'Backspace (Ctrl-H)'],
      ],
    },
    fallback: '127',
  },
  {
    name: 'terminal-type',
    label: 'Terminal type',
    input: { kind: 'text', placeholder: 'linux' },
    fallback: 'xterm-256color',
  },
];

const clipboardSettings: readonly ProtocolSetting[] = [
  { name: 'disable-copy', label: 'No copying from the host', input: { kind: 'switch' }, fallback: '' },
  { name: 'disable-paste', label: 'No pasting to the host', input: { kind: 'switch' }, fallback: '' },
  { name: 'read-only', label: 'View only', input: { kind: 'switch' }, fallback: '' },
];

/** Defaults and presentation of the settings that people change; any other argument of guacd may be set by its own name. */
export const protocolTraits: Readonly<Record<Protocol, ProtocolTraits>> = {
  rdp: {
    label: 'RDP',
    defaultPort: 3389,
    wantsUsername: true,
    wantsDomain: true,
    wantsPrivateKey: false,
    settings: [
      {
        name: 'security',
        label: 'Security',
        input: {
          kind: 'choice',
          choices: [
            ['any', 'Negotiate'],
            ['nla', 'NLA'],
            ['tls', 'TLS'],
            ['rdp', 'RDP encryption'],
          ],
        },
        fallback: 'any',
      },
      {
        name: 'ignore-cert',
        label: "Accept the host's certificate unchecked",
        hint: 'most Windows hosts present a self-signed one',
        input: { kind: 'switch' },
        fallback: '',
      },
      {
        name: 'resize-method',
        label: 'When the window is resized',
        input: {
          kind: 'choice',
          choices: [
            ['display-update', 'Resize the desktop'],
            ['reconnect', 'Reconnect at the new size'],
            ['', 'Scale the picture'],
          ],
        },
        fallback: 'display-update',
      },
      {
        name: 'dpi',
        label: 'On a high-resolution screen',
        input: {
          kind: 'choice',
          choices: [
            ['', 'Sharp: a pixel for each pixel'],
            ['96', 'Larger text, less sharp'],
          ],
        },
        fallback: '',
      },
      {
        name: 'server-layout',
        label: 'Keyboard layout',
        input: { kind: 'text', placeholder: 'en-us-qwerty' },
        fallback: '',
      },
      { name: 'enable-wallpaper', label: 'Show wallpaper', input: { kind: 'switch' }, fallback: '' },
      { name: 'enable-font-smoothing', label: 'Smooth fonts', input: { kind: 'switch' }, fallback: 'true' },
      { name: 'console', label: 'Administrative session', input: { kind: 'switch' }, fallback: '' },
      { name: 'disable-audio', label: 'No sound', input: { kind: 'switch' }, fallback: 'true' },
      ...clipboardSettings,
    ],
  },
  ssh: {
    label: 'SSH',
    defaultPort: 22,
    wantsUsername: true,
    wantsDomain: false,
    wantsPrivateKey: true,
    settings: [
      ...terminalSettings,
      { name: 'command', label: 'Command instead of a shell', input: { kind: 'text' }, fallback: '' },
      {
        name: 'host-key',
        label: 'Expected host key',
        hint: 'a known_hosts line of the key type that the host negotiates',
        input: { kind: 'text', multiline: true },
        fallback: '',
      },
      { name: 'locale', label: 'Locale', input: { kind: 'text', placeholder: 'en_US.UTF-8' }, fallback: '' },
      ...clipboardSettings,
    ],
  },
  telnet: {
    label: 'Telnet',
    defaultPort: 23,
    wantsUsername: true,
    wantsDomain: false,
    wantsPrivateKey: false,
    settings: [
      ...terminalSettings,
      {
        name: 'username-regex',
        label: 'User name prompt',
        hint: 'regular expression',
        input: { kind: 'text' },
        fallback: '[Ll]ogin:',
      },
      {
        name: 'password-regex',
        label: 'Password prompt',
        hint: 'regular expression',
        input: { kind: 'text' },
        fallback: '[Pp]assword:',
      },
      {
        name: 'login-failure-regex',
        label: 'Failed login says',
        hint: 'regular expression; looked for until “Successful login” is seen, and only where both are given',
        input: { kind: 'text', placeholder: 'Login incorrect' },
        fallback: '',
      },
      {
        name: 'login-success-regex',
        label: 'Successful login says',
        hint: 'regular expression',
        input: { kind: 'text', placeholder: 'Last login' },
        fallback: '',
      },
      ...clipboardSettings,
    ],
  },
  vnc: {
    label: 'VNC',
    defaultPort: 5900,
    wantsUsername: true,
    wantsDomain: false,
    wantsPrivateKey: false,
    settings: [
      {
        name: 'color-depth',
        label: 'Colour depth',
        input: {
          kind: 'choice',
          choices: [
            ['', "The server's own"],
            ['16', '16 bit'],
            ['24', '24 bit'],
          ],
        },
        fallback: '',
      },
      {
        name: 'cursor',
        label: 'Mouse pointer',
        input: {
          kind: 'choice',
          choices: [
            ['', 'Drawn here'],
            ['remote', 'Drawn by the host'],
          ],
        },
        fallback: '',
      },
      { name: 'swap-red-blue', label: 'Swap red and blue', input: { kind: 'switch' }, fallback: '' },
      {
        name: 'autoretry',
        label: 'Tries to connect',
        input: { kind: 'number', minimum: 0, maximum: 10 },
        fallback: '',
      },
      ...clipboardSettings,
    ],
  },
};
