import { BlockList, isIP } from 'node:net';
import { applyArgumentPolicy } from '../../../electron/manager/argumentPolicy.ts';
import { defaultPolicy, managerPolicySchema } from '../../../electron/manager/policy.ts';
import { checkTargets, isTargetAllowed } from '../../../electron/manager/targetPolicy.ts';
import type { FuzzTarget } from '../target.ts';

/** Those by which the server's files or a weaker session are asked for. */
const dangerous = [
  ...['recording-path', 'recording-name', 'create-recording-path', 'typescript-path', 'typescript-name'],
  ...['create-typescript-path', 'drive-path', 'create-drive-path', 'enable-drive', 'ignore-cert'],
  ...['cert-tofu', 'disable-auth', 'static-channels', 'gateway-hostname', 'dest-host', 'reverse-connect'],
];
const hardValues = ['', 'true', 'false', 'FALSE', ' ', '/etc', '..', 'x', '0', 'file://'];
const asksForNothing = new Set(['', 'false']);

/** This machine and its links, as Node knows them. */
const denied = new BlockList();
denied.addSubnet('127.0.0.0', 8);
denied.addSubnet('0.0.0.0', 8);
denied.addSubnet('169.254.0.0', 16);
denied.addAddress('::1', 'ipv6');
denied.addSubnet('fe80::', 10, 'ipv6');

const isDenied = (address: string) =>
  (isIP(address) === 4 && denied.check(address, 'ipv4')) ||
  (isIP(address) === 6 && denied.check(address, 'ipv6'));

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const folder = '/srv/recordings';

function readRecord(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text)]));
}

export const policyTarget: FuzzTarget = {
  name: 'policy',
  about:
    "policy files, and clients' arguments: none of them gets at the server's files or around a recording",
  watched: /manager\/(policy|argumentPolicy|targetPolicy)\.ts|model\/address\.ts/,
  dictionary: [
    ...dangerous.map((name) => JSON.stringify(name)),
    ...[
      '"127.0.0.1"',
      '"::1"',
      '"::ffff:127.0.0.1"',
      '"::ffff:7f00:1"',
      '"fe80::1%eth0"',
      '"[::1]"',
      '"0x7f.1"',
    ],
    ...[
      '"__proto__"',
      '"rule":"set"',
      '"rule":"allow"',
      '"value":""',
      '"*"',
      '"10.0.0.0/8"',
      '"22-23"',
      'null',
      ',',
    ],
  ],
  seeds: [
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', 'fe80::1%eth0', ' 127.1.2.3 ', '0.0.0.0', '[::1]'].map(
      (hostname) =>
        json({ parameters: { hostname, port: '22', 'ignore-cert': 'true' }, policy: { version: 1 } }),
    ),
    json({
      parameters: { hostname: '127.0.0.1', port: '22', 'recording-path': '/etc' },
      policy: { version: 1 },
    }),
    json({
      parameters: { hostname: '::1', port: '', 'drive-path': '/', 'ignore-cert': 'true' },
      policy: {
        version: 1,
        targets: { allow: [{ addresses: ['10.0.0.0/8', '::/0'], ports: ['22', '3389-3400'] }] },
        arguments: { 'drive-*': { rule: 'set', value: '' }, 'ignore-cert': { rule: 'allow' } },
      },
    }),
    json({
      parameters: { hostname: '169.254.169.254', 'recording-path': '', 'recording-name': 'x' },
      policy: { version: 1, recording: { folder }, limits: { idleSeconds: 60 } },
    }),
  ],
  mutations: [
    function addArgument(input, _, random) {
      const text = input.toString();
      const argument = `"${random.pick(dangerous)}":"${random.pick(hardValues)}",`;
      return Buffer.from(text.replace('"parameters":{', () => `"parameters":{${argument}`));
    },
    function addRule(input, _, random) {
      const name = random.pick([...dangerous, 'recording-*', 'drive-*', '*']);
      const rule = random.pick(['{"rule":"allow"}', '{"rule":"refuse"}', '{"rule":"set","value":"/tmp"}']);
      const text = input.toString();
      if (!text.includes('"arguments":{'))
        return Buffer.from(text.replace('"version":1', () => `"version":1,"arguments":{"${name}":${rule}}`));
      return Buffer.from(text.replace('"arguments":{', () => `"arguments":{"${name}":${rule},`));
    },
  ],
  limitBytes: 16 * 1024,
  async open() {
    return {
      async run(input) {
        let content: unknown;
        try {
          content = JSON.parse(Buffer.from(input).toString());
        } catch {
          return;
        }
        const { parameters: given, policy: file } = (content ?? {}) as Record<string, unknown>;
        const parameters = readRecord(given);
        const parsed = managerPolicySchema.safeParse(file);
        const name = { connectionUuid: 'uuid', at: new Date(0) };
        for (const protocol of ['rdp', 'ssh']) {
          const verdict = applyArgumentPolicy(protocol, parameters, defaultPolicy, name);
          if (verdict.kind === 'refused') continue;
          const got = dangerous.find((one) => !asksForNothing.has(verdict.parameters[one] ?? ''));
          if (got !== undefined) throw new Error(`${got} passes`);
        }
        if (parsed.success) {
          const policy = { ...parsed.data, recording: { folder, includeKeys: false, typescript: false } };
          const verdict = applyArgumentPolicy('ssh', parameters, policy, name);
          if (verdict.kind === 'complies' && verdict.parameters['recording-path'] !== folder)
            throw new Error('a session is not recorded');
          if (parsed.data.targets.deny.length > 0)
            isTargetAllowed(parameters['hostname'] ?? '', 22, parsed.data.targets);
        }
        const target = await checkTargets('ssh', parameters, defaultPolicy.targets, async (text) => [text]);
        const dialled = target.kind === 'allowed' ? target.parameters['hostname'] : undefined;
        if (dialled !== undefined && isDenied(dialled.trim()))
          throw new Error(`${dialled} is dialled, and is this machine`);
      },
      close: async () => undefined,
    };
  },
};
