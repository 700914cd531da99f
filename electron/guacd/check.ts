import type { X509Certificate } from 'node:crypto';
import type { Failure } from '../../shared/contract/failure.ts';
import type { Security } from '../../shared/model/health.ts';
import type { ManagerCheckEvent } from '../../shared/model/managerCheck.ts';
import type { Trust } from '../../shared/model/proximityGroup.ts';
import type { CheckManager } from '../broker/ports.ts';
import { createCheckSteps } from './checkSteps.ts';
import { askForUnknown } from './probe.ts';
import type { ManagerTarget } from './security.ts';
import { connectToManager, defaultConnectDeadlines, type ConnectDeadlines } from './socket.ts';
import { askVersion } from './version.ts';

/** Time limits of a live check, in milliseconds; a person waits for it. */
interface CheckTimings {
  readonly connect: ConnectDeadlines;
  /** For each of the two questions. */
  readonly answerMs: number;
}

const defaultTimings: CheckTimings = { connect: defaultConnectDeadlines, answerMs: 3_000 };

type Emit = (event: ManagerCheckEvent) => void;

/**
 * Makes the live check of a session manager: what placement and sessions would meet on the way to it, step by step, and which
 * version it is.
 *
 * @param identity what this broker shows to a manager, and whom it refuses, as it is when a check begins.
 */
export function createManagerCheck(
  identity: (manager: ManagerTarget['manager']) => Omit<ManagerTarget, 'manager' | 'trust'>,
  timings: CheckTimings = defaultTimings,
): CheckManager {
  return (manager, trust, signal) =>
    streamEvents(signal, (emit, stopped) =>
      checkTarget({ ...identity(manager), manager, trust }, emit, stopped, timings),
    );
}

async function checkTarget(
  target: ManagerTarget,
  emit: Emit,
  signal: AbortSignal,
  timings: CheckTimings,
): Promise<void> {
  const { trust } = target;
  const steps = createCheckSteps((step) => emit({ kind: 'step', step }), performance.now.bind(performance));
  let shown: X509Certificate | undefined;
  let connectedAt = 0;
  const finish = (security?: Security) =>
    emit({
      kind: 'done',
      ...(security && { security }),
      ...(shown && { certificateNotAfter: Date.parse(shown.validTo) }),
    });
  const giveUp = (failure: Failure, found?: string) => {
    steps.fail(failure, found);
    finish();
  };

  steps.begin('dns');
  const connected = await connectToManager(target, signal, timings.connect, {
    onResolved(addresses) {
      steps.pass(`The address is ${addresses.join(', ')}.`);
      steps.begin('tcp');
      connectedAt = performance.now();
    },
    onConnected(address) {
      steps.pass(`${address} accepts connections on port ${target.manager.port}.`);
      if (trust.kind !== 'plain') return steps.begin('tls');
      steps.skip('tls', 'The group is set to plain connections: nothing is encrypted.');
      steps.skip('certificate', 'Without encryption there is no certificate.');
    },
    onShown({ version, cipher, certificate }) {
      shown = certificate;
      steps.pass(`${version.replace('TLSv', 'TLS ')} with ${cipher}.`);
      steps.begin('certificate');
    },
  });
  if (!connected.ok) return giveUp(connected.failure, shown && describeCertificate(shown));
  const connectedInMs = performance.now() - connectedAt;
  if (shown) steps.pass(`${judgements[trust.kind]}${describeCertificate(shown)}`);

  steps.begin('protocol');
  const { answerMs } = timings;
  const answer = await askForUnknown(connected.value, target, signal, {
    connectedInMs,
    timeoutMs: answerMs,
  });
  if (!answer.ok) return giveUp(answer.failure);
  const { load } = answer.value;
  const found = load
    ? `It is a Proxima manager ${load.version} in front of ${load.engine}, with ${load.active + load.held} sessions.`
    : 'It answers as guacd does.';
  steps.pass(found, answer.value.roundTripMs);

  steps.begin('version');
  const again = await connectToManager(target, signal, timings.connect);
  if (!again.ok) return giveUp(again.failure);
  const version = await askVersion(again.value, signal, answerMs);
  if (version.ok) steps.pass(`It speaks version ${version.value} of the Guacamole protocol.`);
  else if (version.failure.code !== 'manager_silent') return giveUp(version.failure);
  else steps.skip('version', 'It did not tell its version; its Telnet plug-in may not be installed.');
  finish(answer.value.security);
}

const judgements: Readonly<Record<Trust['kind'], string>> = {
  authorities: '',
  pins: 'Its key is one that the group pins. ',
  unverified: 'Not verified, as the group is set. ',
  plain: '',
};

const listedNames = 5;

/** Issuer, names and dates, in one sentence. */
function describeCertificate({
  issuer,
  subject,
  subjectAltName,
  validFrom,
  validTo,
}: X509Certificate): string {
  const names = (subjectAltName ?? '').split(', ').flatMap((name) => {
    const [, value] = /^(?:DNS|IP Address):(.+)$/.exec(name) ?? [];
    return value === undefined ? [] : [value];
  });
  const more = names.length > listedNames ? ` and ${names.length - listedNames} more` : '';
  const owner = names.length > 0 ? names.slice(0, listedNames).join(', ') + more : readName(subject);
  const from = Date.parse(validFrom);
  const dates =
    from > Date.now()
      ? `valid from ${formatDate(from)}`
      : `${Date.parse(validTo) < Date.now() ? 'expired on' : 'valid until'} ${formatDate(Date.parse(validTo))}`;
  return `Issued by ${readName(issuer)} for ${owner}, ${dates}.`;
}

/** The common name, or else all of a distinguished name, which comes a part per line. */
const readName = (distinguishedName: string) =>
  /^CN=(.+)$/m.exec(distinguishedName)?.[1] ?? distinguishedName.replaceAll('\n', ', ');

const formatDate = (at: number) =>
  Number.isNaN(at) ? 'an unknown day' : new Date(at).toISOString().slice(0, 10);

/** What `run` emits, as it does. Ends early, and only once `run` has ended, when `signal` aborts or the reader leaves. */
async function* streamEvents<T>(
  signal: AbortSignal,
  run: (emit: (event: T) => void, stopped: AbortSignal) => Promise<void>,
): AsyncGenerator<T> {
  const leaving = new AbortController();
  const stopped = AbortSignal.any([signal, leaving.signal]);
  const events: T[] = [];
  let isOver = false;
  let wakeUp = () => {};
  const emit = (event: T) => {
    if (!stopped.aborted) events.push(event);
    wakeUp();
  };
  const running = run(emit, stopped).finally(() => {
    isOver = true;
    wakeUp();
  });
  try {
    for (;;) {
      const event = events.shift();
      if (event !== undefined) yield event;
      else if (isOver) return;
      else await new Promise<void>((resolve) => (wakeUp = resolve));
    }
  } finally {
    leaving.abort();
    await running;
  }
}
