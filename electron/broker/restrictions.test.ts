import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { succeed } from '../../shared/contract/failure.ts';
import { generalVault, type Host, type Secret } from '../../shared/model/host.ts';
import type { Restrictions } from '../../shared/model/policy.ts';
import { protocols } from '../../shared/model/protocol.ts';
import { connectionParameters } from './connectionParameters.ts';
import type { SecretStore } from './ports.ts';
import { forbidStoring } from './restrictions.ts';

const managedBy = 'IT Operations';
const display = { width: 800, height: 600, dpi: 96 };

/** What a host sends whose settings open everything. */
function parametersOf(protocol: Host['protocol'], restrictions?: Partial<Restrictions>) {
  const host: Host = {
    id: randomUUID(),
    name: 'Everything open',
    address: '10.0.0.9',
    port: 1,
    protocol,
    vaultId: generalVault.id,
    tags: [],
    favourite: false,
    username: 'ada',
    domain: '',
    settings: {
      'disable-copy': '',
      'disable-paste': 'false',
      'enable-drive': 'true',
      'drive-path': '/srv',
      'enable-sftp': 'true',
      'enable-printing': 'true',
      'disable-upload': 'false',
      'disable-download': '',
      'sftp-disable-upload': 'false',
      'sftp-disable-download': 'false',
    },
    updatedAt: 0,
  };
  return connectionParameters(host, {}, undefined, display, restrictions && { managedBy, ...restrictions });
}

describe.each(protocols)('what guacd is sent for %s under a policy', (protocol) => {
  it.each([
    ['none', 'true', 'true'],
    ['to-host', 'true', 'false'],
    ['from-host', '', 'true'],
    ['both', '', 'false'],
    [undefined, '', 'false'],
  ] as const)('lets text go by the clipboard: %s', (clipboard, copy, paste) => {
    const parameters = parametersOf(protocol, clipboard && { clipboard });
    expect([parameters['disable-copy'], parameters['disable-paste']]).toEqual([copy, paste]);
  });

  it('has no files, whatever the host says', () => {
    expect(parametersOf(protocol, { fileTransfer: false })).toMatchObject({
      'enable-drive': 'false',
      'enable-sftp': 'false',
      'enable-printing': 'false',
      'disable-upload': 'true',
      'disable-download': 'true',
      'sftp-disable-upload': 'true',
      'sftp-disable-download': 'true',
    });
    expect(parametersOf(protocol, { fileTransfer: true })).toEqual(parametersOf(protocol));
  });
});

describe('secrets under a policy that forbids storing them', () => {
  const hostId = randomUUID();

  function setUp() {
    const entries = new Map<string, Secret>([[hostId, { password: 'from before' }]]);
    const written: string[] = [];
    const store: SecretStore = {
      kind: 'keychain',
      read: (id) => Promise.resolve(succeed(entries.get(id) ?? {})),
      write: (id) => {
        written.push(id);
        return Promise.resolve(succeed(undefined));
      },
      remove: (ids) => {
        for (const id of ids) entries.delete(id);
        return Promise.resolve(succeed(undefined));
      },
      describe: () => Promise.resolve(succeed({ password: true, privateKey: false, passphrase: false })),
      listHostIds: () => Promise.resolve(succeed([...entries.keys()])),
    };
    return { entries, written, forbidden: forbidStoring(store, managedBy) };
  }

  it('are none, so that people are asked', async () => {
    const { forbidden } = setUp();
    expect(forbidden.kind).toBe('none');
    expect(await forbidden.read(hostId)).toEqual({ ok: true, value: {} });
    expect(await forbidden.describe(hostId)).toMatchObject({ value: { password: false } });
  });

  it('are refused with the reason, and nothing is written', async () => {
    const { forbidden, written } = setUp();
    expect(await forbidden.write(hostId, { password: 'new' })).toEqual({
      ok: false,
      failure: {
        code: 'policy_forbids',
        detail: 'storing passwords and keys: managed by IT Operations',
      },
    });
    // A host without one is saved all the same.
    expect(await forbidden.write(hostId, { password: '' })).toEqual({ ok: true, value: undefined });
    expect(written).toEqual([]);
  });

  it('from before stay, and go with their host', async () => {
    const { forbidden, entries } = setUp();
    expect(await forbidden.listHostIds()).toEqual({ ok: true, value: [hostId] });
    expect(entries.size).toBe(1);
    await forbidden.remove([hostId]);
    expect(entries.size).toBe(0);
  });
});
