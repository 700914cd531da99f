import { encode } from 'uqr';
import { expect, it } from 'vitest';
import { drawQrCode } from './QrCode.tsx';

const uri = 'otpauth://totp/Proxima:ada?secret=JBSWY3DPEHPK3PXP&issuer=Proxima';

it('draws exactly the dark modules, with a quiet zone of four', () => {
  const { data, size } = encode(uri, { ecc: 'M', border: 4 });
  const drawn = data.map((row) => row.map(() => false));
  const { path, size: drawnSize } = drawQrCode(uri);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    for (let at = 0; at < Number(length); at++) {
      const row = drawn[Number(y)];
      if (row) row[Number(x) + at] = true;
    }
  }
  expect(drawnSize).toBe(size);
  expect(drawn).toEqual(data);
  expect(data.slice(0, 4).flat()).not.toContain(true);
});
