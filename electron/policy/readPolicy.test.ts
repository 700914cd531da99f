import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../store/policy.ts';
import { type PolicySystem, readPolicyDocuments, runProgram } from './readPolicy.ts';

interface Fakes {
  /** By path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Output by the words of the command line; exit code 1 for every other. */
  readonly outputs?: Readonly<Record<string, string | Error>>;
}

function system(platform: NodeJS.Platform, { files = {}, outputs = {} }: Fakes): PolicySystem {
  return {
    platform,
    userName: 'ada',
    environment: { SystemRoot: 'C:\\Windows', ProgramFiles: 'C:\\Program Files' },
    readText: (path) => Promise.resolve(files[path]),
    isThere: (path) => Promise.resolve(path in files),
    run: (program, args) => {
      const output = outputs[[program, ...args].join(' ')];
      if (output instanceof Error) return Promise.reject(output);
      return Promise.resolve(
        output === undefined ? { exitCode: 1, output: 'ERROR: …' } : { exitCode: 0, output },
      );
    },
  };
}

const query = (hive: string) =>
  `C:\\Windows\\System32\\reg.exe query ${hive}\\Software\\Policies\\Proxima /s`;
const convert = (path: string) => `/usr/bin/plutil -convert json -o - -- ${path}`;

/** What reg.exe of Windows prints. */
const recorded = [
  '',
  'HKEY_LOCAL_MACHINE\\Software\\Policies\\Proxima',
  '    ManagedBy    REG_SZ    IT Operations, it@corp.example',
  '    telemetry    REG_DWORD    0x0',
  '',
  'HKEY_LOCAL_MACHINE\\Software\\Policies\\Proxima\\restrictions',
  '    plainAllowed    REG_DWORD    0x0',
  '    Clipboard    REG_SZ    to-host',
  '    storeSecrets    REG_DWORD    0x1',
  '',
  'HKEY_LOCAL_MACHINE\\Software\\Policies\\Proxima\\settings',
  '    queueTimeoutMs    REG_DWORD    0x1388',
  '    managers    REG_MULTI_SZ    [\\0  {"id": "b", "name": "Berlin 1", "address": "10.0.0.1"}\\0]',
  '',
  'HKEY_LOCAL_MACHINE\\Software\\Policies\\Proxima\\updates',
  '    feed    REG_SZ    https://updates.corp.example/proxima/',
  `    pins    REG_MULTI_SZ    ${'A'.repeat(43)}=\\0${'B'.repeat(43)}=`,
  '',
].join('\r\n');

describe('on Linux', () => {
  const place = '/etc/proxima/policy.json';

  it('is the file', async () => {
    expect(await readPolicyDocuments(system('linux', {}))).toEqual([]);
    const files = { [place]: '\uFEFF{"version":1}' };
    expect(await readPolicyDocuments(system('linux', { files }))).toEqual([
      { where: place, content: { version: 1 } },
    ]);
  });

  it('has a problem where the file is not JSON, or can not be read', async () => {
    const files = { [place]: '{' };
    expect(await readPolicyDocuments(system('linux', { files }))).toEqual([
      { where: place, problem: expect.stringMatching(/^it is not JSON \(/) as string },
    ]);
    const broken = {
      ...system('linux', {}),
      readText: () => Promise.reject(new Error('EACCES: permission denied')),
    };
    expect(await readPolicyDocuments(broken)).toEqual([
      { where: place, problem: "it can't be read (EACCES: permission denied)" },
    ]);
  });
});

describe('on Windows', () => {
  const file = 'C:\\Program Files\\Proxima\\policy.json';
  const documentsOf = async (fakes: Fakes) => readPolicyDocuments(system('win32', fakes));

  it('is group policy as reg.exe prints it', async () => {
    const documents = await documentsOf({ outputs: { [query('HKLM')]: recorded } });
    expect(documents).toEqual([
      {
        where: 'HKLM\\Software\\Policies\\Proxima',
        content: {
          version: 1,
          managedBy: 'IT Operations, it@corp.example',
          telemetry: false,
          restrictions: { plainAllowed: false, clipboard: 'to-host', storeSecrets: true },
          settings: {
            queueTimeoutMs: 5000,
            managers: [{ id: 'b', name: 'Berlin 1', address: '10.0.0.1' }],
          },
          updates: {
            feed: 'https://updates.corp.example/proxima/',
            pins: [`${'A'.repeat(43)}=`, `${'B'.repeat(43)}=`],
          },
        },
      },
    ]);
    expect(parsePolicy(documents).ignored).toEqual([]);
  });

  it('takes the machine before the user, and both before the file', async () => {
    const value = (hive: string, text: string) =>
      `\r\n${hive}\\Software\\Policies\\Proxima\r\n    managedBy    REG_SZ    ${text}\r\n`;
    const documents = await documentsOf({
      outputs: {
        [query('HKCU')]: value('HKEY_CURRENT_USER', 'User'),
        [query('HKLM')]: value('HKEY_LOCAL_MACHINE', 'Machine'),
      },
      files: { [file]: '{"version":1,"managedBy":"File","restrictions":{"clipboard":"none"}}' },
    });
    expect(documents.map(({ where }) => where)).toEqual([
      'HKLM\\Software\\Policies\\Proxima',
      'HKCU\\Software\\Policies\\Proxima',
      file,
    ]);
    expect(parsePolicy(documents)).toMatchObject({
      managedBy: 'Machine',
      restrictions: { clipboard: 'none' },
      ignored: [],
    });
  });

  it('is none where the key is not there, or empty', async () => {
    expect(await documentsOf({})).toEqual([]);
    const outputs = { [query('HKLM')]: '\r\nHKEY_LOCAL_MACHINE\\Software\\Policies\\Proxima\r\n' };
    expect(await documentsOf({ outputs })).toEqual([]);
  });

  it('is a problem where reg.exe can not tell', async () => {
    const outputs = { [query('HKLM')]: new Error('stdout maxBuffer length exceeded') };
    const documents = await documentsOf({ outputs });
    expect(documents).toMatchObject([{ problem: "it can't be read (stdout maxBuffer length exceeded)" }]);
    expect(parsePolicy(documents).restrictions).toMatchObject({ clipboard: 'none', storeSecrets: false });
  });

  it.each([
    ['plainAllowed    REG_DWORD    0x7', 'restrictions, plainAllowed: '],
    ['plainAllowed    REG_SZ    no', 'restrictions, plainAllowed: '],
    ['colour    REG_SZ    red', 'restrictions, colour: there is no such field'],
    ['clipboard    REG_SZ    none\r\nof it', 'restrictions, clipboard: '],
    ['plainAllowed    REG_BINARY    00', 'restrictions, plainAllowed: '],
    ['plainAllowed    REG_SZ', 'restrictions, plainAllowed: '],
  ])('keeps what it does not understand for whoever checks it: %s', async (line, told) => {
    const output = [
      'HKEY_LOCAL_MACHINE\\Software\\Policies\\Proxima',
      '    managedBy    REG_SZ    IT',
      '',
      'HKEY_LOCAL_MACHINE\\Software\\Policies\\Proxima\\restrictions',
      `    ${line}`,
    ].join('\r\n');
    const { ignored } = parsePolicy(await documentsOf({ outputs: { [query('HKLM')]: output } }));
    expect(ignored).toEqual([expect.stringContaining(told)]);
  });
});

describe('on macOS', () => {
  const machine = '/Library/Managed Preferences/org.proxima.desktop.plist';
  const user = '/Library/Managed Preferences/ada/org.proxima.desktop.plist';
  const content = { managedBy: 'IT', restrictions: { clipboard: 'none' }, PayloadUUID: 'x' };

  it('is what profiles left, of the machine before that of the person', async () => {
    const documents = await readPolicyDocuments(
      system('darwin', {
        files: { [machine]: 'bplist00', [user]: 'bplist00' },
        outputs: {
          [convert(machine)]: JSON.stringify(content),
          [convert(user)]: JSON.stringify({ ...content, managedBy: 'User' }),
        },
      }),
    );
    expect(documents).toMatchObject([{ where: machine }, { where: user }]);
    expect(parsePolicy(documents)).toMatchObject({
      managedBy: 'IT',
      restrictions: { clipboard: 'none' },
      ignored: [],
    });
  });

  it('is a problem where plutil can not convert it', async () => {
    const documents = await readPolicyDocuments(system('darwin', { files: { [machine]: 'x' } }));
    expect(documents).toEqual([{ where: machine, problem: "plutil can't convert it (ERROR: …)" }]);
  });
});

describe('this system', () => {
  it('runs a program without a shell, and bounds what it prints', async () => {
    expect(await runProgram(process.execPath, ['-p', '"$HOME; ü"'])).toEqual({
      exitCode: 0,
      output: '$HOME; ü\n',
    });
    expect(await runProgram(process.execPath, ['-e', 'process.exit(3)'])).toMatchObject({ exitCode: 3 });
    await expect(
      runProgram(process.execPath, ['-e', 'process.stdout.write("x".repeat(5e6))']),
    ).rejects.toThrow(/maxBuffer/);
    await expect(runProgram('/nowhere/reg.exe', [])).rejects.toThrow(/ENOENT/);
  });
});
