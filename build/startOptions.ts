import { parseArgs } from 'node:util';
import { type EngineName, engineNames } from '../electron/manager/engineNames.ts';

export interface StartOptions {
  /** Opens no window: prints the address and serves. */
  readonly noOpen: boolean;
  /** Adds sample hosts that answer on this machine, in a data folder that goes away at the end. */
  readonly demo: boolean;
  /** Where hosts, settings and logs lie; the person's own folder where it's not given. */
  readonly dataFolder?: string;
  /** What this machine's own session manager opens sessions with. */
  readonly engine: EngineName;
}

export const startUsage = `Opens Proxima, in Electron where it can be had, else in a browser.

  npm start [-- OPTION …]

  --no-open   print the address to open, and nothing else, and serve until Ctrl-C
  --demo      with sample hosts that answer on this machine: SSH, VNC, RDP and Telnet servers; all gone at the end
  --data DIR  keep hosts, settings and logs in DIR
  --engine E  what opens the sessions: guacd, built-in (SSH, Telnet and VNC, with nothing else installed), or auto, which is
              guacd where there is one and built-in for the rest (default auto)
  --help      this text
`;

/** @returns `undefined` where the usage is all that is wanted. @throws with a sentence on arguments that aren't understood. */
export function parseStartOptions(args: readonly string[]): StartOptions | undefined {
  const { values } = parseArgs({
    args: args.filter((argument) => argument !== '--'),
    options: {
      'no-open': { type: 'boolean', default: false },
      demo: { type: 'boolean', default: false },
      data: { type: 'string' },
      engine: { type: 'string', default: 'auto' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  if (values.data === '') throw new Error('--data takes a folder');
  if (values.demo && values.data !== undefined) {
    throw new Error('--demo has a data folder of its own: leave out --data');
  }
  const engine = engineNames.find((name) => name === values.engine);
  if (!engine) throw new Error(`--engine takes ${engineNames.join(', ')}`);
  return {
    noOpen: values['no-open'],
    demo: values.demo,
    engine,
    ...(values.data !== undefined && { dataFolder: values.data }),
  };
}
