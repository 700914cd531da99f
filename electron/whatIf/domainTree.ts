import { matchLabel } from '../../shared/model/address.ts';
import { findFirst } from './findFirst.ts';

/**
 * The names under one name: `corp` under `example` holds `db.corp.example`. Names are numbered so that those of a node and everything
 * under it lie together, its own first.
 */
interface Node {
  readonly children: Map<string, Node>;
  readonly start: number;
  /** After the names that end here. */
  ownEnd: number;
  /** After the names that end here or below. */
  end: number;
  /** The labels of the children, sorted once a mask asks for them. */
  labels?: readonly string[];
}

/** Domains by their labels from the right. */
export interface DomainTree {
  readonly root: Node;
  readonly places: readonly number[];
}

/** Plants a tree of normalised domains, each with the place that it stands for. */
export function plantDomains(domains: Iterable<readonly [place: number, domain: string]>): DomainTree {
  const sorted = [...domains]
    .map(([place, domain]) => ({ place, labels: domain.split('.').toReversed() }))
    .map((entry) => ({ ...entry, key: entry.labels.map((label) => `${label}.`).join('') }))
    .sort((left, right) => (left.key < right.key ? -1 : Number(left.key > right.key)));
  const root: Node = { children: new Map(), start: 0, ownEnd: 0, end: sorted.length };
  sorted.forEach(({ labels }, index) => {
    let node = root;
    for (const label of labels) {
      let child = node.children.get(label);
      if (child === undefined) {
        child = { children: new Map(), start: index, ownEnd: index, end: index };
        node.children.set(label, child);
      }
      node = child;
      node.end = index + 1;
    }
    node.ownEnd = index + 1;
  });
  return { root, places: sorted.map(({ place }) => place) };
}

/** Tells the place of every domain that the mask matches. Equals `matchesDomainMask`. */
export function visitDomains(
  mask: readonly string[],
  { root, places }: DomainTree,
  visit: (place: number) => void,
): void {
  const visitSlice = (start: number, end: number) => {
    for (let index = start; index < end; index += 1) visit(places[index]!);
  };
  /** `index` is the label of the mask that is next, from the right. */
  const descend = (node: Node, index: number): void => {
    const glob = mask[index];
    if (glob === undefined) visitSlice(node.start, node.ownEnd);
    // A leading lone star stands for one or more labels.
    else if (glob === '*' && index === 0) visitSlice(node.ownEnd, node.end);
    else for (const child of findChildren(node, glob)) descend(child, index - 1);
  };
  descend(root, mask.length - 1);
}

function* findChildren(node: Node, glob: string): Generator<Node> {
  const star = glob.indexOf('*');
  if (star < 0) {
    const child = node.children.get(glob);
    if (child) yield child;
    return;
  }
  const head = glob.slice(0, star);
  node.labels ??= [...node.children.keys()].sort();
  for (let index = findFirst(node.labels, head); node.labels[index]?.startsWith(head); index += 1) {
    const label = node.labels[index]!;
    if (matchLabel(glob, label)) yield node.children.get(label)!;
  }
}
