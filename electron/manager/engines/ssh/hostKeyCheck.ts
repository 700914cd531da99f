import type { Terminal } from '../shell.ts';
import type { StageEnd } from '../stage.ts';
import { describeKey, fingerprintOf, nameKeyType, parsePublicKey, readKeyType } from './hostKey.ts';
import { judgeHostKey, nameHost, type KnownKey } from './knownHostLines.ts';
import type { KnownHosts } from './knownHosts.ts';
import type { SshSettings } from './sshArguments.ts';

/** Decides whether a host is who it claims to be. */
export interface HostKeyCheck {
  /** Types of the keys that the host is known by. */
  readonly knownTypes: readonly string[];
  /** Resolves with `undefined` where the host may be connected to, else with why not. May ask the person. */
  verify(key: Buffer): Promise<StageEnd | undefined>;
}

type Asks = Pick<Terminal, 'ask' | 'say'>;

/** Ends the session where nothing can be told about the host: a key that can't be checked is never taken for a good one. */
export async function prepareHostKeyCheck(
  { hostName, port, hostKey }: SshSettings,
  knownHosts: KnownHosts,
  terminal: Asks,
): Promise<HostKeyCheck | StageEnd> {
  if (hostKey.trim() !== '') return checkAgainst(readExpectedKeys(hostKey));
  const found = await knownHosts.find(hostName, port);
  if (!found.ok)
    return refuse(`The host key can not be checked: ${found.failure.detail ?? 'no known hosts'}.`);
  const known = found.value;
  const name = nameHost(hostName, port);
  return {
    knownTypes: typesOf(known),
    async verify(key) {
      const verdict = judgeHostKey(known, key);
      switch (verdict.kind) {
        case 'known':
          return undefined;
        case 'revoked':
          return refuse(
            `The ${describeKey(key)} of ${name} is revoked by line ${verdict.by.line} of the manager's known_hosts.`,
          );
        case 'changed':
          return refuse(
            `The host key of ${name} has changed: it shows the ${describeKey(key)}, and line ${verdict.expected.line} of the ` +
              `manager's known_hosts says ${describeKey(verdict.expected.key)}. Someone may be in between; if the host was ` +
              'installed anew, have that line removed and connect again.',
          );
        case 'unknown':
          return await askAboutKey(key, name, terminal, () => knownHosts.remember(hostName, port, key));
      }
    },
  };
}

function checkAgainst(expected: readonly Buffer[]): HostKeyCheck | StageEnd {
  if (expected.length === 0)
    return refuse(
      'The expected host key can not be read: it is neither a line of known_hosts nor a key in base64.',
    );
  return {
    knownTypes: [...new Set(expected.map(readKeyType))],
    verify: async (key) =>
      expected.some((entry) => entry.equals(key))
        ? undefined
        : refuse(
            `The host shows the ${describeKey(key)}, and the expected one is the ${expected.map(describeKey).join(' or the ')}.`,
          ),
  };
}

/** The names that stand before keys don't matter: the argument was given for this very host, under whatever address. */
function readExpectedKeys(text: string): readonly Buffer[] {
  return text.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/);
    if (words[0]?.startsWith('@') || words[0]?.startsWith('#')) return [];
    return words.flatMap((word) => parsePublicKey(word) ?? []).slice(0, 1);
  });
}

const mostAnswers = 3;

async function askAboutKey(
  key: Buffer,
  name: string,
  terminal: Asks,
  remember: () => ReturnType<KnownHosts['remember']>,
): Promise<StageEnd | undefined> {
  const fingerprint = fingerprintOf(key);
  terminal.say(`The authenticity of host '${name}' can't be established.`);
  terminal.say(`${nameKeyType(key)} key fingerprint is ${fingerprint}.`);
  let question = 'Are you sure you want to continue connecting (yes/no/[fingerprint])? ';
  for (let answers = 0; answers < mostAnswers; answers += 1) {
    const answer = (await terminal.ask(question, { isSecret: false }))?.trim();
    if (answer === undefined || /^no?$/i.test(answer)) break;
    if (/^yes$/i.test(answer) || answer === fingerprint) {
      const remembered = await remember();
      terminal.say(
        remembered.ok
          ? `The host key of ${name} is remembered.`
          : `The host key of ${name} could not be remembered: ${remembered.failure.detail ?? 'unknown error'}.`,
      );
      return undefined;
    }
    question = "Please type 'yes', 'no' or the fingerprint: ";
  }
  return refuse('The host key was not accepted.');
}

const typesOf = (known: readonly KnownKey[]) => [
  ...new Set(known.filter(({ isRevoked }) => !isRevoked).map(({ key }) => readKeyType(key))),
];

/** What guacd says of a host key that isn't the expected one. */
const refuse = (text: string): StageEnd => ({ status: 512, text });
