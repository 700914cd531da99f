import { randomBytes, randomUUID } from 'node:crypto';
import type { Failure } from '../../shared/contract/failure.ts';
import { encodeInstruction } from '../../shared/guacamole/instruction.ts';
import type { ClientGreeting } from '../../shared/guacamole/serverHandshake.ts';
import {
  composeConnectionId,
  drainCommand,
  loadQuestion,
  resumeCommand,
  type ManagerLoad,
} from '../../shared/model/managerLoad.ts';
import { applyArgumentPolicy } from './argumentPolicy.ts';
import type { ClientIdentity } from './clientIdentity.ts';
import type { ClientDesk, GreetingAnswer, SelectAnswer } from './clientLine.ts';
import type { Engine, EngineUser } from './engine.ts';
import { holdSession, type HeldSession } from './heldSession.ts';
import { readMachineLoad } from './machineLoad.ts';
import type { ManagerPolicy } from './policy.ts';
import { createRateLimit } from './rateLimit.ts';
import { checkTargets, type Resolve } from './targetPolicy.ts';

/** Where the gate tells what happens. No argument of a client is ever among the fields, but the address that is dialled. */
export interface GateLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface SessionDeskOptions {
  readonly engine: Engine;
  /** Sessions, held ones among them; `null` is without one. */
  readonly sessionLimit: number | null;
  /** How long a session goes on whose client has vanished. */
  readonly holdSeconds: number;
  /** Of Proxima. */
  readonly version: string;
  readonly log: GateLog;
  /** For tests: how names become addresses. */
  readonly resolve?: Resolve;
}

/** Decides what clients who were let in get, and keeps their sessions. */
export interface SessionDesk {
  /** @param client who it is, for the log. */
  serve(identity: ClientIdentity, client: object): ClientDesk;
  load(): ManagerLoad;
  /** For sessions that are opened from now on. */
  replacePolicy(policy: ManagerPolicy): void;
  /** Takes no new sessions; those that run go on and can be come back to. */
  drain(isDraining: boolean): void;
  /** Resolves once no session is left. */
  whenEmpty(): Promise<void>;
  /** Ends all sessions, with a word. */
  endAll(): void;
}

interface Session {
  readonly held: HeldSession;
  /** Fingerprints of the certificates that may come back to it; `undefined` stands for those who have none. */
  readonly owners: Set<string | undefined>;
  /** Single-use: whoever shows one may join with another certificate. */
  readonly tokens: Set<string>;
  readonly version: string;
}

/** Statuses of the protocol (https://guacamole.apache.org/doc/gug/protocol-reference.html#status-codes). */
const status = {
  unsupported: 256,
  serverError: 512,
  busy: 513,
  upstreamTimeout: 514,
  upstreamNotFound: 519,
  badRequest: 768,
  // What brokers take for a lost manager.
  clientTimeout: 776,
} as const;

const mostTokens = 16;

/** Arguments of those who come back. */
const joinArguments = ['read-only', 'reattach-token'] as const;

export function createSessionDesk(first: ManagerPolicy, options: SessionDeskOptions): SessionDesk {
  const { engine, sessionLimit, holdSeconds, version, log } = options;
  let policy = first;
  const sessions = new Map<string, Session>();
  let opens = createRateLimit(policy.limits.opensPerSecond, policy.limits.openBurst);
  let pending = 0;
  let isDraining = false;
  const whenEmpty: (() => void)[] = [];

  const load = (): ManagerLoad => {
    const states = [...sessions.values()].map(({ held }) => held.state);
    return {
      version,
      engine: engine.describe(),
      active: states.filter((state) => state === 'active').length,
      held: states.filter((state) => state === 'held').length,
      pending,
      limit: sessionLimit,
      draining: isDraining,
      holdSeconds,
      machine: readMachineLoad(),
    };
  };

  function drain(next: boolean) {
    if (next !== isDraining) {
      const message = next ? 'Draining: no new sessions' : 'Takes sessions again';
      log.info({ sessions: sessions.size }, message);
    }
    isDraining = next;
    tellEmpty();
  }
  function tellEmpty() {
    if (sessions.size === 0 && pending === 0) for (const tell of whenEmpty.splice(0)) tell();
  }

  function serve(identity: ClientIdentity, client: object): ClientDesk {
    const { fingerprint } = identity;
    return {
      async select(select): Promise<SelectAnswer> {
        if (select === loadQuestion) return { kind: 'words', words: sayLoad() };
        if (select === drainCommand || select === resumeCommand) {
          if (fingerprint === undefined || !policy.administrators.includes(identity.commonName))
            return { kind: 'silence', why: `asked for ${select}, and is no administrator` };
          log.info(client, select === drainCommand ? 'An administrator drains' : 'An administrator resumes');
          drain(select === drainCommand);
          return { kind: 'words', words: sayLoad() };
        }
        if (select.startsWith('$')) {
          const session = sessions.get(select);
          if (session) return { kind: 'offer', version: session.version, names: joinArguments };
          return { kind: 'silence', why: 'asked for a connection that is not here' };
        }
        if (!policy.protocols.includes(select)) return refuse(`The session manager does not open ${select}.`);
        const asked = await engine.argumentsOf(select);
        return asked.ok ? { kind: 'offer', ...asked.value } : refuseFor(asked.failure);
      },

      greet: (select, greeting, signal) =>
        select.startsWith('$')
          ? joinSession(select, greeting, identity, client)
          : openSession(select, greeting, identity, client, signal),

      note: (why) => log.warn(client, `Client ${why}`),
    };
  }

  const sayLoad = () => encodeInstruction(['load', JSON.stringify(load())]);

  async function openSession(
    protocol: string,
    greeting: ClientGreeting,
    identity: ClientIdentity,
    client: object,
    signal: AbortSignal,
  ): Promise<GreetingAnswer> {
    if (isDraining)
      return refuse('The session manager is being drained and takes no new sessions.', status.busy);
    if (sessionLimit !== null && sessions.size + pending >= sessionLimit)
      return refuse(`The session manager has all the ${sessionLimit} sessions that it takes.`, status.busy);
    if (!opens.take(identity.fingerprint ?? identity.remoteAddress, Date.now()))
      return refuse('The session manager is asked for too many sessions at once.', status.busy);
    pending += 1;
    try {
      return await openWithinPolicy(protocol, greeting, identity, client, signal);
    } catch (error) {
      log.warn({ ...client, error }, 'Opening failed unexpectedly');
      return refuse('The session manager could not open the session.', status.serverError);
    } finally {
      pending -= 1;
      tellEmpty();
    }
  }

  async function openWithinPolicy(
    protocol: string,
    greeting: ClientGreeting,
    identity: ClientIdentity,
    client: object,
    signal: AbortSignal,
  ): Promise<GreetingAnswer> {
    const uuid = randomUUID();
    const verdict = applyArgumentPolicy(protocol, greeting.parameters, policy, {
      connectionUuid: uuid,
      at: new Date(),
    });
    if (verdict.kind === 'refused') {
      const { argument, why } = verdict;
      return refuse(`The session manager's policy refuses the argument ${argument}: it ${why}.`);
    }
    const targets = await checkTargets(protocol, verdict.parameters, policy.targets, options.resolve);
    if (targets.kind === 'refused')
      return refuse(`The session manager's policy refuses this: ${targets.why}.`);
    if (targets.kind === 'unresolved') return refuse(`${targets.why}.`, status.upstreamNotFound);

    const asked = await engine.argumentsOf(protocol);
    if (!asked.ok) return refuseFor(asked.failure);
    const { version: spoken } = asked.value;
    const opened = await engine.open(
      {
        ...userOf(greeting),
        protocol,
        hostName: verdict.parameters['hostname'],
        parameters: targets.parameters,
      },
      signal,
    );
    if (!opened.ok) return refuseFor(opened.failure);

    const connectionId = composeConnectionId(holdSeconds, uuid);
    const fields = { ...client, connection: uuid, protocol, target: targets.parameters['hostname'] };
    const openedAt = Date.now();
    const held = holdSession(opened.value, {
      holdMs: holdSeconds * 1000,
      idleMs: policy.limits.idleSeconds * 1000,
      lifetimeMs: policy.limits.sessionSeconds * 1000,
      onHold: () => log.info(fields, 'Client vanished; its session is held'),
      onEnd(reason) {
        sessions.delete(connectionId);
        log.info({ ...fields, reason, durationMs: Date.now() - openedAt }, 'Session ended');
        tellEmpty();
      },
    });
    const session: Session = {
      held,
      owners: new Set([identity.fingerprint]),
      tokens: new Set(),
      version: spoken,
    };
    sessions.set(connectionId, session);
    log.info({ ...fields, rewritten: verdict.rewritten }, 'Session opened');
    return { kind: 'seated', ready: sayReady(connectionId, session), seat: held.seatFirst, isNew: true };
  }

  async function joinSession(
    connectionId: string,
    greeting: ClientGreeting,
    { fingerprint }: ClientIdentity,
    client: object,
  ): Promise<GreetingAnswer> {
    const session = sessions.get(connectionId);
    if (!session) return { kind: 'silence', why: 'asked for a connection that is not here any more' };
    const { parameters } = greeting;
    const isOwner = session.owners.has(fingerprint);
    // Single-use, and used up by the attempt.
    const hasToken = session.tokens.delete(parameters['reattach-token'] ?? '');
    if (!isOwner && !hasToken) return { kind: 'silence', why: 'asked for a connection of somebody else' };
    const seated = await session.held.join({
      ...userOf(greeting),
      readOnly: parameters['read-only'] === 'true',
    });
    if (!seated.ok) return refuseFor(seated.failure);
    session.owners.add(fingerprint);
    log.info({ ...client, connection: connectionId.slice(-36) }, 'Client joined a session');
    return { kind: 'seated', ready: sayReady(connectionId, session), seat: seated.value, isNew: false };
  }

  /** A client that doesn't know of tokens takes the first element, as ever. */
  function sayReady(connectionId: string, { tokens }: Session): string {
    const token = randomBytes(32).toString('base64url');
    const [oldest] = tokens;
    if (tokens.size >= mostTokens && oldest !== undefined) tokens.delete(oldest);
    tokens.add(token);
    return encodeInstruction(['ready', connectionId, token]);
  }

  return {
    serve,
    load,
    replacePolicy(next) {
      policy = next;
      opens = createRateLimit(next.limits.opensPerSecond, next.limits.openBurst);
    },
    drain,
    async whenEmpty() {
      if (sessions.size > 0 || pending > 0) await new Promise<void>((resolve) => whenEmpty.push(resolve));
    },
    endAll() {
      isDraining = true;
      const goodbye = [
        'error',
        'The session manager is being stopped.',
        String(status.clientTimeout),
      ] as const;
      for (const { held } of sessions.values()) held.end('stopped', goodbye);
    },
  };
}

const userOf = ({ version, display, audio, video, image, name }: ClientGreeting): EngineUser => ({
  version,
  display,
  audio,
  video,
  image,
  name,
});

const refuse = (text: string, code: number = status.badRequest) => ({
  kind: 'refused' as const,
  refusal: { text, status: code },
});

function refuseFor({ code, detail }: Failure) {
  if (code === 'manager_lacks_protocol')
    return refuse(detail ?? 'The session manager has no such protocol.', status.unsupported);
  if (code === 'session_closed')
    return { kind: 'silence' as const, why: 'came back to a session that is over' };
  if (code === 'manager_silent' || code === 'host_timeout')
    return refuse('The engine of the session manager did not answer in time.', status.upstreamTimeout);
  return refuse(
    `The engine of the session manager could not be used: ${detail ?? code}.`,
    status.serverError,
  );
}
