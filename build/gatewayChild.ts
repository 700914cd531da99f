import { join } from 'node:path';
import { type Child, startChild } from './childProcess.ts';

export interface GatewayChild extends Child {
  /** Where to open it, with the one-time token; rejects when the gateway ends before it says so. */
  readonly address: Promise<string>;
}

const addressLine = /^Proxima is at (https:\S+)$/m;

/** Starts the built gateway. What it has to say besides its address goes to standard error. */
export function startGatewayChild(root: string, flags: readonly string[]): GatewayChild {
  let output = '';
  let tell: (address: string) => void = () => {};
  const told = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const child = startChild(process.execPath, [join(root, 'dist/electron/headless.js'), 'gateway', ...flags], {
    cwd: root,
    onOutput(text) {
      output += text;
      const address = addressLine.exec(output)?.[1];
      if (address !== undefined) tell(address);
    },
  });
  const ended = child.exited.then((code): never => {
    throw new Error(`the gateway ended with exit code ${code}`);
  });
  ended.catch(() => {});
  return { ...child, address: Promise.race([told, ended]) };
}
