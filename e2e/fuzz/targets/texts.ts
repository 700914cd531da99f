import { generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { parsePublicKey } from '../../../electron/manager/engines/ssh/hostKey.ts';
import {
  findKnownKeys,
  judgeHostKey,
  parseKnownHosts,
} from '../../../electron/manager/engines/ssh/knownHostLines.ts';
import { readPrivateKey } from '../../../electron/manager/engines/ssh/privateKey.ts';
import { compilePattern } from '../../../electron/manager/engines/telnet/posixPattern.ts';
import type { FuzzTarget, OpenTarget } from '../target.ts';

const onTexts = (run: (text: string) => void): Promise<OpenTarget> =>
  Promise.resolve({
    run: async (input) => run(Buffer.from(input).toString('utf8')),
    close: async () => undefined,
  });

const keyOfTheHost = 'AAAAC3NzaC1lZDI1NTE5AAAAIBR4n8cGmVqgY0b5cW1nP5o9xq8m5pAGk2T8cXoNNw7l';
const anotherKey = 'AAAAC3NzaC1lZDI1NTE5AAAAIC7dxqTnhbSkzWVSXc0vqFcXUGpM3p8oXkXw5nO5zYH3';
const host = 'host.example';

export const knownHostsTarget: FuzzTarget = {
  name: 'known-hosts',
  about:
    'lines of known_hosts: whatever else is there, a key that is revoked is never taken, and one that is right is',
  watched: /ssh\/(knownHostLines|hostKey)\.ts/,
  dictionary: [
    '@revoked ',
    '@cert-authority ',
    '|1|',
    '*',
    '?',
    '!',
    `[${host}]:22`,
    host,
    'ssh-ed25519 ',
    '#',
  ],
  seeds: [
    Buffer.from(`${host} ssh-ed25519 ${anotherKey}\n`),
    Buffer.from(`# comment\n*.example,!other.example ssh-ed25519 ${anotherKey} someone@somewhere\r\n`),
    Buffer.from(`|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 ${anotherKey}\n`),
    Buffer.from(`@revoked [${host}]:2222 ssh-ed25519 ${anotherKey}\n@cert-authority * ssh-rsa AAAA\n`),
  ],
  limitBytes: 64 * 1024,
  open: () =>
    onTexts((text) => {
      const key = parsePublicKey(keyOfTheHost) ?? Buffer.alloc(0);
      const judge = (lines: string) =>
        judgeHostKey(findKnownKeys(parseKnownHosts(lines), host, 22), key).kind;
      const line = `${host} ssh-ed25519 ${keyOfTheHost}`;
      judge(text);
      const known = judge(`${text}\n${line}`);
      if (known !== 'known' && known !== 'revoked')
        throw new Error(`a key that stands in the file is ${known}`);
      const revoked = judge(`${text}\n@revoked ${line}`);
      if (revoked !== 'revoked') throw new Error(`a revoked key is ${revoked}`);
    }),
};

const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }) =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();
const passphrase = 'secret';

export const keysTarget: FuzzTarget = {
  name: 'private-keys',
  about: 'private keys that people paste: what is read can sign, the rest is said',
  watched: /ssh\/privateKey\.ts|ssh2\/lib\/protocol\/keyParser/,
  dictionary: [
    '-----BEGIN OPENSSH PRIVATE KEY-----\n',
    '-----BEGIN RSA PRIVATE KEY-----\n',
    'Proc-Type: 4,ENCRYPTED\n',
  ],
  get seeds() {
    const openSsh = ssh2.utils.generateKeyPairSync('ed25519').private;
    const locked = ssh2.utils.generateKeyPairSync('ed25519', {
      passphrase,
      cipher: 'aes256-ctr',
      rounds: 1,
    }).private;
    const elliptic = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private;
    const rsa = ssh2.utils.generateKeyPairSync('rsa', { bits: 1_024 }).private;
    return [
      ...[openSsh, locked, elliptic, rsa, ssh2.utils.generateKeyPairSync('ed25519').public],
      pem(generateKeyPairSync('ed25519').privateKey),
      pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    ].map((text) => Buffer.from(text));
  },
  mutations: [
    // Inside of its base64, where its lengths are.
    (input, _, random) => {
      const [whole, head = '', body = '', end = ''] =
        /^(-+BEGIN [^\n]+\n)([\s\S]*?)(-+END[\s\S]*)$/.exec(input.toString('latin1')) ?? [];
      if (whole === undefined) return input;
      const bytes = Buffer.from(body, 'base64');
      if (bytes.length > 4) bytes.writeUInt32BE(random.below(256), random.below(bytes.length - 4));
      if (bytes.length > 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
      return Buffer.from(`${head}${bytes.toString('base64')}\n${end}`);
    },
  ],
  limitBytes: 16 * 1024,
  open: () =>
    onTexts((text) => {
      for (const secret of ['', passphrase]) {
        const reading = readPrivateKey(text, secret);
        if (reading.kind !== 'read') continue;
        const { key } = reading;
        key.getPublicSSH();
        key.sign(Buffer.from('challenge'));
      }
    }),
};

/** What JavaScript reads as POSIX does. Longer ones may take it longer than anybody waits. */
const readAlike = /^[a-c.*+?|()^$]{1,12}$/;
const comparedCharacters = 16;

export const patternsTarget: FuzzTarget = {
  name: 'patterns',
  about: "a person's regular expressions for logins: in time, and they find what JavaScript's own find",
  watched: /telnet\/posixPattern\.ts/,
  dictionary: [
    '[[:alpha:]]',
    '(a|b)*',
    '{1,255}',
    '\\b',
    '\\d',
    '(?:',
    '(?=',
    '[^]]',
    '.*.*.*',
    '((((',
    '$\n^',
  ],
  seeds: [
    ...['[Ll]ogin:\nDebian login: ', '(a|b)*c+\nababcc', '^a.?b$\naxb', '(a{0,255}){0,3}b\naaaaaaaaaaaaaaa'],
    ...['a|b|\nc', '[[:digit:]]{2,3}\\w\\b\n12a'],
  ].map((text) => Buffer.from(text)),
  limitBytes: 2_048,
  open: () =>
    onTexts((text) => {
      const cut = text.indexOf('\n');
      const source = cut < 0 ? text : text.slice(0, cut);
      const line = cut < 0 ? '' : text.slice(cut + 1).replaceAll('\n', ' ');
      const pattern = compilePattern(source);
      const isFound = pattern?.matches(line);
      if (pattern === undefined || !readAlike.test(source) || line.length > comparedCharacters) return;
      let expected: boolean;
      try {
        expected = new RegExp(source, 'is').test(line);
      } catch {
        return;
      }
      if (isFound !== expected) throw new Error(`${source} is ${isFound ? '' : 'not '}found in “${line}”`);
    }),
};
