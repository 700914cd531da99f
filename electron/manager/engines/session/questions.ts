/** What a session asks its owner for, until it is answered. */
export interface Questions {
  /** Resolves once all of it is answered; `undefined` where it won't be. */
  ask(names: readonly string[]): Promise<Readonly<Record<string, string>> | undefined>;
  wants(name: string): boolean;
  answer(name: string, value: string): void;
  /** Nobody will answer any more. */
  giveUp(): void;
}

interface Question {
  readonly names: readonly string[];
  readonly values: Map<string, string>;
  resolve(values: Readonly<Record<string, string>> | undefined): void;
}

export function createQuestions(): Questions {
  const open: Question[] = [];
  const findFor = (name: string) =>
    open.find(({ names, values }) => names.includes(name) && !values.has(name));
  return {
    ask: (names) =>
      new Promise((resolve) => {
        if (names.length === 0) resolve({});
        else open.push({ names, values: new Map(), resolve });
      }),
    wants: (name) => findFor(name) !== undefined,
    answer(name, value) {
      const question = findFor(name);
      if (!question) return;
      question.values.set(name, value);
      if (question.values.size < new Set(question.names).size) return;
      open.splice(open.indexOf(question), 1);
      question.resolve(Object.fromEntries(question.values));
    },
    giveUp() {
      for (const { resolve } of open.splice(0)) resolve(undefined);
    },
  };
}
