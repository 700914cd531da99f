/** One line of the pack check. What isn't examined here counts neither as right nor as wrong, and says why. */
export interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly detail: string;
  readonly skipped?: true;
}

/** Thrown by a check that can't be made on this machine. */
export class NotHere extends Error {}

export interface Examination {
  /** Runs one check: what it returns is what it found, what it throws is what is wrong. */
  check(name: string, examine: () => string | Promise<string>): Promise<void>;
  readonly outcomes: readonly Outcome[];
}

/** @param onOutcome is told each as it comes. */
export function createExamination(onOutcome: (outcome: Outcome) => void): Examination {
  const outcomes: Outcome[] = [];
  return {
    outcomes,
    async check(name, examine) {
      let outcome: Outcome;
      try {
        outcome = { name, ok: true, detail: await examine() };
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        outcome =
          error instanceof NotHere ? { name, ok: true, detail, skipped: true } : { name, ok: false, detail };
      }
      outcomes.push(outcome);
      onOutcome(outcome);
    },
  };
}

/** @throws with the words where the two differ. */
export function expectSame(what: string, found: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: ${left}, not ${right}`);
}

/** @throws where the list isn't empty, with some of what is in it. */
export function expectNone(what: string, found: readonly string[]): void {
  if (found.length === 0) return;
  const shown = found.slice(0, 8).join(', ');
  throw new Error(`${what}: ${shown}${found.length > 8 ? ` and ${found.length - 8} more` : ''}`);
}
