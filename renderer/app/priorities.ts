const step = 10;

/**
 * Unique priorities for groups in the order in which they are listed, as few of them changed as possible: moved groups swap the
 * numbers that are there, a new one (`undefined`) gets one between its neighbours. Where there is no room all are numbered anew.
 * Every number stays below `end`, the Default group's, where that is possible.
 */
export function prioritiesInOrder(listed: readonly (number | undefined)[], end: number): readonly number[] {
  const slots = listed.filter((priority) => priority !== undefined).sort((a, b) => a - b);
  const isUsable = slots.every((slot, index) => slot < end && slot !== slots[index - 1]);
  const renumbered = listed.map((_, index) => (index + 1) * step);
  if (!isUsable) return renumbered;

  const priorities: number[] = [];
  let at = 0;
  while (priorities.length < listed.length) {
    const index = priorities.length;
    if (listed[index] !== undefined) {
      priorities.push(slots[at++] ?? 0);
      continue;
    }
    let newOnes = 1;
    while (index + newOnes < listed.length && listed[index + newOnes] === undefined) newOnes++;
    const before = priorities.at(-1) ?? -1;
    const next = slots[at] ?? Math.min(end, Math.max(0, before) + step * (newOnes + 1));
    if (next - before <= newOnes) return renumbered;
    const gap = (next - before) / (newOnes + 1);
    for (let nth = 1; nth <= newOnes; nth++) priorities.push(before + Math.floor(gap * nth));
  }
  return priorities;
}
