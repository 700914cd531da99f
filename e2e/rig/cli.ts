import { parseArgs } from 'node:util';
import { ensurePackages } from '../../build/debian.ts';
import type { GuacdHandle } from './guacd.ts';
import type { Rig, RigPart } from './rig.ts';
import { rigParts, startRig } from './rig.ts';

/** What the table and the JSON lines say of one server. */
interface Row {
  readonly part: string;
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** For the table only. */
  readonly note: string;
}

const usage = `Starts real servers on loopback and serves until Ctrl-C.

  npm run rig -- [--parts ${rigParts.join(',')}] [--json]

  --parts  only these, separated by commas
  --json   one object per line and server, with keys and certificates, instead of the table
`;

const { values } = parseArgs({
  options: { parts: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
});

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  if (values.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  const parts = values.parts === undefined ? rigParts : values.parts.split(',').filter(isPart);
  if (values.parts !== undefined && parts.length !== values.parts.split(',').length) {
    process.stderr.write(`${values.parts} names a part that does not exist.\n\n${usage}`);
    return 1;
  }
  const report = (line: string) => process.stderr.write(`${line}\n`);
  const readiness = await ensurePackages(['session manager', 'targets'], report);
  if (readiness.kind === 'missing') {
    report(readiness.todo);
    return 1;
  }
  const ending = waitForEnd();
  const rig = await startRig({ parts, report });
  const rows = describe(rig, parts);
  process.stdout.write(values.json === true ? formatLines(rig, rows) : formatTable(rig, rows));
  await ending;
  await rig.stop();
  return 0;
}

function isPart(name: string): name is RigPart {
  return (rigParts as readonly string[]).includes(name);
}

function waitForEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

function describe(rig: Rig, parts: readonly RigPart[]): Row[] {
  const describers: Readonly<Record<RigPart, () => Row[]>> = {
    guacd: () =>
      Object.entries(rig.guacd).map(([name, handle]: [string, GuacdHandle]) => ({
        ...handle,
        part: `guacd.${name}`,
        note: handle.tls ? 'session manager, TLS' : 'session manager, not encrypted',
      })),
    mutualTls: () => [
      { ...rig.mutualTls, part: 'mutualTls', note: 'session manager, TLS with client certificate' },
    ],
    ssh: () => [{ ...rig.ssh, part: 'ssh', note: `SSH, also with ${rig.ssh.privateKeyFile}` }],
    vnc: () => [{ ...rig.vnc, part: 'vnc', note: `VNC, display ${rig.vnc.display}` }],
    rdp: () => [{ ...rig.rdp, part: 'rdp', note: 'RDP, TLS without NLA' }],
    rdpNla: () => [{ ...rig.rdpNla, part: 'rdpNla', note: 'RDP with NLA' }],
    telnet: () => [{ ...rig.telnet, part: 'telnet', note: 'Telnet' }],
  };
  return parts.flatMap((part) => describers[part]());
}

function formatLines(rig: Rig, rows: readonly Row[]): string {
  const objects = rows.map(({ note: _, part, ...handle }) => ({ part, ...handle }));
  const first = { part: 'rig', folder: rig.folder, authority: rig.authority.certificatePem };
  // Functions of the handles fall out by themselves.
  return [first, ...objects].map((object) => `${JSON.stringify(object)}\n`).join('');
}

function formatTable(rig: Rig, rows: readonly Row[]): string {
  const cells = [
    ['part', 'address', 'user', 'password', ''],
    ...rows.map(({ part, host, port, username = '', password = '', note }) => [
      part,
      `${host}:${port}`,
      username,
      password,
      note,
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const footer = [
    `TLS certificates are for localhost and 127.0.0.1, from ${rig.folder}/authority.pem`,
    `Logs are in ${rig.folder}. Ctrl-C ends everything.`,
  ];
  return `\n${lines.join('\n')}\n\n${footer.join('\n')}\n`;
}
