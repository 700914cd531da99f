import type { Desktop } from './desktop.ts';
import { startDesktop } from './desktop.ts';
import type { RigContext } from './process.ts';

export type VncHandle = Desktop;

/** A desktop behind VNC with password authentication. */
export function startVnc(context: RigContext): Promise<VncHandle> {
  return startDesktop(context, {
    name: 'vnc',
    title: 'Connected over VNC.',
    background: '#1f4e79',
    terminalBackground: '#10263b',
  });
}
