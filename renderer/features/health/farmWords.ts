import type { FarmNode } from '../../../shared/model/farm.ts';

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

export const tellLoad = ({ people, sessions }: Pick<FarmNode, 'people' | 'sessions'>): string =>
  `${counted(people, 'person', 'people')}, ${counted(sessions, 'session', 'sessions')}`;

const takesOver = (node: FarmNode) => !node.isDraining;

/** The farm in a sentence. */
export function tellFarm(nodes: readonly FarmNode[]): string {
  if (nodes.length === 1) return 'One gateway by itself: while it is down, nobody can sign in.';
  const serving = nodes.filter(takesOver).length;
  const of =
    serving === nodes.length
      ? `${nodes.length} gateways serve`
      : `${serving} of ${nodes.length} gateways serve`;
  return `${of}; ${serving > 1 ? 'any one may fail.' : 'none is left to take over.'}`;
}

/** What draining a node does, said before it is done. */
export function tellDrain(node: FarmNode, nodes: readonly FarmNode[]): string {
  const others = nodes.filter((other) => other.route !== node.route && takesOver(other)).length;
  if (others === 0)
    return `It takes nobody new from now on, and no other gateway is there to take over: nobody can sign in until it, or another, is started. It has ${tellLoad(node)} now.`;
  return `It takes nobody new from now on, and hands over the ${tellLoad(node)} that it has to ${others === 1 ? 'the other gateway' : 'the other gateways'}. It takes people again once it is started anew.`;
}

/** Gateways with every word in the route, the address, the version or the state. */
export function filterNodes(nodes: readonly FarmNode[], query: string): readonly FarmNode[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return nodes.filter(({ route, address, version, isDraining }) => {
    const text = [route, address, version, isDraining ? 'draining' : 'serving'].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
