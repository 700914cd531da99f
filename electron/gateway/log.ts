/** What the gateway needs of a logger. Neither tokens nor cookies nor message contents are ever handed to it. */
export interface Log {
  info(details: object, text: string): void;
  warn(details: object, text: string): void;
  error(details: object, text: string): void;
}
