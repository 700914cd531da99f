/** What people who manage machines read of each field of the policy, and a value that the example profile has. */
export interface FieldText {
  readonly name: string;
  readonly explanation: string;
  readonly example: unknown;
}

/** By path, as in the schema. */
export const fieldTexts: Readonly<Record<string, FieldText>> = {
  version: {
    name: 'Version of the policy',
    explanation: 'The version of this form. Where it is left out, it is 1.',
    example: 1,
  },
  managedBy: {
    name: 'Who manages this machine',
    explanation:
      'Told to people beside everything that the policy decides, for example “IT Operations, it@corp.example”.',
    example: 'IT Operations, it@corp.example',
  },
  'settings.groups': {
    name: 'Proximity groups',
    explanation: 'The list of proximity groups, as JSON. People see them and can not change them.',
    example: [
      {
        id: 'default',
        name: 'Default',
        priority: 1_000_000,
        selectors: [],
        managerIds: ['berlin-1'],
        trust: { kind: 'authorities' },
        fallbackGroupId: null,
      },
    ],
  },
  'settings.managers': {
    name: 'Session managers',
    explanation: 'The list of session managers, as JSON. People see them and can not change them.',
    example: [{ id: 'berlin-1', name: 'Berlin 1', address: 'berlin-1.corp.example', port: 4822 }],
  },
  'settings.queueTimeoutMs': {
    name: 'Longest wait for a session manager',
    explanation: 'How long an opening waits for a group whose managers are all down, in milliseconds.',
    example: 30_000,
  },
  'settings.usesLocalManager': {
    name: 'Session manager of this machine',
    explanation:
      'Whether Proxima runs a session manager on this machine while no other is configured. Without it nothing is opened from here but through the managers that are listed.',
    example: false,
  },
  'settings.pools': {
    name: 'Pools of the session registry',
    explanation:
      'The etcd clusters that count sessions, in the order of their use, as JSON. None: each machine counts its own.',
    example: [{ id: 'main', name: 'Main', endpoints: ['https://registry-1.corp.example:2379'] }],
  },
  'settings.access': {
    name: 'Who may sign in, and who may do what',
    explanation:
      'Identity providers, roles and rights of a gateway, as JSON. People see them and can not change them. The desktop app by itself has one person.',
    example: {
      providers: [{ kind: 'local', id: 'local', name: 'Proxima', needsSecondFactor: true }],
      roleRules: [],
      grants: [{ subject: { kind: 'everyone' }, rights: ['open'] }],
    },
  },
  'restrictions.plainAllowed': {
    name: 'Allow connections that are not encrypted or not verified',
    explanation: 'Disabled: groups whose trust is “plain” or “unverified” are neither saved nor used.',
    example: false,
  },
  'restrictions.clipboard': {
    name: 'Clipboard',
    explanation: 'Which way text may go between this machine and hosts. Settings of a host can not undo it.',
    example: 'to-host',
  },
  'restrictions.fileTransfer': {
    name: 'Allow files between this machine and hosts',
    explanation: 'Disabled: no drive, no SFTP, no printing to a file, whatever the settings of a host say.',
    example: false,
  },
  'restrictions.storeSecrets': {
    name: 'Allow storing passwords and keys',
    explanation: 'Disabled: passwords and keys of hosts are asked for each time, never stored.',
    example: false,
  },
  'farm.address': {
    name: 'Farm',
    explanation:
      'The https:// address of the farm, or of the one gateway, that the desktop app uses instead of a broker of its own. People sign in there, and can not choose another.',
    example: 'https://proxima.corp.example',
  },
  'farm.authoritiesPem': {
    name: 'Authorities of the farm',
    explanation:
      'The certificates, in PEM, of the authorities that the certificate of the farm is verified by. Not set: those that the machine knows.',
    example: '-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n',
  },
  'farm.pins': {
    name: 'Pinned keys of the farm',
    explanation:
      'Instead of authorities: base64 SHA-256 digests of the public keys (SubjectPublicKeyInfo) that the farm may have, one in each line. Name the next one before the key is changed.',
    example: ['0000000000000000000000000000000000000000000='],
  },
  'updates.enabled': {
    name: 'Let Proxima update itself',
    explanation: 'Disabled: Proxima never looks for updates. Whoever manages the machine installs them.',
    example: true,
  },
  'updates.feed': {
    name: 'Address of updates',
    explanation:
      'An https:// folder with what electron-builder publishes, in place of the one that Proxima was built with.',
    example: 'https://updates.corp.example/proxima/',
  },
  'updates.pins': {
    name: 'Pinned keys of the update server',
    explanation:
      'Base64 SHA-256 digests of the public keys (SubjectPublicKeyInfo) that the update server may have, one in each line. Name the next one before the key is changed.',
    example: ['0000000000000000000000000000000000000000000='],
  },
  'updates.newestVersion': {
    name: 'Newest permitted version',
    explanation: 'No version after this one is installed, for example 1.4.2.',
    example: '1.4.2',
  },
  telemetry: {
    name: 'No telemetry',
    explanation: 'Proxima sends nothing about its use to anybody, so that there is nothing to turn off.',
    example: false,
  },
};
