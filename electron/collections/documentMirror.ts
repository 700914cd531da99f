import type { z } from 'zod';
import type { KeyEvent, KeyValue } from '../registry/engine.ts';
import { encodeKeyPart } from '../registry/keys.ts';

/** What is known of the documents below a prefix; asking it asks nobody else. */
export interface DocumentMirror<T> {
  all(): ReadonlyMap<string, T>;
  /** When it was last written; 0 where there is none. */
  revisionOf(id: string): number;
  /** It is there, and this version doesn't understand it. */
  isStrange(id: string): boolean;
  /** Ids and, for keys that aren't any document's, the keys. */
  strange(): readonly string[];
  /** Each of these returns the ids of the documents that changed. */
  applyList(entries: readonly KeyValue[], revision: number): readonly string[];
  applyEvents(events: readonly KeyEvent[], revision: number): readonly string[];
  /** What was read by itself, ahead of the watch or behind it. */
  applyRead(id: string, entry: KeyValue | undefined, revision: number): readonly string[];
  /** What was just acknowledged; `undefined` for a document that was removed. */
  applyOwn(documents: ReadonlyMap<string, T | undefined>, revision: number): readonly string[];
}

/** Keys are `prefix` and the id, encoded as a part of a URI: an id may hold whatever it likes. */
export const keyOfDocument = (prefix: string, id: string): string => `${prefix}${encodeKeyPart(id)}`;

function idOfKey(prefix: string, key: string): string | undefined {
  try {
    const id = decodeURIComponent(key.slice(prefix.length));
    return keyOfDocument(prefix, id) === key ? id : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The own changes are known as soon as they are acknowledged, before the watch tells of them; what it tells of the time before them is
 * passed over then. Revisions say which is newer.
 */
export function createDocumentMirror<T>(prefix: string, schema: z.ZodType<T>): DocumentMirror<T> {
  const documents = new Map<string, T>();
  const revisions = new Map<string, number>();
  const strange = new Set<string>();
  /** Removed here, and not heard of yet. */
  const removed = new Map<string, number>();
  let heard = 0;

  const knownRevision = (id: string) => Math.max(revisions.get(id) ?? 0, removed.get(id) ?? 0);

  function put(id: string, document: T | undefined, revision: number): boolean {
    revisions.set(id, revision);
    removed.delete(id);
    if (document === undefined) {
      strange.add(id);
      return documents.delete(id);
    }
    strange.delete(id);
    documents.set(id, document);
    return true;
  }

  function remove(id: string): boolean {
    revisions.delete(id);
    strange.delete(id);
    return documents.delete(id);
  }

  function putEntry(id: string, entry: KeyValue): boolean {
    return entry.modRevision > knownRevision(id) && put(id, parse(entry.value, schema), entry.modRevision);
  }

  function noteHeard(revision: number): void {
    heard = revision;
    for (const [id, at] of removed) if (at <= revision) removed.delete(id);
  }

  return {
    all: () => documents,
    revisionOf: (id) => revisions.get(id) ?? 0,
    isStrange: (id) => strange.has(id),
    strange: () => [...strange],
    applyList(entries, revision) {
      const changed: string[] = [];
      // Put back to an earlier state: revisions come again, and say nothing any more.
      if (revision < heard) {
        revisions.clear();
        removed.clear();
      }
      const isRestored = revision < heard;
      const listed = new Set<string>();
      strange.clear();
      for (const entry of entries) {
        const id = idOfKey(prefix, entry.key);
        if (id === undefined) {
          strange.add(entry.key);
          continue;
        }
        listed.add(id);
        const isKnown = revisions.get(id) === entry.modRevision;
        if (isKnown && !documents.has(id)) strange.add(id);
        if (!isKnown && putEntry(id, entry)) changed.push(id);
      }
      for (const id of new Set([...documents.keys(), ...revisions.keys()])) {
        const isOlder = isRestored || (revisions.get(id) ?? 0) <= revision;
        if (!listed.has(id) && isOlder && remove(id)) changed.push(id);
      }
      noteHeard(revision);
      return changed;
    },
    applyEvents(events, revision) {
      const changed = new Set<string>();
      for (const event of events) {
        const key = event.kind === 'put' ? event.entry.key : event.key;
        const id = idOfKey(prefix, key);
        if (id === undefined) {
          if (event.kind === 'put') strange.add(key);
          else strange.delete(key);
          continue;
        }
        const isChanged =
          event.kind === 'put' ? putEntry(id, event.entry) : event.revision > knownRevision(id) && remove(id);
        if (isChanged) changed.add(id);
      }
      noteHeard(revision);
      return [...changed];
    },
    applyRead(id, entry, revision) {
      if (entry) return putEntry(id, entry) ? [id] : [];
      if (revision < knownRevision(id)) return [];
      if (revision > heard) removed.set(id, revision);
      return remove(id) ? [id] : [];
    },
    applyOwn(changes, revision) {
      const changed: string[] = [];
      for (const [id, document] of changes) {
        if (revision <= knownRevision(id)) continue;
        if (document === undefined && revision > heard) removed.set(id, revision);
        if (document === undefined ? remove(id) : put(id, document, revision)) changed.push(id);
      }
      return changed;
    },
  };
}

/** `undefined` where this version doesn't understand it. */
function parse<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
