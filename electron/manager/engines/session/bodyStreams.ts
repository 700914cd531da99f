import { Readable } from 'node:stream';
import { failureOf, guacamoleStatusOf, type Failure } from '../../../../shared/contract/failure.ts';
import type { HostFiles } from '../stage.ts';
import { joinPath, normalizePath } from './hostPath.ts';
import { mostStreams } from './inputStreams.ts';
import { blobBytes, briefStream, encode, encodeBlob, encodeStream } from './wire.ts';

/** Of a folder: a JSON object of paths and media types (`GUAC_USER_STREAM_INDEX_MIMETYPE`). */
const folderType = 'application/vnd.glyptodon.guacamole.stream-index+json';
const fileType = 'application/octet-stream';
/**
 * Of what can't be read: a JSON object with a `status` of the protocol and a `text`. guacd says nothing at all then, and the
 * protocol has no word for it: a client waits for ever, or by its own clock.
 */
const failureType = 'application/vnd.proxima.status+json';
/** Pieces under way at once; guacd has one, which makes a download as slow as the way is long. */
const piecesUnderWay = 8;

/** The files that one user reads. */
export interface BodyStreams {
  /** Answers `get`: a folder or a file of the host. */
  get(object: string, files: HostFiles, name: string): void;
  /** Acknowledges a body, or a piece of one. The first one starts it. */
  acknowledge(index: string, status: number): void;
  abortAll(): void;
}

interface Body {
  acknowledge(): void;
  abort(): void;
}

/** @param say passes instructions on to the user. */
export function createBodyStreams(say: (bytes: Uint8Array) => void): BodyStreams {
  /** By index; `undefined` while it is being opened. */
  const bodies = new Map<string, Body | undefined>();
  let isOver = false;

  function findFreeIndex(): string | undefined {
    for (let index = 0; index < mostStreams * 2; index += 2)
      if (!bodies.has(String(index))) return String(index);
    return undefined;
  }

  async function get(object: string, files: HostFiles, name: string) {
    const refuse = (failure: Failure) => {
      const text = JSON.stringify({
        status: guacamoleStatusOf(failure),
        text: failure.detail ?? failure.code,
      });
      say(encodeStream(['body', object, briefStream, failureType, name], Buffer.from(text)));
    };
    const index = findFreeIndex();
    if (index === undefined) return refuse(failureOf('request_rejected', 'too many files at once'));
    const path = normalizePath(name);
    if (path === undefined) return refuse(failureOf('request_rejected', 'not an absolute path'));
    bodies.set(index, undefined);
    const opened = await openBody(files, path);
    if (isOver) {
      if ('source' in opened) opened.source.destroy();
      return;
    }
    if (!('source' in opened)) {
      bodies.delete(index);
      return refuse(opened);
    }
    say(encode(['body', object, index, opened.type, name]));
    bodies.set(
      index,
      sendBody(opened.source, {
        piece: (bytes) => say(encodeBlob(index, bytes)),
        end() {
          bodies.delete(index);
          say(encode(['end', index]));
        },
      }),
    );
  }

  return {
    get: (object, files, name) => void get(object, files, name),
    acknowledge(index, status) {
      const body = bodies.get(index);
      if (!body) return;
      if (status === 0) return body.acknowledge();
      bodies.delete(index);
      body.abort();
    },
    abortAll() {
      isOver = true;
      for (const body of bodies.values()) body?.abort();
      bodies.clear();
    },
  };
}

async function openBody(
  files: HostFiles,
  path: string,
): Promise<Failure | { readonly source: Readable; readonly type: string }> {
  const listed = await files.list(path);
  if (listed.ok) return { source: Readable.from(listFolder(path, listed.value)), type: folderType };
  if (path === '/') return listed.failure;
  const read = await files.read(path);
  return read.ok ? { source: read.value, type: fileType } : read.failure;
}

function* listFolder(
  path: string,
  entries: readonly { readonly name: string; readonly isFolder: boolean }[],
): Generator<Buffer> {
  let text = '{';
  let separator = '';
  for (const { name, isFolder } of entries) {
    const entry = joinPath(path, name);
    if (entry === undefined) continue;
    text += `${separator}${JSON.stringify(entry)}:${JSON.stringify(isFolder ? folderType : fileType)}`;
    separator = ',';
    if (text.length < blobBytes) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(`${text}}`);
}

/** Sends what a source has as far as it is acknowledged; nothing of the stream is under way any more when it ends. */
function sendBody(source: Readable, to: { piece(bytes: Uint8Array): void; end(): void }): Body {
  const pieces = cutIntoPieces(source);
  let hasStarted = false;
  let underWay = 0;
  let isReading = false;
  let isRead = false;
  let isOver = false;
  // What can't be read on ends the stream, as with guacd; the protocol has no word for it.
  source.on('error', () => {});

  async function send() {
    if (isReading) return;
    isReading = true;
    while (!isRead && !isOver && underWay < piecesUnderWay) {
      const next = await pieces.next().catch(() => ({ done: true as const, value: undefined }));
      if (isOver) return;
      if (next.done) isRead = true;
      else {
        underWay += 1;
        to.piece(next.value);
      }
    }
    isReading = false;
    if (isRead && underWay === 0 && !isOver) {
      isOver = true;
      to.end();
    }
  }
  return {
    acknowledge() {
      if (hasStarted && underWay > 0) underWay -= 1;
      hasStarted = true;
      void send();
    },
    abort() {
      isOver = true;
      source.destroy();
    },
  };
}

async function* cutIntoPieces(source: Readable): AsyncGenerator<Uint8Array, undefined> {
  for await (const chunk of source) {
    const bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let at = 0; at < bytes.length; at += blobBytes) yield bytes.subarray(at, at + blobBytes);
  }
  return undefined;
}
