import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeView } from './nodeView.ts';
import { refuseMethod, reply } from './replies.ts';

/** Why a balancer should send nobody here for the moment. */
export type UnreadyReason = 'draining' | 'registry-unreachable' | 'no-manager-up';

export interface HealthPorts {
  readonly node: Pick<NodeView, 'registry' | 'countManagersUp'>;
  readonly isDraining: () => boolean;
}

function judgeReadiness({ node, isDraining }: HealthPorts): UnreadyReason[] {
  const reasons: [boolean, UnreadyReason][] = [
    [isDraining(), 'draining'],
    [!node.registry().some(({ status }) => status === 'live'), 'registry-unreachable'],
    [node.countManagersUp() === 0, 'no-manager-up'],
  ];
  return reasons.filter(([holds]) => holds).map(([, reason]) => reason);
}

/**
 * `/healthz` (the process answers) and `/readyz` (it can open sessions for people), for balancers: to anybody, under any name, since they
 * ask by address; nothing in it is secret. `false` for any other path.
 */
export function answerHealth(
  request: IncomingMessage,
  response: ServerResponse,
  ports: HealthPorts,
): boolean {
  const path = request.url?.split('?', 1)[0];
  if (path !== '/healthz' && path !== '/readyz') return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuseMethod(response, 'GET, HEAD');
    return true;
  }
  const reasons = path === '/readyz' ? judgeReadiness(ports) : [];
  const status = path === '/healthz' ? 'alive' : reasons.length === 0 ? 'ready' : 'not-ready';
  reply(response, reasons.length === 0 ? 200 : 503, `${JSON.stringify({ status, reasons })}\n`, {
    'Content-Type': 'application/json',
  });
  return true;
}
