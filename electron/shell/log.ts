/** What the shell needs of a logger. Message contents are never handed to it. */
export interface Log {
  warn(details: object, text: string): void;
  error(details: object, text: string): void;
}
