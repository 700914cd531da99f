/** A question in the terminal, while it is answered. */
export interface LineEditor {
  /** @param text typed or pasted, keys as they are encoded for a shell. */
  type(text: string): void;
  /** The session is over. */
  cancel(): void;
}

/** Longer answers aren't any. */
const lengthLimit = 1_024;

/**
 * Reads one line: Backspace, Ctrl-U (all of it), Ctrl-W (a word); Ctrl-C and Ctrl-D give up.
 * @param show draws what was typed; secrets aren't shown
 */
export function editLine(
  isSecret: boolean,
  show: (text: string) => void,
  onDone: (line: string | undefined) => void,
): LineEditor {
  let line: string[] = [];
  let isOver = false;

  function finish(answer: string | undefined) {
    isOver = true;
    show('\r\n');
    onDone(answer);
  }
  function erase(count: number) {
    const erased = line.slice(line.length - count);
    line = line.slice(0, line.length - count);
    // The cursor goes back over what is there, whatever its width, because the whole line is drawn again.
    if (!isSecret && erased.length > 0) show(`\x1b8\x1b[J${line.join('')}`);
  }
  function wordStart() {
    let at = line.length;
    while (at > 0 && line[at - 1] === ' ') at -= 1;
    while (at > 0 && line[at - 1] !== ' ') at -= 1;
    return at;
  }
  function take(character: string) {
    if (character === '\r' || character === '\n') finish(line.join(''));
    else if (character === '\x03' || (character === '\x04' && line.length === 0)) finish(undefined);
    else if (character === '\x7f' || character === '\b') erase(Math.min(1, line.length));
    else if (character === '\x15') erase(line.length);
    else if (character === '\x17') erase(line.length - wordStart());
    else if (character >= ' ' && line.length < lengthLimit) {
      line.push(character);
      if (!isSecret) show(character);
    }
  }

  // Where the line begins.
  show('\x1b7');
  return {
    type(text) {
      // Keys that send a sequence have no meaning here.
      if (text.startsWith('\x1b')) return;
      for (const character of text) if (!isOver) take(character);
    },
    cancel() {
      if (!isOver) finish(undefined);
    },
  };
}
