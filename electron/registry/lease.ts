import type { Failure } from '../../shared/contract/failure.ts';
import type { Clock, Engine } from './engine.ts';

export interface LeaseListener {
  /** There is a lease now that nothing was written under yet. */
  onGranted(leaseId: string): void;
  /** It may be over: there was no answer for its whole time, or the engine said so. Or none can be had, and why. */
  onSuspended(failure: Failure): void;
  /** The one that was given up for lost has lived all the time. */
  onResumed(): void;
}

/** The one lease of this process, which all of its keys hang on. */
export interface Lease {
  /** `undefined` until there is one. While it is suspended the old one is told: it may live still. */
  id(): string | undefined;
  isSuspended(): boolean;
  /** The engine refused a put under it. */
  giveUp(leaseId: string): void;
  /** Beats now rather than when it is due. */
  hurry(): void;
  /** Ends it, and all keys under it. */
  close(): Promise<void>;
}

const retryMs = 500;

/**
 * Keeps a lease alive with a beat every third of its time. The time left is counted from when a beat was sent, not from its
 * answer: so that it is given up here before the engine gives it up there.
 */
export function keepLease(
  engine: Pick<Engine, 'grantLease' | 'keepLeaseAlive' | 'revokeLease'>,
  clock: Clock,
  leaseSeconds: number,
  listener: LeaseListener,
): Lease {
  let leaseId: string | undefined;
  let isSuspended = false;
  let isClosed = false;
  let isAsking = false;
  let isHurried = false;
  let lastFailure: Failure = { code: 'registry_lease_lost' };
  let callOffBeat: () => void = () => undefined;
  let callOffDeadline: () => void = () => undefined;

  function suspend(failure: Failure): void {
    if (isClosed) return;
    isSuspended = true;
    listener.onSuspended(failure);
  }

  function beatLater(delayMs: number): void {
    callOffBeat();
    callOffBeat = clock.after(delayMs, () => void beat());
  }

  function noteAnswer(sentAt: number, ttlSeconds: number): void {
    callOffDeadline();
    const leftMs = sentAt + ttlSeconds * 1000 - clock.now();
    callOffDeadline = clock.after(leftMs, () => suspend(lastFailure));
    lastFailure = { code: 'registry_lease_lost' };
  }

  async function grant(): Promise<void> {
    const sentAt = clock.now();
    const granted = await engine.grantLease(leaseSeconds);
    if (isClosed) {
      if (granted.ok) await engine.revokeLease(granted.value.leaseId);
      return;
    }
    if (!granted.ok) {
      suspend(granted.failure);
      return beatLater(retryMs);
    }
    leaseId = granted.value.leaseId;
    isSuspended = false;
    noteAnswer(sentAt, granted.value.ttlSeconds);
    beatLater((granted.value.ttlSeconds * 1000) / 3);
    listener.onGranted(leaseId);
  }

  async function renew(id: string): Promise<void> {
    const sentAt = clock.now();
    const kept = await engine.keepLeaseAlive(id);
    if (isClosed || leaseId !== id) return;
    if (kept.ok) {
      noteAnswer(sentAt, kept.value.ttlSeconds);
      beatLater((kept.value.ttlSeconds * 1000) / 3);
      if (!isSuspended) return;
      isSuspended = false;
      listener.onResumed();
    } else if (kept.failure.code === 'registry_lease_lost') {
      loseLease();
    } else {
      lastFailure = kept.failure;
      beatLater(Math.min(retryMs, (leaseSeconds * 1000) / 6));
    }
  }

  function loseLease(): void {
    leaseId = undefined;
    callOffDeadline();
    suspend({ code: 'registry_lease_lost' });
    beatLater(0);
  }

  async function beat(): Promise<void> {
    if (isClosed) return;
    if (isAsking) {
      isHurried = true;
      return;
    }
    isAsking = true;
    await (leaseId === undefined ? grant() : renew(leaseId));
    isAsking = false;
    if (!isHurried) return;
    isHurried = false;
    void beat();
  }

  void beat();
  return {
    id: () => leaseId,
    isSuspended: () => isSuspended,
    giveUp(lostId) {
      if (lostId === leaseId && !isClosed) loseLease();
    },
    hurry: () => void beat(),
    async close() {
      isClosed = true;
      callOffBeat();
      callOffDeadline();
      if (leaseId !== undefined) await engine.revokeLease(leaseId);
    },
  };
}
