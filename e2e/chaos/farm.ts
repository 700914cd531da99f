import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright';
import type { Page } from 'playwright';
import { quantile } from '../bench/measurement.ts';
import { startRig } from '../rig/rig.ts';
import { beginSession, startTakeoverFarm, type TakeoverFarm, type TakeoverUser } from '../takeoverFarm.ts';

/** What became of people in the middle of their sessions when one gateway of their farm went. */
export interface FarmChaos {
  readonly name: string;
  readonly users: number;
  /** Of them, who didn't come back to a picture. */
  readonly lost: number;
  /** From the fault to the first picture through the other node. */
  readonly p50Ms: number;
  readonly maxMs: number;
  /** Of each user, in the order in which they signed in. */
  readonly recoveryMs: readonly number[];
  /** Whose session went on where its manager held it, and whose host was opened anew. */
  readonly reattached: number;
  readonly openedAnew: number;
  /** Whoever saw something that they would take for an error. */
  readonly sawErrors: number;
  /** Until the registry counted every session once, at the node that is left. */
  readonly countsRightMs: number;
}

export interface FarmChaosOptions {
  readonly users: number;
  readonly etcdSize: 1 | 3;
  readonly onRound: (round: FarmChaos) => void;
}

const recoveryTimeoutMs = 30_000;
const countsTimeoutMs = 40_000;
const pollMs = 50;
const chromiumPath = process.env['PROXIMA_CHROMIUM'] ?? '/usr/bin/chromium';

/** Whether nobody was lost, the counts are right, and where nobody may see an error nobody did. */
export const isFarmSound = ({ name, lost, sawErrors, countsRightMs }: FarmChaos): boolean =>
  lost === 0 && Number.isFinite(countsRightMs) && (name !== 'drain' || sawErrors === 0);

/**
 * A front that is started anew, a drain, kill -9, and kill -9 of node and session managers, each under live sessions of all
 * users on one node.
 */
export async function runFarmChaos(options: FarmChaosOptions): Promise<readonly FarmChaos[]> {
  const names = Array.from({ length: options.users }, (_, index) => `user-${index + 1}`);
  const rig = await startRig();
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--disable-quic'],
  });
  let farm: TakeoverFarm | undefined;
  try {
    farm = await startTakeoverFarm(rig, { users: names, etcdSize: options.etcdSize });
    const { origin } = farm;
    const first = await farm.startNode('hosta');
    const users: TakeoverUser[] = [];
    for (const name of names) users.push(await beginSession(browser, origin, name));
    const rounds: FarmChaos[] = [];
    const run = async (name: string, strike: () => void, survivor: string) => {
      const round = await runRound({ name, strike, survivor, users, farm: farm! });
      options.onRound(round);
      rounds.push(round);
    };
    await run('front restarted', () => void farm?.restartFront(), 'hosta');
    const second = await farm.startNode('hostb');
    await run('drain', () => process.kill(first.pid, 'SIGTERM'), 'hostb');
    await first.stop();
    const third = await farm.startNode('hosta');
    await run('kill -9', () => process.kill(second.pid, 'SIGKILL'), 'hosta');
    await farm.startNode('hostb');
    const strike = async () => {
      process.kill(third.pid, 'SIGKILL');
      for (const guacd of [rig.guacd.tlsA, rig.guacd.tlsB]) {
        await guacd.kill();
        await guacd.start();
      }
    };
    await run('kill -9 with the session managers', () => void strike(), 'hostb');
    return rounds;
  } finally {
    await browser.close();
    await farm?.stop();
    await rig.stop();
  }
}

interface Round {
  readonly name: string;
  readonly strike: () => void;
  readonly survivor: string;
  readonly users: readonly TakeoverUser[];
  readonly farm: TakeoverFarm;
}

async function runRound({ name, strike, survivor, users, farm }: Round): Promise<FarmChaos> {
  for (const user of users) await user.forgetErrors();
  const watches = users.map(({ page }) => watchPicture(page));
  const struckAt = performance.now();
  strike();
  const pictures = await Promise.all(watches.map((watch) => watch.next(recoveryTimeoutMs)));
  const countsRightMs = await untilCounted(farm, users.length, survivor, struckAt);
  // What was said only for a moment is in it, too.
  await sleep(500);
  const errors = await Promise.all(users.map((user) => user.listErrors()));
  const anew = await Promise.all(users.map(({ page }) => page.getByLabel('Opened anew').count()));
  const recoveryMs = pictures.flatMap((at) => (at === undefined ? [] : [Math.round(at - struckAt)]));
  const openedAnew = anew.filter((count) => count > 0).length;
  return {
    name,
    users: users.length,
    lost: users.length - recoveryMs.length,
    p50Ms: quantile(recoveryMs, 0.5),
    maxMs: Math.max(...recoveryMs),
    recoveryMs,
    reattached: recoveryMs.length - openedAnew,
    openedAnew,
    sawErrors: errors.filter((seen) => seen.length > 0).length,
    countsRightMs,
  };
}

/** Hears of the next tunnel of a page that brings a picture. */
function watchPicture(page: Page): { next(timeoutMs: number): Promise<number | undefined> } {
  const seen = new Promise<number>((resolve) => {
    page.on('websocket', (socket) => {
      if (!socket.url().includes('/websocket-tunnel')) return;
      let text = '';
      socket.on('framereceived', ({ payload }) => {
        if (text.length < 100_000) text += payload.toString();
        // The whole picture is there with the first of these.
        if (/\d+\.img,|\d+\.copy,|\d+\.cfill,/.test(text) && text.includes('4.sync,'))
          resolve(performance.now());
      });
    });
  });
  return {
    next: (timeoutMs) => Promise.race([seen, sleep(timeoutMs, undefined, { ref: false })]),
  };
}

async function untilCounted(
  farm: TakeoverFarm,
  users: number,
  survivor: string,
  since: number,
): Promise<number> {
  const wanted = Array.from({ length: users }, () => survivor).join();
  while (performance.now() - since < countsTimeoutMs) {
    if ((await farm.listRoutes()).join() === wanted) return Math.round(performance.now() - since);
    await sleep(pollMs);
  }
  return Number.POSITIVE_INFINITY;
}

/** For people: one line for each fault, and each user's time. */
export const formatFarmTable = (rounds: readonly FarmChaos[]): string =>
  rounds
    .map(
      (round) =>
        `${round.name}: ${round.users} users, ${round.lost} lost, back after ${round.recoveryMs.join(', ')} ms ` +
        `(p50 ${round.p50Ms}, max ${round.maxMs}); ${round.reattached} went on, ${round.openedAnew} opened anew; ` +
        `${round.sawErrors} saw an error; counts right after ${round.countsRightMs} ms\n`,
    )
    .join('');
