/** As guacd cuts it, both ways (`GUAC_COMMON_CLIPBOARD_MAX_LENGTH`). */
export const clipboardLimitBytes = 262_144;
/** Of names and sentences: far below what fits into an element. */
export const longestName = 1_024;

const largestSide = 16_384;
/** 64 MB of picture. */
const largestPixels = 16_777_216;

/** What a picture may have: no side is empty or endless, and all of it fits into memory many times. */
export function clampSize(
  width: number,
  height: number,
): { readonly width: number; readonly height: number } {
  const side = (value: number) => Math.min(largestSide, Math.max(1, Math.floor(value) || 1));
  const columns = side(width);
  return { width: columns, height: Math.min(side(height), Math.floor(largestPixels / columns)) };
}

/** A text of at most so many bytes of UTF-8, without half of a character at its end. */
export function cutText(text: string, limitBytes: number): string {
  const bytes = Buffer.from(text.slice(0, limitBytes));
  if (bytes.length <= limitBytes) return bytes.toString();
  let end = limitBytes;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
