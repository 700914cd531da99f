/** One `sync` in the bytes of a session: from `start` up to, not including, `end`. */
interface FoundSync {
  readonly timestamp: number;
  readonly start: number;
  readonly end: number;
}

/** Nothing else looks like one: base64 has no points, and names are numbers and words. */
export function findSyncs(recording: Uint8Array): readonly FoundSync[] {
  const text = new TextDecoder('latin1').decode(recording);
  return [...text.matchAll(/4\.sync,\d+\.(\d+)(?:,\d+\.\d+)*;/g)].map((match) => ({
    timestamp: Number(match[1]),
    start: match.index,
    end: match.index + match[0].length,
  }));
}
