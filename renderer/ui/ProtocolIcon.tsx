import { AppWindow, Monitor, SquareTerminal, Terminal } from 'lucide-react';
import type { Protocol } from '../../shared/model/protocol.ts';

const icons = { rdp: AppWindow, ssh: SquareTerminal, telnet: Terminal, vnc: Monitor } as const;

/** Decoration: the protocol is named beside it or for screen readers. */
export function ProtocolIcon({ protocol }: { protocol: Protocol }) {
  const Icon = icons[protocol];
  return <Icon aria-hidden="true" />;
}
