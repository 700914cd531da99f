/**
 * A certificate's serial number as Proxima writes it: lower-case hexadecimal without colons and leading zeros. Programs and
 * certificates show the same number as `0A:FF`, `0aff` or `AFF`.
 */
export const normaliseSerial = (serial: string): string =>
  serial
    .trim()
    .replaceAll(':', '')
    .toLowerCase()
    .replace(/^(0x)?0*(?=.)/, '');
