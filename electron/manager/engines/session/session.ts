import { fail, succeed } from '../../../../shared/contract/failure.ts';
import type { EngineConnection, EngineHandshake, EngineUser } from '../../engine.ts';
import type { HostFiles, HostSession, Protocol, Stage, StageEnd } from '../stage.ts';
import { Changes } from './changes.ts';
import { encodeCursor } from './cursor.ts';
import { createFramebuffer, movePixels, resizeFramebuffer, type Framebuffer } from './framebuffer.ts';
import { clampSize, clipboardLimitBytes, cutText, longestName } from './limits.ts';
import { createPictureCache } from './pictureCache.ts';
import { createPump } from './pump.ts';
import { createQuestions } from './questions.ts';
import { clip } from './rectangle.ts';
import { createSessionUser, type SessionUser, type UserPlace } from './sessionUser.ts';
import { status } from './status.ts';
import type { Scene } from './userFrames.ts';
import { encode } from './wire.ts';

/** A session that runs. */
export interface Session {
  /** Of who opened it. */
  readonly connection: EngineConnection;
  /** Says a word to users who heard nothing since the last call. */
  keepAlive(): void;
  end(reason?: StageEnd): void;
}

const mostArguments = 64;
/** What was sent with loss is sent exactly after standing still for one to two of these. */
const refreshMs = 300;
/** Nobody waits for the rest of a picture whose session is over. */
const lastSlices = 8;

/** Opens a session of a protocol; `onEnd` is told once, when nobody is in it any more. */
export function openSession(protocol: Protocol, handshake: EngineHandshake, onEnd: () => void): Session {
  const users = new Set<SessionUser>();
  const questions = createQuestions();
  const cache = createPictureCache();
  /** Drawn, and not part of a finished frame yet. */
  const drawn = new Changes();
  const told = new Map<string, string>();
  const { width, height } = clampSize(handshake.display.width, handshake.display.height);
  let framebuffer: Framebuffer = createFramebuffer(width, height);
  let host: HostSession | undefined;
  let files: HostFiles | undefined;
  let cursor: Buffer | undefined;
  let name = '';
  let clipboard = '';
  let pointer = { x: 0, y: 0, buttons: 0 };
  let isShown = false;
  let isOver = false;
  let refreshTimer: NodeJS.Timeout | undefined;
  const takers: (() => void)[] = [];

  const scene: Scene = {
    cache,
    get framebuffer() {
      return framebuffer;
    },
    get cursor() {
      return cursor;
    },
    get name() {
      return name;
    },
    get clipboard() {
      return clipboard;
    },
    get pointer() {
      return pointer;
    },
    arguments: told,
  };

  /** From then on users are told what was drawn; before anything of it is encoded, so that no move is told twice. */
  function settle() {
    if (drawn.isEmpty) return;
    for (const { frames } of users) frames.picture.changes.absorb(drawn);
    drawn.clear();
  }

  const pump = createPump((now) => {
    if (!isShown || isOver) return undefined;
    settle();
    let next: number | undefined;
    for (const { frames } of users) {
      const wait = frames.send(scene, now);
      if (wait !== undefined) next = Math.min(wait, next ?? wait);
    }
    cache.clear();
    tellTaken();
    scheduleRefresh();
    return next;
  });

  function scheduleRefresh() {
    if (refreshTimer || isOver || ![...users].some(({ frames }) => frames.picture.isLossy)) return;
    refreshTimer = setTimeout(() => {
      refreshTimer = undefined;
      for (const { frames } of users) frames.picture.refresh();
      pump.wake();
      scheduleRefresh();
    }, refreshMs);
  }

  const isTaken = () =>
    isOver ||
    !isShown ||
    users.size === 0 ||
    [...users].some(({ frames }) => frames.isOpen && !frames.isBehind);

  function tellTaken() {
    if (takers.length > 0 && isTaken()) for (const taken of takers.splice(0)) taken();
  }

  function noteAll(notice: 'cursor' | 'name' | 'clipboard') {
    for (const { frames } of users) frames.note(notice);
    pump.wake();
  }

  /** A fault in what is behind it ends this session, and no other. */
  function act(input: (host: HostSession) => void) {
    if (isOver || !host) return;
    try {
      input(host);
    } catch {
      end({ status: status.serverError, text: 'The session failed unexpectedly.' });
    }
  }

  function end(reason?: StageEnd) {
    if (isOver) return;
    settle();
    if (isShown) for (const { frames } of users) sendLast(frames);
    isOver = true;
    const lastWords = encode(
      reason ? ['error', reason.text.slice(0, longestName), String(reason.status)] : ['disconnect'],
    );
    for (const user of users) user.end(lastWords);
    finish();
  }

  /** What was drawn before the end, where it can be had at once. */
  function sendLast(frames: SessionUser['frames']) {
    for (let count = 0; count < lastSlices; count++)
      if (frames.send(scene, Number.POSITIVE_INFINITY) !== 0) return;
  }

  /** Leaves nothing behind. */
  function finish() {
    isOver = true;
    users.clear();
    pump.stop();
    clearTimeout(refreshTimer);
    cache.clear();
    questions.giveUp();
    tellTaken();
    onEnd();
    // Where its protocol ends it while being opened, there is no host yet.
    queueMicrotask(() => {
      try {
        host?.close();
      } catch {
        // It was to be closed, and nobody is there to be told.
      }
    });
  }

  const place: UserPlace = {
    questions,
    get files() {
      return files;
    },
    hasArgument: (argument) => told.has(argument),
    act,
    movePointer(mover, x, y, buttons) {
      pointer = {
        x: Math.min(Math.max(x, 0), framebuffer.width - 1),
        y: Math.min(Math.max(y, 0), framebuffer.height - 1),
        buttons,
      };
      const { x: withinX, y: withinY } = pointer;
      act((to) => to.mouse(withinX, withinY, buttons));
      if (users.size < 2) return;
      for (const { frames } of [...users].filter((user) => user !== mover)) frames.note('pointer');
      pump.wake();
    },
    resize(nextWidth, nextHeight) {
      const size = clampSize(nextWidth, nextHeight);
      act((to) => to.resize(size.width, size.height));
    },
    wake() {
      pump.wake();
      tellTaken();
    },
    leave(user) {
      if (!users.delete(user)) return;
      if (user.isOwner) questions.giveUp();
      if (users.size === 0) finish();
      else tellTaken();
    },
    async join(joining) {
      if (isOver) return fail('session_closed');
      settle();
      return succeed(seat(joining, { isOwner: false, isReadOnly: joining.readOnly }).connection);
    },
  };

  function seat(
    joining: EngineUser,
    rights: { readonly isOwner: boolean; readonly isReadOnly: boolean },
  ): SessionUser {
    const user = createSessionUser(joining, rights, place);
    user.frames.restart(scene);
    if (cursor) user.frames.note('cursor');
    if (name !== '') user.frames.note('name');
    for (const argument of told.keys()) user.frames.noteArgument(argument);
    users.add(user);
    return user;
  }

  const owner = seat(handshake, { isOwner: true, isReadOnly: false });

  const stage: Stage = {
    get width() {
      return framebuffer.width;
    },
    get height() {
      return framebuffer.height;
    },
    get pixels() {
      return framebuffer.pixels;
    },
    resize(nextWidth, nextHeight) {
      const size = clampSize(nextWidth, nextHeight);
      if (isOver || (size.width === framebuffer.width && size.height === framebuffer.height)) return;
      framebuffer = resizeFramebuffer(framebuffer, size.width, size.height);
      cache.clear();
      drawn.clear();
      for (const { frames } of users) frames.restart(scene);
    },
    damage(area, content = 'exact') {
      const within = clip(area, framebuffer.width, framebuffer.height);
      if (!within || isOver) return;
      cache.clear();
      drawn.damage(within, content);
    },
    copy(area, toX, toY) {
      const move = isOver ? undefined : movePixels(framebuffer, area, toX, toY);
      if (!move) return;
      cache.clear();
      drawn.copy(move);
    },
    setCursor(next) {
      const encoded = encodeCursor(next);
      if (isOver || !encoded) return;
      cursor = encoded;
      noteAll('cursor');
    },
    finishFrame() {
      if (isOver) return;
      isShown = true;
      settle();
      pump.wake();
    },
    async whenTaken() {
      if (!isTaken()) await new Promise<void>((resolve) => takers.push(resolve));
    },
    setClipboard(text) {
      if (isOver) return;
      clipboard = cutText(text, clipboardLimitBytes);
      noteAll('clipboard');
    },
    setName(next) {
      const cut = next.slice(0, longestName);
      if (isOver || cut === name) return;
      name = cut;
      noteAll('name');
    },
    async ask(names) {
      if (isOver || !owner.canBeAsked || !users.has(owner)) return undefined;
      owner.line.say(encode(['required', ...names]));
      return questions.ask(names);
    },
    tellArgument(argument, value) {
      if (isOver || told.get(argument) === value) return;
      if (!told.has(argument) && told.size >= mostArguments) return;
      told.set(argument, value);
      for (const { frames } of users) frames.noteArgument(argument);
      pump.wake();
    },
    offerFiles(next) {
      if (isOver) return;
      files = next;
      if (users.has(owner)) owner.offerFiles(next);
    },
    end,
  };

  try {
    host = protocol.open(handshake, stage);
  } catch {
    end({ status: status.serverError, text: 'The session could not be opened.' });
  }

  return {
    connection: owner.connection,
    keepAlive() {
      for (const { line } of users) line.keepAlive();
    },
    end,
  };
}
