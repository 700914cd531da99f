import { matchLabel } from '../../shared/model/address.ts';

/** The masks under one name: `db-*` under `corp` under `example` is the end of the mask `db-*.corp.example`. */
interface Node {
  children: Map<string, Node> | undefined;
  /** Children whose label is a glob, by the length of what is before its first star, by that, and by themselves. */
  globs: Map<number, Map<string, Map<string, Node>>> | undefined;
  /** Ids of the masks that end here, ascending. */
  own: number[] | undefined;
  /** Ids of the masks that go on with nothing but a lone star, which stands for one or more labels. */
  below: number[] | undefined;
  /** Of all ids here and under it. */
  lowest: number;
}

/** Domain masks by their labels from the right. */
export type DomainTree = Node;

export const createDomainTree = (): DomainTree => ({
  children: undefined,
  globs: undefined,
  own: undefined,
  below: undefined,
  lowest: Infinity,
});

/** @param id not lower than any before. */
export function addMask(tree: DomainTree, mask: readonly string[], id: number): void {
  const isBelow = mask[0] === '*';
  let node = tree;
  node.lowest = Math.min(node.lowest, id);
  for (let index = mask.length - 1; index >= (isBelow ? 1 : 0); index -= 1) {
    node = childOf(node, mask[index]!);
    node.lowest = Math.min(node.lowest, id);
  }
  if (isBelow) (node.below ??= []).push(id);
  else (node.own ??= []).push(id);
}

function childOf(node: Node, label: string): Node {
  const headLength = label.indexOf('*');
  if (headLength < 0) return getOrAdd((node.children ??= new Map()), label, createDomainTree);
  const byHead = getOrAdd((node.globs ??= new Map()), headLength, createMap<Map<string, Node>>);
  const globs = getOrAdd(byHead, label.slice(0, headLength), createMap<Node>);
  return getOrAdd(globs, label, createDomainTree);
}

const createMap = <V>() => new Map<string, V>();

function getOrAdd<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const fresh = create();
  map.set(key, fresh);
  return fresh;
}

/**
 * The lowest id of a mask that the name is under; `Infinity` where there is none. Equals `matchesDomainMask`.
 *
 * @param labels of the normalised name, from the left.
 */
export const findLowestMask = (tree: DomainTree, labels: readonly string[]): number =>
  searchLowest(tree, labels, labels.length, Infinity);

/** Of the first `count` labels, where it is lower than `known`. */
function searchLowest(node: Node, labels: readonly string[], count: number, known: number): number {
  if (node.lowest >= known) return known;
  let lowest = Math.min(known, (count === 0 ? node.own : node.below)?.[0] ?? Infinity);
  if (count === 0) return lowest;
  const label = labels[count - 1]!;
  const child = node.children?.get(label);
  if (child) lowest = searchLowest(child, labels, count - 1, lowest);
  if (node.globs)
    for (const glob of globsFitting(node.globs, label))
      lowest = searchLowest(glob, labels, count - 1, lowest);
  return lowest;
}

/** Tells the id of every mask that the name is under. */
export const visitMasks = (tree: DomainTree, labels: readonly string[], visit: (id: number) => void): void =>
  visitUnder(tree, labels, labels.length, visit);

function visitUnder(node: Node, labels: readonly string[], count: number, visit: (id: number) => void): void {
  for (const id of (count === 0 ? node.own : node.below) ?? []) visit(id);
  if (count === 0) return;
  const label = labels[count - 1]!;
  const child = node.children?.get(label);
  if (child) visitUnder(child, labels, count - 1, visit);
  if (node.globs)
    for (const glob of globsFitting(node.globs, label)) visitUnder(glob, labels, count - 1, visit);
}

function globsFitting(globs: NonNullable<Node['globs']>, label: string): readonly Node[] {
  const fitting: Node[] = [];
  for (const [headLength, byHead] of globs) {
    const candidates = byHead.get(label.slice(0, headLength));
    if (!candidates) continue;
    for (const [glob, node] of candidates) if (matchLabel(glob, label)) fitting.push(node);
  }
  return fitting;
}
