/**
 * The channel masks of the protocol that a canvas has an operation for
 * (https://guacamole.apache.org/doc/gug/protocol-reference.html#compositing); the others leave the former one in place.
 */
export const compositeOperations: Readonly<Record<number, GlobalCompositeOperation>> = {
  0x1: 'destination-in',
  0x2: 'destination-out',
  0x4: 'source-in',
  0x6: 'source-atop',
  0x8: 'source-out',
  0x9: 'destination-atop',
  0xa: 'xor',
  0xb: 'destination-over',
  0xc: 'copy',
  0xe: 'source-over',
  0xf: 'lighter',
};

/** The channel mask that replaces what is there. */
export const replaceMask = 0xc;

/** The operations that change pixels outside of what is drawn, too. */
export const unboundedOperations: ReadonlySet<GlobalCompositeOperation> = new Set([
  'destination-in',
  'source-in',
  'source-out',
  'destination-atop',
  'copy',
]);
