/**
 * What a transfer function makes of one colour value of the source and one of the destination, 0 to 255 each
 * (https://guacamole.apache.org/doc/gug/protocol-reference.html#transfer-instruction).
 */
type Combine = (source: number, destination: number) => number;

interface TransferFunction {
  readonly combine: Combine;
  /** Whether the alpha of the source is taken as well, else that of the destination stays. */
  readonly takesAlpha: boolean;
}

const keepAlpha = (combine: Combine): TransferFunction => ({ combine, takesAlpha: false });
const takeAlpha = (combine: Combine): TransferFunction => ({ combine, takesAlpha: true });

/** By number; 0x3 is what `put` does quicker, and 0x5 nothing. */
const transferFunctions: readonly TransferFunction[] = [
  keepAlpha(() => 0x00),
  keepAlpha((source, destination) => source & destination),
  keepAlpha((source, destination) => source & ~destination),
  takeAlpha((source) => source),
  keepAlpha((source, destination) => ~source & destination),
  keepAlpha((_source, destination) => destination),
  keepAlpha((source, destination) => source ^ destination),
  keepAlpha((source, destination) => source | destination),
  keepAlpha((source, destination) => ~(source | destination)),
  keepAlpha((source, destination) => ~(source ^ destination)),
  keepAlpha((_source, destination) => ~destination),
  keepAlpha((source, destination) => source | ~destination),
  takeAlpha((source) => ~source),
  keepAlpha((source, destination) => ~source | destination),
  keepAlpha((source, destination) => ~(source & destination)),
  keepAlpha(() => 0xff),
];

/** Combines two pictures of the same size, as RGBA, into the second. Does nothing where there's no such function. */
export function transferPixels(
  index: number,
  source: Uint8ClampedArray,
  destination: Uint8ClampedArray,
): void {
  const transfer = transferFunctions[index];
  if (transfer === undefined) return;
  const { combine, takesAlpha } = transfer;
  for (let at = 0; at < destination.length; at += 4) {
    for (let channel = at; channel < at + 3; channel++) {
      destination[channel] = 0xff & combine(source[channel] as number, destination[channel] as number);
    }
    if (takesAlpha) destination[at + 3] = source[at + 3] as number;
  }
}
