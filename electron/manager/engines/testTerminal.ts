import type { Shell, Terminal, TerminalSize } from './shell.ts';
import type { Stage } from './stage.ts';

/** A terminal without a picture: what it was given, and a person who answers by a script. */
export interface TestTerminal extends Terminal {
  /** All that the host wrote and that was said, without escape sequences' effect. */
  readonly text: string;
  /** Questions, oldest first, with whether the answer would have been hidden. */
  readonly questions: readonly { readonly question: string; readonly isSecret: boolean }[];
  readonly isClosed: boolean;
  /** What the person answers next, one after another; without any left a question stays open. */
  answerWith(...answers: readonly (string | undefined)[]): void;
  /** Keys, as they go to the shell. */
  type(text: string): void;
  resizeTo(size: TerminalSize): void;
  /** While true, what is written isn't parsed. */
  hold(isHeld: boolean): void;
  /** Resolves once the text has this in it. Vitest's own timeout ends it otherwise. */
  shows(part: string): Promise<void>;
  /** Resolves once the person was asked this often. */
  asked(count: number): Promise<void>;
}

export function createTestTerminal(stage?: Pick<Stage, 'end'>): TestTerminal {
  let size: TerminalSize = { columns: 80, rows: 24, width: 640, height: 384 };
  let text = '';
  let shell: Shell | undefined;
  let isClosed = false;
  let isHeld = false;
  const decoder = new TextDecoder();
  const questions: TestTerminal['questions'][number][] = [];
  const answers: (string | undefined)[] = [];
  const asking: ((answer: string | undefined) => void)[] = [];
  const held: (() => void)[] = [];
  const watching = new Set<() => void>();
  const look = () => {
    for (const watch of watching) watch();
  };
  const until = (condition: () => boolean): Promise<void> => {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const watch = () => {
        if (!condition()) return;
        watching.delete(watch);
        resolve();
      };
      watching.add(watch);
    });
  };
  const giveAnswers = () => {
    while (answers.length > 0 && asking.length > 0) asking.shift()?.(answers.shift());
  };
  return {
    get size() {
      return size;
    },
    get text() {
      return text;
    },
    questions,
    get isClosed() {
      return isClosed;
    },
    async write(bytes) {
      const part = decoder.decode(bytes, { stream: true });
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      text += part;
      look();
    },
    say(line) {
      text += `${line}\n`;
      look();
    },
    ask(question, { isSecret }) {
      if (isClosed) return Promise.resolve(undefined);
      questions.push({ question, isSecret });
      text += question;
      const answered = new Promise<string | undefined>((resolve) => asking.push(resolve));
      giveAnswers();
      look();
      return answered;
    },
    attach(next) {
      shell = next;
      shell.resize(size);
    },
    key() {},
    mouse() {},
    clipboard() {},
    resize() {},
    argument: () => false,
    close() {
      isClosed = true;
      for (const answer of asking.splice(0)) answer(undefined);
      for (const resolve of held.splice(0)) resolve();
      stage?.end();
    },
    answerWith(...next) {
      answers.push(...next);
      giveAnswers();
    },
    type: (typed) => shell?.send(new TextEncoder().encode(typed)),
    resizeTo(next) {
      size = next;
      shell?.resize(next);
    },
    hold(next) {
      isHeld = next;
      if (!isHeld) for (const resolve of held.splice(0)) resolve();
    },
    shows: (part) => until(() => text.includes(part)),
    asked: (count) => until(() => questions.length >= count),
  };
}
