/** What a paste may be long, in UTF-16 units, as guacd bounds its clipboard. */
export const pasteLimit = 256 * 1024;
/** Sent to the host at once. */
const pieceLength = 4 * 1024;

/**
 * A text as it is pasted: line ends as the Enter key sends them, without control characters but tabs, so that nobody can hide commands
 * or the end of a bracketed paste in it; bracketed where the application asks for it (mode 2004).
 * @returns pieces to be sent in order
 */
export function encodePaste(text: string, isBracketed: boolean): readonly Buffer[] {
  const plain = cleanText(text.slice(0, pasteLimit)).replaceAll('\n', '\r');
  if (plain === '') return [];
  const bytes = Buffer.from(isBracketed ? `\x1b[200~${plain}\x1b[201~` : plain);
  return Array.from({ length: Math.ceil(bytes.length / pieceLength) }, (_, index) =>
    bytes.subarray(index * pieceLength, (index + 1) * pieceLength),
  );
}

/** Without control characters, C0 and C1 alike, but tabs and line ends, which become `\n`. */
export function cleanText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\t\n]/gu, '');
}
