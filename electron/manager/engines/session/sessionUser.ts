import { fail, type Result } from '../../../../shared/contract/failure.ts';
import type { EngineConnection, EngineJoin, EngineUser } from '../../engine.ts';
import type { HostFiles, HostSession } from '../stage.ts';
import { createBodyStreams } from './bodyStreams.ts';
import { joinPath, normalizePath } from './hostPath.ts';
import { createInputStreams, gatherText, type InputStream } from './inputStreams.ts';
import { clipboardLimitBytes, longestName } from './limits.ts';
import type { Questions } from './questions.ts';
import { status } from './status.ts';
import { createUpload } from './upload.ts';
import { createUserFrames, speaks, type UserFrames } from './userFrames.ts';
import { createUserInput } from './userInput.ts';
import { createUserLine, type UserLine } from './userLine.ts';
import { encode } from './wire.ts';

/** What a user can reach of its session. */
export interface UserPlace {
  readonly files: HostFiles | undefined;
  readonly questions: Questions;
  /** Whether users were told of this argument: it can be changed. */
  hasArgument(name: string): boolean;
  /** Does something to the host. */
  act(input: (host: HostSession) => void): void;
  /** This user has moved the pointer; within the picture. */
  movePointer(user: SessionUser, x: number, y: number, buttons: number): void;
  resize(width: number, height: number): void;
  /** This user could take a frame, where it couldn't before. */
  wake(): void;
  leave(user: SessionUser): void;
  join(user: EngineJoin): Promise<Result<EngineConnection>>;
}

/** One user, as its session sees it. */
export interface SessionUser {
  readonly connection: EngineConnection;
  readonly line: UserLine;
  readonly frames: UserFrames;
  readonly isOwner: boolean;
  /** Whether it knows `required`. */
  readonly canBeAsked: boolean;
  offerFiles(files: HostFiles): void;
  /** Ends its part with last words. */
  end(lastWords: Uint8Array): void;
}

/** The object that a session's files are; there is no other. */
const filesObject = '0';
/** As guacd's (`GUAC_ARGV_MAX_LENGTH`). */
const argumentLimitBytes = 16_384;
/** `required` came with this version of the protocol. */
const requiredVersion = [1, 3, 0] as const;

export function createSessionUser(
  user: EngineUser,
  { isOwner, isReadOnly }: { readonly isOwner: boolean; readonly isReadOnly: boolean },
  place: UserPlace,
): SessionUser {
  const line = createUserLine();
  const frames = createUserFrames(user, line);
  const bodies = createBodyStreams((bytes) => line.say(bytes));
  const streams = createInputStreams((index, message, code) =>
    line.say(encode(['ack', index, message, String(code)])),
  );
  /** Only the latest one is of any interest. */
  let clipboard: InputStream | undefined;

  function leave() {
    if (hasLeft) return;
    hasLeft = true;
    streams.abortAll();
    bodies.abortAll();
    place.leave(self);
  }
  let hasLeft = false;

  function upload(stream: string, findPath: (files: HostFiles) => Promise<string | undefined>) {
    const { files } = place;
    if (!isOwner || !files) return streams.refuse(stream, 'File transfer is not possible', status.forbidden);
    streams.open(stream, (acknowledge) =>
      createUpload(async () => {
        const path = await findPath(files);
        return path === undefined ? fail('request_rejected', 'not the name of a file') : files.write(path);
      }, acknowledge),
    );
  }

  const input = createUserInput(isReadOnly, {
    sync(timestamp) {
      frames.acknowledge(timestamp);
      place.wake();
    },
    key: (keysym, isPressed) => place.act((host) => host.key(keysym, isPressed)),
    mouse: (x, y, buttons) => place.movePointer(self, x, y, buttons),
    size: (width, height) => place.resize(width, height),
    clipboard(stream, type) {
      if (!/^text\/plain\b/.test(type)) return streams.refuse(stream, 'Only text is taken', status.badType);
      clipboard?.abort();
      streams.open(stream, (acknowledge) => {
        clipboard = gatherText(clipboardLimitBytes, acknowledge, (text) =>
          place.act((host) => host.clipboard(text)),
        );
        return clipboard;
      });
    },
    argument(stream, name) {
      const isAnswer = isOwner && place.questions.wants(name);
      if (!isAnswer && !place.hasArgument(name))
        return streams.refuse(stream, 'Not allowed.', status.forbidden);
      streams.open(stream, (acknowledge) => {
        acknowledge('Ready for updated parameter.', status.success);
        return gatherText(
          argumentLimitBytes,
          (message, code) => code !== status.success && acknowledge(message, code),
          (value) =>
            isAnswer
              ? place.questions.answer(name, value)
              : place.act((host) => {
                  if (!host.argument(name, value))
                    acknowledge('Not a value of this parameter.', status.badRequest);
                }),
        );
      });
    },
    unsupported: (stream) => streams.refuse(stream, 'Not supported', status.unsupported),
    file: (stream, name) =>
      upload(stream, async (files) => {
        const folder = await files.dropFolder();
        return folder === undefined ? undefined : joinPath(folder, name);
      }),
    put: (object, stream, name) =>
      object === filesObject ? upload(stream, async () => normalizePath(name)) : undefined,
    get(object, name) {
      if (isOwner && place.files && object === filesObject) bodies.get(object, place.files, name);
    },
    blob: (stream, base64) => streams.blob(stream, base64),
    spoiltBlob: (stream) => streams.spoil(stream),
    end: (stream) => streams.end(stream),
    acknowledge: (stream, code) => bodies.acknowledge(stream, code),
    disconnect() {
      line.end(encode(['disconnect']));
      leave();
    },
  });

  const self: SessionUser = {
    line,
    frames,
    isOwner,
    canBeAsked: speaks(user.version, requiredVersion),
    offerFiles: (files) => line.say(encode(['filesystem', filesObject, files.name.slice(0, longestName)])),
    end(lastWords) {
      hasLeft = true;
      streams.abortAll();
      bodies.abortAll();
      line.end(lastWords);
    },
    connection: {
      listen(listener) {
        line.listen(listener);
        place.wake();
      },
      send(bytes) {
        if (line.isOver || input.take(bytes)) return;
        line.end(encode(['error', 'What came is not the protocol.', String(status.badRequest)]));
        leave();
      },
      get unsentBytes() {
        return line.waitingBytes + streams.unwrittenBytes;
      },
      pause: () => line.pause(),
      resume() {
        line.resume();
        place.wake();
      },
      join: (joining) => place.join(joining),
      close() {
        line.close();
        leave();
      },
    },
  };
  return self;
}
