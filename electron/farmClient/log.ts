/** What the farm client needs of a logger. Codes and cookies are never handed to it. */
export interface Log {
  info(details: object, text: string): void;
  warn(details: object, text: string): void;
}
