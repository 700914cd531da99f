/**
 * A number for what stands in one cell, so that cells can be compared: the code point, or for a character with accents one that is
 * given out here, for all sessions of this process.
 */
export const firstClusterId = 0x110000;

/** The latest and those before them; older ones get another number when they come up again. */
const generationLimit = 8_192;
let latest = new Map<string, number>();
let former = new Map<string, number>();
let latestCharacters = new Map<number, string>();
let formerCharacters = new Map<number, string>();
let nextId = firstClusterId;

export function idOfCluster(characters: string): number {
  const known = latest.get(characters) ?? former.get(characters);
  if (known !== undefined) return known;
  if (latest.size >= generationLimit) {
    [former, latest] = [latest, new Map()];
    [formerCharacters, latestCharacters] = [latestCharacters, new Map()];
  }
  const id = nextId++;
  latest.set(characters, id);
  latestCharacters.set(id, characters);
  return id;
}

/** `undefined` for a number that is too long ago. */
export function charactersOf(id: number): string | undefined {
  if (id < firstClusterId) return String.fromCodePoint(id);
  return latestCharacters.get(id) ?? formerCharacters.get(id);
}
