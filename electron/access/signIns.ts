import { z } from 'zod';
import { type Result, succeed } from '../../shared/contract/failure.ts';
import { personNameSchema, providerIdSchema, roleSchema } from '../../shared/model/access.ts';
import { routeSchema } from '../../shared/model/farm.ts';
import type { Collection } from '../collections/collection.ts';
import { createToken, hashToken } from './token.ts';

export const identitySchema = z.object({
  name: personNameSchema,
  displayName: z.string().max(200),
  groups: z.array(personNameSchema).max(1000),
  roles: z.array(roleSchema),
});

/** Somebody's browser that is signed in, under the SHA-256 of what its cookie holds. */
export const signInDocumentSchema = z.object({
  version: z.literal(1),
  personId: z.string().min(1).max(200),
  /** Came by the one-time token: the machine is theirs. */
  isOwner: z.boolean(),
  providerId: providerIdSchema,
  /** As the provider told it then. */
  identity: identitySchema,
  /** Signed in with a second factor of ours. */
  usedSecondFactor: z.boolean(),
  startedAt: z.int(),
  /** Written every few minutes at most. */
  usedAt: z.int(),
  /** The node that it was made on. */
  route: routeSchema,
  /** What a desktop app of the same person may still sign in with; see desktopSignIn.ts. */
  desktopCode: z
    .object({ hash: z.string().length(64), challenge: z.string().max(64), endsAt: z.int() })
    .optional(),
});
export type SignInDocument = z.infer<typeof signInDocumentSchema>;

export interface SignIn extends SignInDocument {
  readonly id: string;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const defaults = {
  /** Every request and every open WebSocket counts as use. */
  idleLifetimeMs: 12 * hourMs,
  absoluteLifetimeMs: 7 * 24 * hourMs,
  /** `usedAt` is this late at most. */
  useIntervalMs: 5 * minuteMs,
  sweepIntervalMs: 10 * minuteMs,
  now: () => Date.now(),
};
export type SignInTimings = Partial<typeof defaults>;

/** Browsers of one person; the one that was used longest ago is signed out for one more. */
const signInsPerPerson = 20;
/** Until the own copy of a farm's documents has heard of what was fetched. */
const fetchedLifetimeMs = 10_000;
const fetchedLimit = 1_000;

/** Who is signed in, on whichever node they signed in. */
export interface SignIns {
  /** Resolves to the secret that belongs into the cookie; it is known here only as a hash from then on. */
  start(
    signIn: Omit<SignInDocument, 'version' | 'startedAt' | 'usedAt' | 'desktopCode'>,
  ): Promise<Result<{ secret: string; id: string }>>;
  /** As far as it has been heard of; counts as use. `undefined` where it is over. */
  find(secret: string): SignIn | undefined;
  /** Asks the other nodes' store as well: for a cookie that was made elsewhere this instant. */
  fetch(secret: string): Promise<SignIn | undefined>;
  read(id: string): SignIn | undefined;
  /** As last acknowledged, at whichever node. */
  fetchById(id: string): Promise<SignIn | undefined>;
  /** As that of a collection. */
  change: Collection<SignInDocument>['change'];
  end(id: string): Promise<Result<void>>;
  /** All browsers of a person, but for `exceptId`. */
  endAllOf(personId: string, exceptId?: string): Promise<Result<void>>;
  /** How many people are signed in. */
  countPeople(): number;
  /** Some are over; whoever serves one of them looks. */
  onEnd(listener: () => void): () => void;
  close(): void;
}

export function createSignIns(collection: Collection<SignInDocument>, timings: SignInTimings = {}): SignIns {
  const { idleLifetimeMs, absoluteLifetimeMs, useIntervalMs, sweepIntervalMs, now } = {
    ...defaults,
    ...timings,
  };
  const usesBeingWritten = new Set<string>();
  const fetched = new Map<string, { readonly document: SignInDocument; readonly until: number }>();
  const listeners = new Set<() => void>();
  const stopListening = collection.onChange((ids) => {
    const isAnyOver = ids.some((id) => !collection.all().has(id));
    for (const id of ids) fetched.delete(id);
    if (isAnyOver) for (const listener of listeners) listener();
  });
  const sweeping = setInterval(() => void sweep(), sweepIntervalMs);
  sweeping.unref();

  const isOver = ({ startedAt, usedAt }: SignInDocument) =>
    now() - usedAt > idleLifetimeMs || now() - startedAt > absoluteLifetimeMs;

  async function sweep(): Promise<void> {
    const over = [...collection.all()].filter(([, document]) => isOver(document)).map(([id]) => id);
    if (over.length > 0) await collection.removeAll(over);
  }

  function documentOf(id: string): SignInDocument | undefined {
    const known = collection.all().get(id);
    if (known) return known;
    const earlier = fetched.get(id);
    if (earlier && earlier.until > now()) return earlier.document;
    fetched.delete(id);
    return undefined;
  }

  function read(id: string): SignIn | undefined {
    const document = documentOf(id);
    return document && !isOver(document) ? { ...document, id } : undefined;
  }

  async function noteUse(id: string): Promise<void> {
    if (usesBeingWritten.has(id)) return;
    usesBeingWritten.add(id);
    await collection.change(id, (current) =>
      current && !isOver(current) ? { ...current, usedAt: now() } : current,
    );
    usesBeingWritten.delete(id);
  }

  function lookUp(id: string): SignIn | undefined {
    const found = read(id);
    if (found && now() - found.usedAt >= useIntervalMs) void noteUse(id);
    return found;
  }

  /** Ids are compared without regard to case, as rights are. */
  const browsersOf = (personId: string) =>
    [...collection.all()].filter(
      ([, document]) => document.personId.toLowerCase() === personId.toLowerCase(),
    );

  /** What the own copy hasn't heard of yet. */
  function remember(id: string, document: SignInDocument): void {
    if (fetched.size >= fetchedLimit) fetched.clear();
    fetched.set(id, { document, until: now() + fetchedLifetimeMs });
  }

  return {
    async start(signIn) {
      const secret = createToken();
      const id = hashToken(secret);
      const document: SignInDocument = { ...signIn, version: 1, startedAt: now(), usedAt: now() };
      const tooMany = browsersOf(signIn.personId)
        .sort(([, left], [, right]) => right.usedAt - left.usedAt)
        .slice(signInsPerPerson - 1)
        .map(([over]) => over);
      const started = await collection.putAll(new Map([[id, document]]));
      if (!started.ok) return started;
      if (!collection.all().has(id)) remember(id, document);
      if (tooMany.length > 0) await collection.removeAll(tooMany);
      return succeed({ secret, id });
    },
    find: (secret) => lookUp(hashToken(secret)),
    async fetch(secret) {
      const id = hashToken(secret);
      if (documentOf(id)) return lookUp(id);
      const asked = await collection.fetch(id);
      if (!asked.ok || !asked.value || isOver(asked.value)) return undefined;
      remember(id, asked.value);
      return lookUp(id);
    },
    read,
    async fetchById(id) {
      const asked = await collection.fetch(id);
      return asked.ok && asked.value && !isOver(asked.value) ? { ...asked.value, id } : undefined;
    },
    change: (id, decide) => collection.change(id, decide),
    end: (id) => {
      fetched.delete(id);
      return collection.removeAll([id]);
    },
    endAllOf: (personId, exceptId) =>
      collection.removeAll(
        browsersOf(personId)
          .map(([id]) => id)
          .filter((id) => id !== exceptId),
      ),
    countPeople: () =>
      new Set(
        [...collection.all().values()]
          .filter((document) => !isOver(document))
          .map(({ personId }) => personId),
      ).size,
    onEnd(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      clearInterval(sweeping);
      stopListening();
    },
  };
}
