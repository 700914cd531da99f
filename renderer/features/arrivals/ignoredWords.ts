/** What settings of links and files do, by their names; the first that fits counts. */
const kinds: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/cert|auth|sign/i, 'whom to trust'],
  [/pass|secret|token|cred|key(?!board)/i, 'a password or key'],
  [/record/i, 'a recording of the session'],
  [/drive|path|file/i, 'access to files of this computer'],
  [/clip/i, 'the use of the clipboard'],
  [/redirect|usb|device|print|camera|smartcard|comport/i, 'access to devices of this computer'],
  [/gateway|kdc/i, 'another way to the host'],
  [/remoteapp|shell|command|alternate|program/i, 'a program to start'],
];

/** What Proxima doesn't take from a link or a file, in words: what matters, and how many settings beside it. */
export function tellIgnored(names: readonly string[]): {
  readonly what: readonly string[];
  readonly others: number;
} {
  const told = names.map((name) => kinds.find(([pattern]) => pattern.test(name))?.[1]);
  return {
    what: kinds.flatMap(([, words]) => (told.includes(words) ? [words] : [])),
    others: told.filter((words) => words === undefined).length,
  };
}
