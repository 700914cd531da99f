/** Where a row of the list lies on the screen. */
export interface RowBox {
  readonly top: number;
  readonly bottom: number;
}

const middleOf = ({ top, bottom }: RowBox) => (top + bottom) / 2;

/**
 * Where the row that is dragged belongs while the pointer is at `y`: it passes a neighbour once the pointer has passed the
 * neighbour's middle, so that rows of different heights don't jump to and fro.
 */
export function placeOfPointer(rows: readonly RowBox[], dragged: number, y: number): number {
  let place = dragged;
  for (let next = rows[place + 1]; next !== undefined && y > middleOf(next); next = rows[place + 1]) place++;
  for (let last = rows[place - 1]; last !== undefined && y < middleOf(last); last = rows[place - 1]) place--;
  return place;
}
