import { readFile, rm } from 'node:fs/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { interruptedSessionSchema } from '../../shared/contract/desktop.ts';
import type { HostStore, Recovery } from '../broker/ports.ts';
import type { SessionBook } from '../broker/sessionBook.ts';
import { type DocumentPlace, moveDamagedBeside, pathOf } from '../disk/generations.ts';
import { replaceFile, syncFolder } from '../disk/replaceFile.ts';

/** Changes within this time are one write. */
const coalescingMs = 250;
/** So that a damaged or foreign document can't grow what a window is told. */
const keptSessions = 200;

/** Documents of earlier versions don't say whose a session was. */
const keptSessionSchema = interruptedSessionSchema.extend({ user: z.string().max(256).optional() });
type KeptSession = z.infer<typeof keptSessionSchema>;

const documentSchema = z.object({
  version: z.literal(1),
  sessions: z.array(keptSessionSchema).max(2 * keptSessions),
});

interface Options {
  readonly folder: string;
  readonly book: SessionBook;
  readonly hosts: Pick<HostStore, 'hosts'>;
  /** Whose those are that don't say. */
  readonly ownerId: string;
  readonly log: Pick<Logger, 'warn'>;
  readonly now: () => number;
}

export interface OpenRecovery extends Recovery {
  /** The orderly end: nothing was interrupted. To be called when the sessions are closed. */
  close(): Promise<void>;
}

/**
 * Keeps `open-sessions.json` in step with the session book. What an earlier run left in it without closing it was interrupted; it
 * stays there until it is dismissed or this run ends in order. Only sessions of saved hosts are kept, and nothing secret of them.
 */
export async function openRecovery({
  folder,
  book,
  hosts,
  ownerId,
  log,
  now,
}: Options): Promise<OpenRecovery> {
  const place: DocumentPlace = { folder, name: 'open-sessions', extension: 'json' };
  const path = pathOf(place);
  let interrupted = await readInterrupted(place, log, now);
  let isEnding = false;
  let written = JSON.stringify(interrupted);
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();

  const openSessions = (): KeptSession[] =>
    (isEnding ? [] : book.entries()).flatMap(({ session, origin }) => {
      if (session.state.kind === 'closed' || !hosts.hosts().has(origin.host.id)) return [];
      const { id: sessionId, user, hostId, hostName, protocol, openedAt } = session;
      return { sessionId, user, hostId, hostName, protocol, openedAt };
    });

  const isOf = ({ user = ownerId }: KeptSession, personId: string) =>
    user.toLowerCase() === personId.toLowerCase();

  async function write(): Promise<void> {
    const sessions = [...interrupted, ...openSessions()].slice(-keptSessions);
    const text = JSON.stringify(sessions);
    if (text === written) return;
    try {
      if (sessions.length > 0) await replaceFile(path, `${JSON.stringify({ version: 1, sessions })}\n`);
      else await removeFile();
      written = text;
    } catch (error) {
      log.warn({ err: error }, 'The open sessions could not be written down');
    }
  }

  async function removeFile(): Promise<void> {
    await rm(path, { force: true });
    await syncFolder(folder);
  }

  /** One after the other; never rejects. */
  function writeInTurn(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    turn = turn.then(write);
    return turn;
  }

  const unsubscribe = book.onChange(() => {
    timer ??= setTimeout(() => void writeInTurn(), coalescingMs).unref();
  });

  return {
    interrupted: (personId) =>
      interrupted
        .filter((session) => isOf(session, personId) && hosts.hosts().has(session.hostId))
        .map(({ user: _, ...session }) => session),
    dismiss(personId) {
      interrupted = interrupted.filter((session) => !isOf(session, personId));
      return writeInTurn();
    },
    async close() {
      unsubscribe();
      isEnding = true;
      interrupted = [];
      await writeInTurn();
    },
  };
}

async function readInterrupted(
  place: DocumentPlace,
  log: Pick<Logger, 'warn'>,
  now: () => number,
): Promise<readonly KeptSession[]> {
  const path = pathOf(place);
  try {
    const parsed = documentSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.sessions;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    log.warn({ reason: (error as Error).name }, 'What was open before could not be read');
    await moveDamagedBeside(place, path, new Date(now())).catch(() => undefined);
    return [];
  }
}
