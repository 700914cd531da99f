/** Names that stand for what may not be told, the same one for the same thing. */
export interface Aliases {
  /** `host-1` for the first host that is asked for, by any text that tells it from others. */
  of(kind: 'host' | 'vault' | 'manager' | 'group', key: string): string;
}

export function createAliases(): Aliases {
  const numbers = new Map<string, Map<string, number>>();
  return {
    of(kind, key) {
      const known = numbers.get(kind) ?? new Map<string, number>();
      numbers.set(kind, known);
      const number = known.get(key) ?? known.size + 1;
      known.set(key, number);
      return `${kind}-${number}`;
    },
  };
}

const longestNameWords = 6;

const wordsOf = (text: string): readonly string[] => text.split(' ');
const withoutStop = (word: string): string => word.replace(/[,;.]+$/, '');

/** Every run of words in `texts`, lower case: what a name could be. */
export function listPhrases(texts: readonly string[]): ReadonlySet<string> {
  const phrases = new Set<string>();
  for (const text of texts) {
    const words = wordsOf(text);
    words.forEach((_, from) => {
      for (let to = from + 1; to <= Math.min(words.length, from + longestNameWords); to += 1)
        phrases.add(withoutStop(words.slice(from, to).join(' ')).toLowerCase());
    });
  }
  return phrases;
}

/** Replaces the longest runs of words that have an alias. */
export function replacePhrases(text: string, aliases: ReadonlyMap<string, string>): string {
  const words = wordsOf(text);
  const replaced: string[] = [];
  for (let from = 0; from < words.length;) {
    let to = Math.min(words.length, from + longestNameWords);
    let alias: string | undefined;
    for (; to > from && alias === undefined; to -= 1)
      alias = aliases.get(withoutStop(words.slice(from, to).join(' ')).toLowerCase());
    if (alias === undefined) {
      replaced.push(words[from]!);
      from += 1;
    } else {
      replaced.push(alias);
      from = to + 1;
    }
  }
  return replaced.join(' ');
}
