import type { Mutation } from './mutate.ts';

/** Something that takes bytes of somebody who may mean harm. */
export interface FuzzTarget {
  readonly name: string;
  /** One line for people: whose bytes these are, and what is promised about them. */
  readonly about: string;
  /** Scripts whose coverage guides the search. */
  readonly watched: RegExp;
  /** Words of what is spoken there, put in as they are. */
  readonly dictionary: readonly (string | Uint8Array)[];
  /** Valid beginnings, beside those of the corpus folder. */
  readonly seeds: readonly Uint8Array[];
  /** Changes that keep what is spoken there readable, beside those that know nothing of it. */
  readonly mutations?: readonly Mutation[];
  /** No input is longer. */
  readonly limitBytes: number;
  open(): Promise<OpenTarget>;
}

export interface OpenTarget {
  /** Takes one input to its end. Throws where a promise is broken: a crash, a leak, a neighbour who suffers. */
  run(input: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
