/** A regular expression as guacd takes it: POSIX extended, ignoring case, found anywhere in a line. */
export interface Pattern {
  matches(line: string): boolean;
}

type Test = (character: string) => boolean;

type Tree =
  | { readonly kind: 'character'; readonly test: Test }
  | { readonly kind: 'place'; readonly holds: (before: string, after: string) => boolean }
  | { readonly kind: 'all'; readonly parts: readonly Tree[] }
  | { readonly kind: 'any'; readonly choices: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly part: Tree; readonly least: number; readonly most: number };

type State =
  | { readonly kind: 'character'; readonly test: Test; readonly next: number }
  | {
      readonly kind: 'place';
      readonly holds: (before: string, after: string) => boolean;
      readonly next: number;
    }
  | { readonly kind: 'choice'; readonly next: readonly number[] };

const longestPattern = 1_000;
const mostStates = 1_000;
const deepestNesting = 50;
const mostRepetitions = 255;

/**
 * Compiles a pattern into states that are followed all at once (Thompson's construction): matching takes time in proportion to
 * the line, whatever the pattern is, where JavaScript's own expressions may take longer than the world is old.
 *
 * Beyond POSIX it knows `\d`, `\w`, `\s`, their opposites, `\b` and `(?:…)`, which people write. `undefined` for what it
 * doesn't understand: back references and look-arounds among others.
 */
export function compilePattern(text: string): Pattern | undefined {
  if (text.length > longestPattern) return undefined;
  try {
    const states: State[] = [];
    const start = addStates(states, parsePattern(text), matchState);
    return { matches: (line) => follow(states, start, line) };
  } catch (error) {
    if (error instanceof BadPattern) return undefined;
    throw error;
  }
}

class BadPattern extends Error {}

const matchState = -1;
const endless = Number.POSITIVE_INFINITY;

function parsePattern(text: string): Tree {
  const characters = Array.from(text);
  let at = 0;
  const takeIf = (character: string) => {
    if (characters[at] !== character) return false;
    at += 1;
    return true;
  };
  const parseChoices = (depth: number): Tree => {
    if (depth > deepestNesting) throw new BadPattern('too deep');
    const choices: Tree[] = [];
    do choices.push(parseAll(depth));
    while (takeIf('|'));
    return { kind: 'any', choices };
  };
  const parseAll = (depth: number): Tree => {
    const parts: Tree[] = [];
    while (at < characters.length && characters[at] !== '|' && characters[at] !== ')')
      parts.push(parseRepeated(depth));
    return { kind: 'all', parts };
  };
  const parseRepeated = (depth: number): Tree => {
    let part = parseOne(depth);
    for (;;) {
      const range = parseRange();
      if (!range) return part;
      part = { kind: 'repeat', part, least: range[0], most: range[1] };
    }
  };
  const parseRange = (): readonly [number, number] | undefined => {
    if (takeIf('*')) return [0, endless];
    if (takeIf('+')) return [1, endless];
    if (takeIf('?')) return [0, 1];
    const [braces, least, comma, most] =
      /^\{(\d+)(,?)(\d*)\}/.exec(characters.slice(at, at + 12).join('')) ?? [];
    if (braces === undefined) return undefined;
    at += braces.length;
    const from = Number(least);
    const to = most !== '' && most !== undefined ? Number(most) : comma === '' ? from : endless;
    if (from > mostRepetitions || to < from || (to !== endless && to > mostRepetitions))
      throw new BadPattern('bad repetition');
    return [from, to];
  };
  const parseOne = (depth: number): Tree => {
    const character = characters[at] ?? '';
    at += 1;
    switch (character) {
      case '(': {
        if (takeIf('?') && !takeIf(':')) throw new BadPattern('look-around');
        const inside = parseChoices(depth + 1);
        if (!takeIf(')')) throw new BadPattern('open group');
        return inside;
      }
      case '[':
        return { kind: 'character', test: parseClass() };
      case '.':
        return { kind: 'character', test: () => true };
      case '^':
        return { kind: 'place', holds: (before) => before === '' };
      case '$':
        return { kind: 'place', holds: (_before, after) => after === '' };
      case '\\':
        return parseEscape();
      case '*':
      case '+':
      case '?':
        throw new BadPattern('nothing to repeat');
      default:
        return { kind: 'character', test: isCharacter(character) };
    }
  };
  const parseEscape = (): Tree => {
    const character = characters[at];
    at += 1;
    if (character === undefined || /\d/.test(character)) throw new BadPattern('back reference');
    if (character === 'b')
      return { kind: 'place', holds: (before, after) => classes.w(before) !== classes.w(after) };
    const shorthand = readShorthand(character);
    return { kind: 'character', test: shorthand ?? isCharacter(character === 't' ? '\t' : character) };
  };
  const parseClass = (): Test => {
    const isNegated = takeIf('^');
    const tests: Test[] = [];
    for (let isFirst = true; isFirst || characters[at] !== ']'; isFirst = false) {
      if (at >= characters.length) throw new BadPattern('open class');
      const [whole, name] = /^\[:([a-z]+):\]/.exec(characters.slice(at, at + 12).join('')) ?? [];
      if (whole !== undefined && name !== undefined) {
        const test = namedClasses[name];
        if (!test) throw new BadPattern('unknown class');
        tests.push(test);
        at += whole.length;
        continue;
      }
      // A backslash stands for itself in POSIX; nobody means that before a letter that is a class.
      const shorthand = characters[at] === '\\' ? readShorthand(characters[at + 1] ?? '') : undefined;
      if (shorthand) {
        tests.push(shorthand);
        at += 2;
        continue;
      }
      if (characters[at] === '\\' && /[\]\\^-]/.test(characters[at + 1] ?? '')) at += 1;
      const first = characters[at] ?? '';
      at += 1;
      const last = characters[at] === '-' && characters[at + 1] !== ']' ? characters[at + 1] : undefined;
      if (last === undefined) {
        tests.push(isCharacter(first));
        continue;
      }
      at += 2;
      tests.push((character) => caseFolds(character).some((fold) => first <= fold && fold <= last));
    }
    at += 1;
    return (character) => tests.some((test) => test(character)) !== isNegated;
  };

  const tree = parseChoices(0);
  if (at < characters.length) throw new BadPattern('closed group');
  return tree;
}

const caseFolds = (character: string) => [character.toLowerCase(), character.toUpperCase()];

function isCharacter(expected: string): Test {
  const folded = expected.toLowerCase();
  return (character) => character.toLowerCase() === folded;
}

const ofClass =
  (expression: RegExp): Test =>
  (character) =>
    expression.test(character);

const classes = { d: ofClass(/^\d$/), w: ofClass(/^\w$/), s: ofClass(/^\s$/) };

function readShorthand(letter: string): Test | undefined {
  const test = classes[letter.toLowerCase() as keyof typeof classes] as Test | undefined;
  return test && letter !== letter.toLowerCase() ? (character) => !test(character) : test;
}

const namedClasses: Readonly<Record<string, Test>> = {
  alpha: ofClass(/^\p{L}$/u),
  digit: classes.d,
  alnum: ofClass(/^[\p{L}\p{N}]$/u),
  // Case is ignored everywhere.
  upper: ofClass(/^\p{L}$/u),
  lower: ofClass(/^\p{L}$/u),
  space: classes.s,
  blank: ofClass(/^[ \t]$/),
  punct: ofClass(/^[!-/:-@[-`{-~]$/),
  xdigit: ofClass(/^[\da-fA-F]$/),
  cntrl: ofClass(/^\p{Cc}$/u),
  print: ofClass(/^\P{Cc}$/u),
  graph: ofClass(/^[^\p{Cc}\s]$/u),
};

/** Adds what the tree needs in front of a state, and returns where that begins. */
function addStates(states: State[], tree: Tree, next: number): number {
  const add = (state: State) => {
    if (states.length >= mostStates) throw new BadPattern('too large');
    return states.push(state) - 1;
  };
  switch (tree.kind) {
    case 'character':
    case 'place':
      return add({ ...tree, next });
    case 'all':
      return tree.parts.reduceRight((following, part) => addStates(states, part, following), next);
    case 'any':
      return add({ kind: 'choice', next: tree.choices.map((choice) => addStates(states, choice, next)) });
    case 'repeat': {
      let following = next;
      if (tree.most === endless) {
        const ways = [next];
        following = add({ kind: 'choice', next: ways });
        ways.unshift(addStates(states, tree.part, following));
      } else {
        for (let more = tree.least; more < tree.most; more += 1)
          following = add({ kind: 'choice', next: [addStates(states, tree.part, following), next] });
      }
      for (let count = 0; count < tree.least; count += 1) following = addStates(states, tree.part, following);
      return following;
    }
  }
}

function follow(states: readonly State[], start: number, line: string): boolean {
  const characters = Array.from(line);
  let reached = new Set<number>();
  for (let at = 0; at <= characters.length; at += 1) {
    const before = characters[at - 1] ?? '';
    const character = characters[at] ?? '';
    // A match may begin anywhere.
    const waiting = [...reached, start];
    const seen = new Set<number>();
    const next = new Set<number>();
    for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
      if (state === matchState) return true;
      const reading = states[state];
      if (seen.has(state) || !reading) continue;
      seen.add(state);
      if (reading.kind === 'choice') waiting.push(...reading.next);
      else if (reading.kind === 'place') {
        if (reading.holds(before, character)) waiting.push(reading.next);
      } else if (character !== '' && reading.test(character)) next.add(reading.next);
    }
    reached = next;
  }
  return false;
}
