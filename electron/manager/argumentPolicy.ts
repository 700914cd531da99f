import type { ArgumentRule, ManagerPolicy } from './policy.ts';

/** One line of the table: which arguments, what becomes of them, and why. docs/manager.md shows it. */
interface TableRow {
  /** A name, or its beginning with a `*` at the end. */
  readonly name: string;
  readonly protocol?: string;
  readonly rule: ArgumentRule;
  readonly why: string;
}

const refuse: ArgumentRule = { rule: 'refuse' };
const set = (value: string): ArgumentRule => ({ rule: 'set', value });

/**
 * What the gate does with arguments that name files of the server or weaken it, unless the policy file says otherwise. Arguments
 * that aren't here pass. `refuse` lets empty values and a `false` pass: they ask for nothing.
 */
export const argumentTable: readonly TableRow[] = [
  { name: 'recording-path', rule: refuse, why: 'names a folder of the server' },
  { name: 'recording-name', rule: set(''), why: 'names a file of the server' },
  { name: 'recording-*', rule: set(''), why: 'means nothing without a recording' },
  { name: 'create-recording-path', rule: set(''), why: 'creates folders on the server' },
  { name: 'typescript-path', rule: refuse, why: 'names a folder of the server' },
  { name: 'typescript-*', rule: set(''), why: 'names a file of the server' },
  { name: 'create-typescript-path', rule: set(''), why: 'creates folders on the server' },
  { name: 'drive-path', rule: refuse, why: 'names a folder of the server' },
  { name: 'create-drive-path', rule: set(''), why: 'creates folders on the server' },
  { name: 'enable-drive', rule: set(''), why: 'without a folder of its own the drive is all of the server' },
  { name: 'ignore-cert', rule: set(''), why: 'accepts whoever is in between as the host' },
  { name: 'cert-tofu', rule: set(''), why: 'accepts an unknown host, and keeps a file about it' },
  { name: 'disable-auth', rule: set(''), why: "lets the host be reached without the user's authentication" },
  { name: 'static-channels', rule: refuse, why: 'opens channels to the host that nobody looks into' },
  { name: 'gateway-hostname', rule: refuse, why: 'dials another machine than the one that was checked' },
  { name: 'dest-host', rule: refuse, why: 'is dialled by a repeater, where it is not checked' },
  { name: 'reverse-connect', rule: refuse, why: 'opens a port of the server to everybody' },
  { name: 'audio-servername', rule: refuse, why: 'dials another machine than the one that was checked' },
  { name: 'enable-audio', protocol: 'vnc', rule: set(''), why: "would play the server's own sound" },
  { name: 'wol-send-packet', rule: set(''), why: 'sends packets to an address that is not checked' },
  { name: 'ca-cert-file', rule: refuse, why: 'names a file of the server' },
  { name: 'client-cert-file', rule: refuse, why: 'names a file of the server' },
  { name: 'client-key-file', rule: refuse, why: 'names a file of the server' },
];

export type ArgumentVerdict =
  | {
      readonly kind: 'complies';
      readonly parameters: Readonly<Record<string, string>>;
      /** Names of the arguments that were changed. */
      readonly rewritten: readonly string[];
    }
  | { readonly kind: 'refused'; readonly argument: string; readonly why: string };

/** A file name for this session's recording; the engine puts it below the policy's folder. */
export interface RecordingName {
  readonly connectionUuid: string;
  readonly at: Date;
}

/** Makes a client's arguments comply with the policy, or says which of them is refused. */
export function applyArgumentPolicy(
  protocol: string,
  parameters: Readonly<Record<string, string>>,
  policy: ManagerPolicy,
  recordingName: RecordingName,
): ArgumentVerdict {
  const complying: Record<string, string> = Object.create(null) as Record<string, string>;
  const rewritten: string[] = [];
  const forced = recordingArguments(policy, recordingName);
  for (const [name, value] of Object.entries(parameters)) {
    const { rule, why } = findRule(name, protocol, policy);
    if (forced.has(name)) complying[name] = forced.get(name) ?? '';
    else if (rule.rule === 'set') complying[name] = rule.value;
    else if (rule.rule === 'refuse' && asksForSomething(value))
      return { kind: 'refused', argument: name, why };
    else complying[name] = rule.rule === 'refuse' ? '' : value;
    if (complying[name] !== value) rewritten.push(name);
  }
  if (policy.recording && !Object.hasOwn(parameters, 'recording-path')) {
    return {
      kind: 'refused',
      argument: 'recording-path',
      why: 'every session is to be recorded, and this engine can not record this protocol',
    };
  }
  return { kind: 'complies', parameters: complying, rewritten };
}

const asksForSomething = (value: string) => value !== '' && value !== 'false';

function findRule(
  name: string,
  protocol: string,
  { arguments: own }: ManagerPolicy,
): { readonly rule: ArgumentRule; readonly why: string } {
  const ownMatch = findNamed(
    Object.entries(own).map(([pattern, rule]) => ({ name: pattern, rule })),
    name,
  );
  if (ownMatch) return { rule: ownMatch.rule, why: 'the policy of this manager refuses it' };
  const rows = argumentTable.filter((row) => row.protocol === undefined || row.protocol === protocol);
  return findNamed(rows, name) ?? { rule: { rule: 'allow' }, why: '' };
}

/** A full name before a beginning, a longer beginning before a shorter one. */
function findNamed<Row extends { readonly name: string }>(
  rows: readonly Row[],
  name: string,
): Row | undefined {
  const beginnings = rows
    .filter((row) => row.name.endsWith('*') && name.startsWith(row.name.slice(0, -1)))
    .toSorted((left, right) => right.name.length - left.name.length);
  return rows.find((row) => row.name === name) ?? beginnings[0];
}

/** What turns recording on, in a way that no value of a client changes. */
function recordingArguments(
  { recording }: ManagerPolicy,
  { connectionUuid, at }: RecordingName,
): ReadonlyMap<string, string> {
  if (!recording) return new Map();
  const name = `${at.toISOString().replaceAll(/[:.]/g, '-')}-${connectionUuid}`;
  return new Map([
    ['recording-path', recording.folder],
    ['recording-name', name],
    ['create-recording-path', 'true'],
    ['recording-exclude-output', ''],
    ['recording-exclude-mouse', ''],
    ['recording-exclude-touch', ''],
    ['recording-include-keys', recording.includeKeys ? 'true' : ''],
    ...(recording.typescript
      ? ([
          ['typescript-path', recording.folder],
          ['typescript-name', `${name}.typescript`],
          ['create-typescript-path', 'true'],
        ] as const)
      : []),
  ]);
}
