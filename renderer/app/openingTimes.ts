import type { OpeningStep, OpeningTimes } from '../../shared/model/opening.ts';
import { describeMilliseconds } from './figures.ts';

/** Steps that people see as one. */
export const openingParts = {
  window: { label: 'Window', steps: ['asking'] },
  choice: { label: 'Choice of the manager', steps: ['placing'] },
  way: { label: 'Way to the manager', steps: ['connecting', 'securing'] },
  host: { label: 'Manager and host', steps: ['greeting', 'host'] },
  picture: { label: 'Picture', steps: ['tunnel', 'drawing'] },
} as const satisfies Record<string, { label: string; steps: readonly OpeningStep[] }>;
export type OpeningPart = keyof typeof openingParts;

export const stepWords: Readonly<Record<OpeningStep, string>> = {
  asking: 'The window made a tab and asked',
  placing: 'A manager was chosen and its place claimed',
  secret: 'The stored password was read',
  lookup: 'The name of the manager was looked up',
  connecting: 'Connected',
  securing: 'Secured, and the certificate checked',
  greeting: 'The manager answered',
  host: 'The host was reached and drew',
  tunnel: 'The window asked for the picture',
  drawing: 'The picture came and was drawn',
};

export interface PartTime {
  readonly part: OpeningPart;
  readonly label: string;
  readonly milliseconds: number;
}

interface StepDuration {
  readonly step: OpeningStep;
  readonly milliseconds: number;
}

/** The parts in their order. What went on beside them, as reading the password, took nobody's time and is left out; so are empty ones. */
export const partsOf = (durations: readonly StepDuration[]): readonly PartTime[] =>
  (Object.keys(openingParts) as OpeningPart[])
    .map((part) => {
      const { label, steps } = openingParts[part];
      const own = durations.filter(({ step }) => (steps as readonly OpeningStep[]).includes(step));
      return { part, label, milliseconds: own.reduce((sum, { milliseconds }) => sum + milliseconds, 0) };
    })
    .filter(({ milliseconds }) => milliseconds > 0);

/** How long a session's opening took, in a sentence. */
export function tellOpening({ steps, pictureMs }: OpeningTimes): string {
  if (pictureMs !== undefined)
    return `The picture was there ${describeMilliseconds(pictureMs)} after the double-click.`;
  const end = Math.max(0, ...steps.map(({ startMs, durationMs }) => startMs + durationMs));
  return `The session was live after ${describeMilliseconds(end)}. No window has told when it drew the picture.`;
}
