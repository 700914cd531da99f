import type { Cursor } from '../stage.ts';

/** In pixels of a screen of 96 dpi, with a border of one pixel around. */
const shape = [
  '.###.###.',
  '...###...',
  ...Array.from({ length: 11 }, () => '....#....'),
  '...###...',
  '.###.###.',
];

/** The pointer of a mouse over text: dark, with a light border, to be seen on any background. */
export function drawTextPointer(dpi: number): Cursor {
  const scale = Math.max(1, Math.round(dpi / 96));
  const columns = shape[0]?.length ?? 0;
  const [width, height] = [columns * scale, (shape.length + 2) * scale];
  const pixels = new Uint8ClampedArray(width * height * 4);
  const isInk = (column: number, row: number) => shape[row - 1]?.[column] === '#';
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [column, row] = [Math.floor(x / scale), Math.floor(y / scale)];
      const isBorder = [-1, 0, 1].some((down) =>
        [-1, 0, 1].some((right) => isInk(column + right, row + down)),
      );
      if (isInk(column, row)) pixels.set([0, 0, 0, 255], (y * width + x) * 4);
      else if (isBorder) pixels.set([255, 255, 255, 255], (y * width + x) * 4);
    }
  return {
    kind: 'picture',
    picture: { width, height, pixels },
    hotspotX: Math.floor(width / 2),
    hotspotY: Math.floor(height / 2),
  };
}
