/** Numbers of encodings (RFC 6143 §7.7, rfbproto “Encodings”). */
export const encodings = {
  raw: 0,
  copyRect: 1,
  rre: 2,
  hextile: 5,
  zlib: 6,
  tight: 7,
  zrle: 16,
  tightPng: -260,
} as const;

/** What isn't pixels, but says what the client understands. */
export const pseudoEncodings = {
  desktopSize: -223,
  lastRect: -224,
  cursor: -239,
  xCursor: -240,
  desktopName: -307,
  extendedDesktopSize: -308,
  cursorWithAlpha: -314,
  extendedClipboard: 0xc0a1e5ce | 0,
  /** Plus 0, the worst, to 9, the best. */
  jpegQuality: -32,
  /** Plus 0, the fastest, to 9, the smallest. */
  compressLevel: -256,
} as const;
